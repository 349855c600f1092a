package io.penstock.sim.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.penstock.sim.Timeline;
import org.junit.jupiter.api.Test;

/** Many seeds in a row; or the one of {@code -Dpenstock.sim.seed}, with its last events if it fails. */
class PathSeedsTest {
    private static final int SEEDS = Boolean.getBoolean("penstock.test.full") ? 20_000 : 500;
    private static final int THREADS = 2;

    /** Of two threads: so that 500 networks, ten minutes each, are well within three minutes on two cores that others use too. */
    private static final long LONGEST_RUN_NS = 800 * Timeline.MS;

    @Test
    void allSeedsPassAndAllFaultsHappen() throws Exception {
        Long one = Long.getLong("penstock.sim.seed");
        if (one != null) {
            check(PathSimulation.run(one), true);
            return;
        }
        long startedNs = System.nanoTime();
        PathMain.Total total = PathMain.run(0, SEEDS, THREADS);
        long tookNs = System.nanoTime() - startedNs;
        PathSimulation.Result failed = total.firstFailure();
        if (failed != null) {
            check(failed, false);
        }
        assertEquals(SEEDS, total.runs);
        assertTrue(tookNs < SEEDS * LONGEST_RUN_NS, () -> SEEDS + " runs took " + tookNs / Timeline.SECOND + " s");
        for (PathFault fault : PathFault.values()) {
            long happened = total.faults[fault.ordinal()];
            assertTrue(
                    happened * 100 >= (long) fault.floorPerHundredRuns * SEEDS,
                    () -> fault + " happened " + happened + " times in " + SEEDS + " runs");
        }
        System.out.printf(
                "%d networks of paths in %.1f s, %d pings, at most %d of a node in a second%n",
                SEEDS, tookNs / (double) Timeline.SECOND, total.pings, total.worstBurst);
    }

    @Test
    void seedSaysEverything() {
        for (long seed = 100; seed < 104; seed++) {
            assertEquals(PathMain.digestLine(PathSimulation.run(seed)), PathMain.digestLine(PathSimulation.run(seed)));
        }
        assertNotEquals(PathSimulation.run(1).digest(), PathSimulation.run(2).digest());
    }

    private static void check(PathSimulation.Result result, boolean withTrace) {
        Throwable failure = result.failure();
        if (failure != null) {
            fail(PathMain.report(result, withTrace), failure);
        }
    }
}
