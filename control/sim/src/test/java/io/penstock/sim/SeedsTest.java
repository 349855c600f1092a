package io.penstock.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Test;

/** Many seeds in a row; or the one of {@code -Dpenstock.sim.seed}, with its last events if it fails. */
class SeedsTest {
    private static final int SEEDS = Boolean.getBoolean("penstock.test.full") ? 5000 : 500;
    private static final int THREADS = 2;

    /** So that 500 seeds, ten minutes each, are no more than two minutes. */
    private static final long LONGEST_RUN_NS = 240 * World.MS;

    @Test
    void allSeedsPassAndAllFaultsHappen() throws Exception {
        Long one = Long.getLong("penstock.sim.seed");
        if (one != null) {
            check(Simulation.run(one), true);
            return;
        }
        long startedNs = System.nanoTime();
        Main.Total total = Main.run(0, SEEDS, THREADS);
        long tookNs = System.nanoTime() - startedNs;
        Simulation.Result failed = total.firstFailure();
        if (failed != null) {
            check(failed, false);
        }
        assertEquals(SEEDS, total.runs);
        assertTrue(tookNs < SEEDS * LONGEST_RUN_NS, () -> SEEDS + " runs took " + tookNs / World.SECOND + " s");
        for (Fault fault : Fault.values()) {
            long happened = total.faults[fault.ordinal()];
            assertTrue(
                    happened * 100 >= (long) fault.floorPerHundredRuns * SEEDS,
                    () -> fault + " happened " + happened + " times in " + SEEDS + " runs");
        }
    }

    private static void check(Simulation.Result result, boolean withTrace) {
        Throwable failure = result.failure();
        if (failure != null) {
            fail(Main.report(result, withTrace), failure);
        }
    }
}
