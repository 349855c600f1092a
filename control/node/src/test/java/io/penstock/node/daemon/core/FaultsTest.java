package io.penstock.node.daemon.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class FaultsTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final Faults faults = new Faults();

    @Test
    void manyOfThemWithinAMinuteAreTooMany() {
        for (int n = 1; n < Faults.MOST; n++) {
            assertFalse(faults.on("so", n * SECOND, Instant.EPOCH));
        }
        assertTrue(faults.on("last", Faults.MOST * SECOND, Instant.EPOCH));
        assertEquals(Faults.MOST, faults.count());
        assertEquals("last", faults.last());
    }

    @Test
    void asManyInALongTimeAreNot() {
        for (int n = 1; n < 10 * Faults.MOST; n++) {
            assertFalse(faults.on("so", 4 * SECOND * n, Instant.EPOCH));
        }
    }
}
