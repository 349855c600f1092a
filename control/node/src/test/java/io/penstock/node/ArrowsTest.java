package io.penstock.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass.Predicates;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.penstock.node.coordination.CoordinationClient;
import java.net.URI;
import org.junit.jupiter.api.Test;

/** A node knows the protocol and no coordinator; what decides knows neither network, thread nor clock. */
class ArrowsTest {
    private static final JavaClasses MODULE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.penstock.node");

    @Test
    void usesNoCoordinatorAndNoRelayOfOurs() {
        assertTrue(MODULE.contain(CoordinationClient.class), "found the module's classes");
        noClasses()
                .should()
                .dependOnClassesThat(Predicates.resideInAPackage("io.penstock..")
                        .and(DescribedPredicate.not(Predicates.resideInAnyPackage(
                                "io.penstock.node..",
                                "io.penstock.transport..",
                                "io.penstock.protocol..",
                                "io.penstock.engine..",
                                "io.penstock.ffm..",
                                "io.penstock.wireguard.."))))
                .check(MODULE);
    }

    @Test
    void nettyIsForConnectionsToCoordinatorAndRelay() {
        noClasses()
                .that()
                .resideOutsideOfPackages("..coordination..", "..relay..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .check(MODULE);
    }

    @Test
    void whatDecidesIsPure() {
        noClasses()
                .that()
                .resideInAPackage("..core..")
                .should()
                .dependOnClassesThat(Predicates.resideInAnyPackage(
                                "io.netty..",
                                "io.penstock.transport..",
                                "java.net..",
                                "java.util.concurrent..",
                                "java.util.random..")
                        .and(DescribedPredicate.not(
                                Predicates.belongToAnyOf(URI.class)))) // a value, which opens nothing
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, java.util.Random.class, java.security.SecureRandom.class)
                .check(MODULE);
    }

    @Test
    void whatIsDoneToAHostIsDecidedWithoutTouchingIt() {
        noClasses()
                .that()
                .resideInAPackage("..node.route..")
                .or()
                .haveNameMatching(
                        ".*\\.node\\.host\\.(Comparison|Wanted|NftRules|NftChains|Journal|Host(Plan|Change|Item|Settings))\\b.*")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.penstock.ffm..",
                        "io.penstock.engine..",
                        "java.net..",
                        "java.nio.file..",
                        "java.util.concurrent..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, ProcessBuilder.class, java.util.Random.class)
                .check(MODULE);
    }

    @Test
    void whatDecidesDoesNotKnowWhoCarriesItOut() {
        noClasses()
                .that()
                .resideInAPackage("..coordination.core..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.penstock.node.coordination")
                .check(MODULE);
    }
}
