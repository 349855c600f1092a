package io.penstock.node.daemon.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostRoundsTest {
    private static final Instant NOW = Instant.parse("2026-11-26T10:00:00Z");
    private static final long MS = Duration.ofMillis(1).toNanos();

    private final HostRounds rounds = new HostRounds();
    private long nowNs = -5; // of a clock that may wrap

    @Test
    void oneRoundForWhatChangesTogether() {
        assertEquals(Long.MAX_VALUE, rounds.leftNs(nowNs));
        rounds.onChange(nowNs);
        nowNs += 50 * MS;
        rounds.onChange(nowNs);
        assertFalse(rounds.take(nowNs));
        nowNs += 50 * MS;
        assertTrue(rounds.take(nowNs));
        assertFalse(rounds.take(nowNs));
    }

    @Test
    void twoRoundsASecondHoweverFastTheHostChanges() {
        int count = 0;
        for (int i = 0; i < 1000; i++, nowNs += 10 * MS) { // ten seconds
            rounds.onChange(nowNs);
            if (rounds.take(nowNs)) {
                count++;
                rounds.onDone(MS, List.of(), nowNs, NOW);
            }
        }
        assertTrue(count >= 18 && count <= 20, count + " rounds");
    }

    @Test
    void aLongRoundIsFollowedByALongPause() {
        rounds.onDone(1000 * MS, List.of(), nowNs, NOW);
        rounds.onChange(nowNs);
        assertEquals(9_000 * MS, rounds.leftNs(nowNs));
    }

    @Test
    void aQuarrelIsFoughtSlowlyAndEnds() {
        for (int i = 1; i <= HostRounds.QUARREL; i++) {
            assertFalse(rounds.isQuarrel());
            rounds.onDone(MS, List.of("route"), nowNs, NOW);
            nowNs += 600 * MS;
        }
        assertTrue(rounds.isQuarrel());
        assertEquals(HostRounds.QUARREL, rounds.count());
        rounds.onChange(nowNs);
        assertEquals(HostRounds.QUARREL_GAP_NS - 600 * MS, rounds.leftNs(nowNs));

        nowNs += HostRounds.PEACE_NS;
        rounds.onDone(MS, List.of(), nowNs, NOW);
        assertFalse(rounds.isQuarrel());
    }
}
