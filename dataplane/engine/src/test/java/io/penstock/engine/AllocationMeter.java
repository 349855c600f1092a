package io.penstock.engine;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/** Checks that code can run without allocating on the calling thread, once the JIT has compiled it. */
public final class AllocationMeter {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int CALLS_PER_ROUND = 20_000;
    private static final long PATIENCE_NS = Duration.ofSeconds(10).toNanos();

    /** Repeats rounds of 20,000 calls until one allocates nothing, for at most ten seconds. */
    public static void assertNoBytes(Runnable body) {
        assertNoBytes(body, CALLS_PER_ROUND);
    }

    /** As {@link #assertNoBytes(Runnable)} with fewer calls per round, for a body that does much. */
    public static void assertNoBytes(Runnable body, int callsPerRound) {
        long least = leastBytesPerRound(body, callsPerRound, PATIENCE_NS);
        if (least != 0) {
            throw new AssertionError("cleanest round allocated " + (double) least / callsPerRound + " bytes per call");
        }
    }

    static long leastBytesPerRound(Runnable body, int callsPerRound, long patienceNs) {
        long deadlineNs = System.nanoTime() + patienceNs;
        long least = Long.MAX_VALUE;
        while (least > 0 && System.nanoTime() - deadlineNs < 0) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < callsPerRound; i++) {
                body.run();
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    private AllocationMeter() {}
}
