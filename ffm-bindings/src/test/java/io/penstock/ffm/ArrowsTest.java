package io.penstock.ffm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import org.junit.jupiter.api.Test;

class ArrowsTest {
    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.penstock");

    @Test
    void needsNothingOfOurs() {
        noClasses()
                .that()
                .resideInAPackage("io.penstock.ffm..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("java..", "org.jspecify..", "io.penstock.ffm..")
                .check(classes);
    }

    /** Other modules repeat this rule over their own classes. */
    @Test
    void onlyNativeLibraryLinks() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(NativeLibrary.class.getName())
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(SymbolLookup.class)
                .orShould()
                .callMethod(Linker.class, "nativeLinker")
                .check(classes);
    }

    @Test
    void errnoIsReadInOnePlace() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(NativeLibrary.class.getName())
                .and()
                .doNotHaveFullyQualifiedName(LibC.class.getName())
                .should()
                .dependOnClassesThat()
                .areAssignableTo(Linker.Option.class)
                .check(classes);
    }
}
