package io.penstock.transport;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass.Predicates;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What both ends share knows neither of them. */
class ArrowsTest {
    private static final JavaClasses MODULE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.penstock.transport");

    @Test
    void usesOnlyTheProtocolOfOurs() {
        assertTrue(MODULE.contain(RecordCodec.class), "found the module's classes");
        noClasses()
                .should()
                .dependOnClassesThat(Predicates.resideInAPackage("io.penstock..")
                        .and(DescribedPredicate.not(Predicates.resideInAnyPackage(
                                "io.penstock.transport..", "io.penstock.protocol..", "io.penstock.wireguard.."))))
                .check(MODULE);
    }
}
