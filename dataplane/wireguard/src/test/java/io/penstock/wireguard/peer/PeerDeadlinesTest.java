package io.penstock.wireguard.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Seeded;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PeerDeadlinesTest {
    private final Seeded seeded = Seeded.create();
    private final PeerDeadlines deadlines = new PeerDeadlines();

    @Test
    void agreesWithAMapAcrossAWrapOfTheClock() {
        Random random = seeded.random();
        Map<Integer, Long> twin = new HashMap<>();
        long base = Long.MAX_VALUE - 500_000;
        for (int i = 0; i < 100_000; i++) {
            int slot = random.nextInt(1_000);
            if (random.nextInt(4) == 0) {
                deadlines.set(slot, PeerTimers.NONE);
                twin.remove(slot);
            } else {
                long deadline = base + 2L * random.nextInt(500_000) + 1 - (base & 1);
                deadlines.set(slot, deadline);
                twin.put(slot, deadline);
            }
            if (i % 50 == 0) {
                assertEquals(earliest(twin, base), deadlines.earliestNs(), seeded::toString);
            }
        }
    }

    private static long earliest(Map<Integer, Long> twin, long base) {
        return twin.isEmpty()
                ? PeerTimers.NONE
                : base + twin.values().stream().mapToLong(at -> at - base).min().getAsLong();
    }

    @Test
    void drainsTenThousandInOrder() {
        Random random = seeded.random();
        for (int slot = 0; slot < 10_000; slot++) {
            deadlines.set(slot, random.nextInt(1_000_000));
        }
        assertEquals(-1, deadlines.due(-1));
        long last = -1;
        for (int i = 0; i < 10_000; i++) {
            long earliest = deadlines.earliestNs();
            assertTrue(earliest >= last, seeded::toString);
            last = earliest;
            deadlines.set(deadlines.due(1_000_000), PeerTimers.NONE);
        }
        assertEquals(-1, deadlines.due(1_000_000));
        assertEquals(PeerTimers.NONE, deadlines.earliestNs());
    }
}
