package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InboxPaceTest {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long START_NS = Math.subtractExact(Long.MAX_VALUE, 5L); // nanoTime may wrap

    private static final int PER_SECOND = 125_000;
    private static final int BURST = 1_000; // in the time that is made up for

    private final InboxPace pace = new InboxPace(PER_SECOND, START_NS);

    @Test
    void fewDatagramsAreTakenAsTheyCome() {
        for (long nowNs = 0; nowNs < SECOND_NS; nowNs += 1_000_000) {
            assertEquals(0, pace.pausesForNs(START_NS + nowNs));
            assertTrue(pace.allowance(START_NS + nowNs) > InboxPace.FEW);
            pace.onTurn(InboxPace.FEW - 1, START_NS + nowNs);
        }
    }

    @Test
    void aFloodIsTakenInTurnsAndNoFasterThanThat() {
        long nowNs = START_NS;
        long handled = 0;
        int turns = 0;
        while (nowNs - START_NS < SECOND_NS) {
            int allowed = pace.allowance(nowNs);
            assertTrue(allowed >= 1 && allowed <= InboxPace.PER_TURN);
            int taken = (allowed + 63) / 64 * 64; // whole receives
            pace.onTurn(taken, nowNs);
            handled += taken;
            turns++;
            assertTrue(pace.pausesForNs(nowNs) >= InboxPace.PAUSE_NS);
            nowNs += pace.pausesForNs(nowNs);
        }
        assertTrue(handled >= PER_SECOND, "handled " + handled);
        assertTrue(handled <= PER_SECOND + BURST + InboxPace.PER_TURN, "handled " + handled);
        assertTrue(turns <= SECOND_NS / InboxPace.PAUSE_NS + 1);
    }

    @Test
    void timeWithoutTheProcessorIsMadeUpForInBounds() {
        pace.allowance(START_NS);
        pace.onTurn(BURST, START_NS);
        long nowNs = START_NS + 60 * SECOND_NS;
        int sum = 0;
        for (int allowed = pace.allowance(nowNs); allowed > 1; allowed = pace.allowance(nowNs)) {
            pace.onTurn(allowed, nowNs);
            sum += allowed;
        }
        assertEquals(BURST, sum);
    }

    /** One GRO unit may be many datagrams, whatever was allowed. */
    @Test
    void moreThanAllowedIsPaidBack() {
        pace.allowance(START_NS);
        pace.onTurn(3 * BURST, START_NS);
        long debtNs = 2L * BURST * SECOND_NS / PER_SECOND;
        assertTrue(pace.pausesForNs(START_NS) >= debtNs * 99 / 100);
        assertEquals(0, pace.pausesForNs(START_NS + 2 * debtNs));
    }
}
