package io.penstock.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.penstock.server.model.Node;
import io.penstock.server.store.Store;
import io.penstock.server.store.Transaction;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The coordinator knows nothing of a data plane, and what decides knows nothing of what remembers. */
class ArrowsTest {
    private static final JavaClasses MODULE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.penstock.server");

    @Test
    void usesNothingOfTheDataPlane() {
        assertTrue(MODULE.contain(Node.class), "found the module's classes");
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.penstock.ffm..",
                        "io.penstock.engine..",
                        "io.penstock.lab..",
                        "io.penstock.cli..",
                        "io.penstock.node..")
                .check(MODULE);
    }

    @Test
    void modelIsPure() {
        noClasses()
                .that()
                .resideInAPackage("..model..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.sql..",
                        "java.net..",
                        "java.nio.file..",
                        "java.util.concurrent..",
                        "io.penstock.server.store..",
                        "io.penstock.server.registry..",
                        "io.penstock.server.admin..",
                        "io.penstock.server.api..",
                        "io.penstock.server.policy..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, SecureRandom.class, Random.class, Clock.class, InstantSource.class)
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .check(MODULE);
    }

    @Test
    void onlyTheListenerKnowsNetty() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..http..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "io.penstock.transport..")
                .check(MODULE);
    }

    @Test
    void onlyTheLoginKnowsTheLibraryOfItsTokens() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..server.login..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.nimbusds..", "net.minidev..")
                .check(MODULE);
        noClasses()
                .that()
                .resideInAnyPackage(
                        "..model..", "..store..", "..registry..", "..admin..", "..api..", "..map..", "..machine..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("..server.login..")
                .check(MODULE);
    }

    @Test
    void judgingSamlIsPure() {
        noClasses()
                .that()
                .resideInAPackage("..server.saml..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.penstock.server.login..",
                        "io.penstock.server.store..",
                        "io.penstock.server.admin..",
                        "java.net.http..",
                        "java.nio.file..",
                        "java.util.concurrent..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, SecureRandom.class, Random.class, Clock.class, InstantSource.class)
                .orShould()
                .callMethod(Instant.class, "now")
                .check(MODULE);
    }

    @Test
    void onlyPasskeysKnowTheLibraryOfAuthenticatorsAndNoStore() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..server.passkey..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.webauthn4j..", "tools.jackson..")
                .check(MODULE);
        noClasses()
                .that()
                .resideInAPackage("..server.passkey..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..store..", "..admin..", "..web..", "..http..")
                .orShould()
                .callMethod(Instant.class, "now")
                .check(MODULE);
    }

    @Test
    void nobodyNeedsThePagesAndTheyWriteNothingThemselves() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..web..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("..web..")
                .check(MODULE);
        noClasses()
                .that()
                .resideInAPackage("..web..")
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Store.class, Transaction.class, Thread.class, SecureRandom.class, Clock.class)
                .orShould()
                .callMethod(Instant.class, "now")
                .check(MODULE);
    }

    @Test
    void whatNodesAskKnowsNoConnection() {
        noClasses()
                .that()
                .resideInAPackage("..machine..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..http..", "..api..", "..admin..", "io.penstock.transport..")
                .check(MODULE);
    }

    @Test
    void mapsFollowTheStoreAndKnowNobodyElse() {
        noClasses()
                .that()
                .resideInAPackage("..server.map..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "..server.http..",
                        "..server.api..",
                        "..server.admin..",
                        "..server.machine..",
                        "..server.registry..",
                        "..server.web..",
                        "..server.relay..")
                .check(MODULE);
    }

    @Test
    void whatIsBelowTheGateDoesNotKnowIt() {
        noClasses()
                .that()
                .resideInAnyPackage("..store..", "..registry..", "..model..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..admin..", "..api..", "..http..", "..machine..")
                .check(MODULE);
    }

    @Test
    void onlyTheStoreSpeaksToTheDatabase() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..store..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "org.sqlite..")
                .check(MODULE);
    }
}
