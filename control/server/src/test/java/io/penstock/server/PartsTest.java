package io.penstock.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How parts end. */
class PartsTest {
    private final List<String> closed = new ArrayList<>();

    private void fail(String part) {
        closed.add(part);
        throw new IllegalStateException(part);
    }

    @Test
    void areAllClosedTheLastFirstThoughSomeFail() {
        Parts parts = new Parts();
        parts.add("a", closed::add);
        parts.add("b", this::fail);
        parts.add("c", closed::add);
        parts.add("d", this::fail);

        IllegalStateException failure = assertThrows(IllegalStateException.class, parts::close);

        assertEquals(List.of("d", "c", "b", "a"), closed);
        assertEquals("d", failure.getMessage());
        assertEquals("b", failure.getSuppressed()[0].getMessage());
        parts.close();
        assertEquals(4, closed.size(), "again does nothing");
    }

    @Test
    void thatAreKeptAreClosedByTheirKeeper() {
        Parts kept;
        try (Parts parts = new Parts()) {
            parts.add("a", closed::add);
            parts.add("b", closed::add);
            kept = parts.keep();
        }
        assertEquals(List.of(), closed);
        kept.close();
        assertEquals(List.of("b", "a"), closed);
    }
}
