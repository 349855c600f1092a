package io.penstock.protocol;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import io.penstock.protocol.key.NodeKey;
import java.net.InetAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.Timer;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The module sees no socket, no thread, no clock and no source of randomness, and uses only the protocol core of ours. */
class PurityTest {
    private static final ArchRule PURE = CompositeArchRule.of(noClasses()
                    .should()
                    .dependOnClassesThat(resideInAnyPackage(
                                    "java.net..",
                                    "java.nio.channels..",
                                    "java.nio.file..",
                                    "java.util.random..",
                                    "java.util.logging..",
                                    "io.netty..")
                            .and(not(belongToAnyOf(URI.class))))) // a value, which opens nothing by itself
            .and(noClasses()
                    .should()
                    .dependOnClassesThat(resideInAPackage("io.penstock..")
                            .and(not(resideInAnyPackage("io.penstock.protocol..", "io.penstock.wireguard..")))))
            .and(noClasses()
                    .should()
                    .dependOnClassesThat(resideInAPackage("java.util.concurrent..")
                            .and(not(resideInAPackage("java.util.concurrent.atomic")))))
            .and(noClasses()
                    .should()
                    .dependOnClassesThat(belongToAnyOf(
                            Thread.class,
                            ThreadLocal.class,
                            Timer.class,
                            Random.class,
                            SecureRandom.class,
                            SplittableRandom.class,
                            Clock.class)))
            .and(noClasses().should().callMethod(System.class, "nanoTime"))
            .and(noClasses().should().callMethod(System.class, "currentTimeMillis"))
            .and(noClasses().should().callMethod(Instant.class, "now"))
            .and(noClasses().should().callMethod(OffsetDateTime.class, "now"))
            .and(noClasses().should().callMethod(ZonedDateTime.class, "now"))
            .and(noClasses().should().callMethod(LocalDateTime.class, "now"))
            .and(noClasses().should().callMethod(Math.class, "random"))
            .and(noClasses().should().callMethod(UUID.class, "randomUUID"))
            .and(noClasses().should().accessField(System.class, "out"))
            .and(noClasses().should().accessField(System.class, "err"));

    private final JavaClasses module = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.penstock.protocol");

    @Test
    void moduleIsPure() {
        assertTrue(module.contain(NodeKey.class), "found the module's classes");
        PURE.check(module);
    }

    @Test
    void keysKnowNoProtocol() {
        noClasses()
                .that()
                .resideInAPackage("..key..")
                .should()
                .dependOnClassesThat(resideInAPackage("io.penstock.protocol..").and(not(resideInAPackage("..key.."))))
                .check(module);
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                TellsTime.class,
                AsksTheDate.class,
                StartsThread.class,
                DrawsLots.class,
                OpensSocket.class,
                KeepsExecutor.class
            })
    void ruleCatches(Class<?> impure) {
        assertThrows(AssertionError.class, () -> PURE.check(new ClassFileImporter().importClasses(impure)));
    }

    static final class TellsTime {
        long now() {
            return System.nanoTime();
        }
    }

    static final class AsksTheDate {
        Instant now() {
            return Instant.now();
        }
    }

    static final class StartsThread {
        void start() {
            new Thread(() -> {}).start();
        }
    }

    static final class DrawsLots {
        Random random = new SecureRandom();
    }

    static final class OpensSocket {
        InetAddress address = InetAddress.getLoopbackAddress();
    }

    static final class KeepsExecutor {
        java.util.concurrent.@org.jspecify.annotations.Nullable Executor executor;
    }
}
