package io.penstock.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.aead.AeadEngines;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;

class CatalogueTest {
    static List<Class<?>> classes() {
        return Catalogue.classes();
    }

    @Test
    void findsBenchmarks() {
        assertTrue(classes().contains(AeadBench.class), classes()::toString);
    }

    @ParameterizedTest
    @MethodSource("classes")
    void eachAsksOneQuestionAndHasItsBaseline(Class<?> of) throws NoSuchFieldException {
        Question question = Catalogue.question(of);
        assertTrue(question.value().endsWith("?"), question.value());
        assertEquals(
                List.of(Mode.AverageTime),
                List.of(of.getAnnotation(BenchmarkMode.class).value()));
        assertExists(of, question.baseline());
        if (!question.countedBy().isEmpty()) {
            for (String value : parameter(of, question.countedBy())) {
                assertTrue(Character.isDigit(value.charAt(0)), value);
            }
        }
        PacketPath path = of.getAnnotation(PacketPath.class);
        if (path != null) {
            for (String exception : path.except()) {
                assertExists(of, exception);
            }
        }
    }

    @Test
    void timesEveryEngineThereIs() throws NoSuchFieldException {
        assertEquals(new TreeSet<>(AeadEngines.NAMES), parameter(AeadBench.class, "engine"));
    }

    /** A method's name, or {@code PARAMETER=VALUE}. */
    private static void assertExists(Class<?> of, String name) throws NoSuchFieldException {
        int equals = name.indexOf('=');
        if (equals < 0) {
            assertTrue(Catalogue.names(of).contains(name), of + " has no " + name);
        } else {
            Set<String> values = parameter(of, name.substring(0, equals));
            assertTrue(values.contains(name.substring(equals + 1)), name + " is none of " + values);
            assertFalse(values.size() == 1, "nothing to compare");
        }
    }

    private static Set<String> parameter(Class<?> of, String name) throws NoSuchFieldException {
        Field field = of.getDeclaredField(name);
        return new TreeSet<>(List.of(field.getAnnotation(Param.class).value()));
    }
}
