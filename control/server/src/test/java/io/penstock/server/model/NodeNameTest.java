package io.penstock.server.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeNameTest {
    @ParameterizedTest
    @CsvSource({
        "web, web",
        "Web.Corp.Example, web",
        "ALICE's iPhone, alice-s-iphone",
        "a__b, a-b",
        "-edge-, edge",
        "'', node",
        "'...', node",
        "münchen, m-nchen",
        "xn--mnchen-3ya, xn-mnchen-3ya",
        "日本, node",
    })
    void makesALabelOfWhatAHostCallsItself(String hostName, String name) {
        assertEquals(name, NodeName.of(hostName));
    }

    @Test
    void isAlwaysValidWhateverAHostSends() {
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder hostName = new StringBuilder();
            for (int length = random.nextInt(100); length > 0; length--) {
                hostName.append((char) (random.nextBoolean() ? random.nextInt(128) : random.nextInt(65536)));
            }
            String name = NodeName.of(hostName.toString());
            assertTrue(
                    NodeName.isValid(name),
                    () -> "from " + hostName.chars().boxed().toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", "a-", "A", "a.b", "a b", "a_b", "\u001b[31m", "a\n", "../x"})
    void refusesWhatIsNoLabel(String text) {
        assertFalse(NodeName.isValid(text));
    }

    @Test
    void hasAtMost63Characters() {
        assertTrue(NodeName.isValid("a".repeat(63)));
        assertFalse(NodeName.isValid("a".repeat(64)));
        assertEquals("a".repeat(63), NodeName.of("a".repeat(100)));
    }

    @Test
    void numbersThoseWhoComeLater() {
        Set<String> taken = new HashSet<>();
        assertEquals("web", take("web", taken));
        assertEquals("web-1", take("web", taken));
        assertEquals("web-2", take("web", taken));
        taken.remove("web-1");
        assertEquals("web-1", take("web", taken));
        assertEquals("web-1-1", take("web-1", taken));
    }

    @Test
    void shortensALongNameForItsNumber() {
        Set<String> taken = new HashSet<>();
        String longest = "a".repeat(61) + "-b";
        take(longest, taken);
        String second = take(longest, taken);
        assertEquals("a".repeat(61) + "-1", second);
        for (int i = 0; i < 200; i++) {
            assertTrue(NodeName.isValid(take(longest, taken)));
        }
    }

    private static String take(String name, Set<String> taken) {
        String unique = NodeName.unique(name, taken::contains);
        assertTrue(taken.add(unique));
        return unique;
    }
}
