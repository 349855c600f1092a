package io.penstock.sim;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethod;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.penstock.sim.path.PathMain;
import java.time.Clock;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a run does follows from its seed alone: no clock, thread, file, socket, or randomness but the dice. */
class PurityTest {
    private static final DescribedPredicate<JavaClass> IMPURE = belongToAnyOf(
                    Main.class, PathMain.class, PatchedClasses.class)
            .or(DescribedPredicate.describe(
                    "tests", type -> type.getFullName().replaceAll("\\$.*", "").endsWith("Test")));

    private final JavaClasses module = new ClassFileImporter().importPackages("io.penstock.sim");

    @Test
    void simulatorIsPure() {
        assertTrue(module.contain(World.class), "found the simulator");
        noClasses()
                .that(not(IMPURE))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "java.net..",
                                "java.nio.file..",
                                "java.nio.channels..",
                                "java.util.concurrent..",
                                "java.util.random..",
                                "java.time..",
                                "io.penstock.ffm..",
                                "io.penstock.engine..")
                        .or(belongToAnyOf(Thread.class, ThreadLocal.class, Random.class, Clock.class)))
                .orShould(callMethod(System.class, "nanoTime"))
                .orShould(callMethod(System.class, "currentTimeMillis"))
                .orShould(callMethod(System.class, "identityHashCode", Object.class))
                .orShould(callMethod(Math.class, "random"))
                .check(module);
    }

    @Test
    void onlyTheDiceAreRandom() {
        noClasses()
                .that(not(belongToAnyOf(Dice.class)))
                .and(not(IMPURE))
                .should()
                .dependOnClassesThat(belongToAnyOf(SplittableRandom.class))
                .check(module);
    }

    @Test
    void knowsTheProtocolCoreOnly() {
        classes()
                .that(not(IMPURE))
                .and()
                .resideOutsideOfPackages("io.penstock.sim.path..", "io.penstock.sim.netcheck..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage("io.penstock.sim..", "java..", "org.agrona..", "org.jspecify..")
                                .or(resideInAPackage("io.penstock.wireguard..")))
                .check(module);
    }

    @Test
    void nodesOfPathsKnowThePureCoresOfANode() {
        classes()
                .that(not(IMPURE))
                .and()
                .resideInAnyPackage("io.penstock.sim.path..", "io.penstock.sim.netcheck..")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "io.penstock.sim..",
                        "io.penstock.wireguard..",
                        "io.penstock.protocol..",
                        "io.penstock.node.netcheck.core..",
                        "io.penstock.node.path.core..",
                        "io.penstock.node.relay.core..",
                        "java..",
                        "org.jspecify.."))
                .check(module);
    }
}
