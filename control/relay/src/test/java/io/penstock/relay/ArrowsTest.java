package io.penstock.relay;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass.Predicates;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.penstock.relay.core.Relay;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** A relay knows the protocol and nothing else of ours, and what it decides knows no network. */
class ArrowsTest {
    private static final JavaClasses MODULE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.penstock.relay");

    @Test
    void usesOnlyTheProtocolOfOurs() {
        assertTrue(MODULE.contain(Relay.class), "found the module's classes");
        noClasses()
                .should()
                .dependOnClassesThat(Predicates.resideInAPackage("io.penstock..")
                        .and(DescribedPredicate.not(Predicates.resideInAnyPackage(
                                "io.penstock.relay..", "io.penstock.protocol..", "io.penstock.wireguard.."))))
                .check(MODULE);
    }

    @Test
    void coreIsPure() {
        noClasses()
                .that()
                .resideInAPackage("..core..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "java.net..", "java.nio.channels..", "io.penstock.relay.edge..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(
                        Thread.class,
                        SecureRandom.class,
                        Random.class,
                        ThreadLocalRandom.class,
                        Clock.class,
                        InstantSource.class)
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .check(MODULE);
    }
}
