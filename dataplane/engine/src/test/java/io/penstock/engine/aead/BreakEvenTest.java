package io.penstock.engine.aead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BreakEvenTest {
    private static final int[] LENGTHS = {64, 512, 1420};

    @Test
    void isWhereGroupsBecomeCheaper() {
        // Zen 5 with AVX-512, libipsec-mb beside it
        BreakEven table = BreakEven.of(LENGTHS, new long[] {400, 1180, 2620}, new long[] {187, 234, 421}, 1.0);
        assertEquals(3, table.packets(1));
        assertEquals(6, table.packets(8));
        assertEquals(7, table.packets(22));
        assertEquals(3, table.packets(0));
        assertTrue(table.packets(4) > 3 && table.packets(4) <= 6);
        assertEquals(table.packets(32), table.packets(1023));
        assertEquals(3, table.least());
        assertEquals("groups from 3 of 64, 6 of 512, 7 of 1420 bytes", table.toString());
    }

    @Test
    void leavesOutLengthsAtWhichGroupsNeverPay() {
        BreakEven table = BreakEven.of(LENGTHS, new long[] {400, 3000, 9000}, new long[] {187, 234, 421}, 1.0);
        assertEquals(3, table.packets(1));
        assertEquals(BreakEven.NEVER, table.packets(22));
        assertEquals("groups from 3 of 64, none of 512, none of 1420 bytes", table.toString());
        assertFalse(BreakEven.of(LENGTHS, new long[] {9000, 9000, 9000}, new long[] {187, 234, 421}, 1.0)
                .paysSomewhere());
    }

    @Test
    void wantsTheMargin() {
        long[] groups = {1600, 3200, 7700};
        long[] packets = {210, 410, 1000};
        assertEquals(8, BreakEven.of(LENGTHS, groups, packets, 1.0).packets(22));
        assertEquals(
                BreakEven.NEVER, BreakEven.of(LENGTHS, groups, packets, 0.95).packets(22));
    }

    @Test
    void measurementWithGarbageGivesNoTable() {
        long[] groups = {400, 1180, 2620};
        long[] packets = {187, 234, 421};
        assertNotNull(new VectorMeasurement(0, LENGTHS, groups, packets).breakEven(1.0));
        assertNull(new VectorMeasurement(1, LENGTHS, groups, packets).breakEven(1.0));
        assertNull(new VectorMeasurement(0, LENGTHS, new long[] {9000, 9000, 9000}, packets).breakEven(1.0));
        assertEquals(
                "50 ns against 187 for 64 bytes, 147 ns against 234 for 512 bytes, 327 ns against 421 for 1420 bytes, "
                        + "7 bytes of garbage",
                new VectorMeasurement(7, LENGTHS, groups, packets).toString());
    }
}
