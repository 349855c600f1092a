package io.penstock.ffm;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/** Repeats rounds until one allocates nothing on the calling thread; gives up after a minute: a busy machine compiles late. */
public final class AllocationMeter {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int CALLS_PER_ROUND = 2_000;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

    public static void assertNoBytes(Runnable body) {
        long least = leastBytesPerRound(body, PATIENCE_NS);
        if (least != 0) {
            throw new AssertionError("cleanest round: " + (double) least / CALLS_PER_ROUND + " bytes per call");
        }
    }

    static long leastBytesPerRound(Runnable body, long patienceNs) {
        long deadlineNs = System.nanoTime() + patienceNs;
        long least = Long.MAX_VALUE;
        while (least > 0 && System.nanoTime() - deadlineNs < 0) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS_PER_ROUND; i++) {
                body.run();
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    private AllocationMeter() {}
}
