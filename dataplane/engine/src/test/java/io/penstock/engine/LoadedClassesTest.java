package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LoadedClassesTest {
    private static final String LITERAL = String.join(" ", "a literal", "of a class that is loaded");

    private static final class Late {
        static String text(int n) {
            return n == 0 ? "a literal of a class that is loaded" : "another";
        }
    }

    @Test
    void holdsLiteralsOfLoadedClasses() {
        assertEquals("another", Late.text(1)); // of the two literals only this one is resolved
        LoadedClasses classes = new LoadedClasses();
        assertFalse(classes.holds(LITERAL));
        classes.prepare();
        assertTrue(classes.holds(LITERAL));
        assertTrue(classes.holds("main"), "of the JDK, where threads get their names");
    }
}
