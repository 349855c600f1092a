package io.penstock.server.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Documents that are made from the code, and committed so that a change of them is seen. */
final class Committed {
    private Committed() {}

    /** Compares with the document in {@code docs}; the new text is left in {@code target} to be copied there if it is right. */
    static void check(String name, String text) throws IOException {
        Path made = Path.of("target", name);
        Files.writeString(made, text);
        Path committed = Path.of("../../docs", name);
        assertEquals(
                Files.exists(committed) ? Files.readString(committed) : "",
                text,
                () -> "docs/" + name + " is not what the code says: compare it with control/server/" + made);
    }
}
