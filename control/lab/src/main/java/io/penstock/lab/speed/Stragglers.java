package io.penstock.lab.speed;

import java.util.function.LongSupplier;

/** Waits for datagrams that are still on their way after the sender has ended. */
final class Stragglers {
    private static final long MAX_WAIT_NS = 2_000_000_000L;
    private static final long STEP_MS = 5;

    private Stragglers() {}

    /** Returns when all have come, when none came for {@code quietNs}, or after two seconds. */
    static void await(long expected, LongSupplier received, long quietNs) throws InterruptedException {
        long startNs = System.nanoTime();
        long changedNs = startNs;
        long last = received.getAsLong();
        long nowNs = startNs;
        while (last < expected && nowNs - changedNs < quietNs && nowNs - startNs < MAX_WAIT_NS) {
            Thread.sleep(STEP_MS);
            nowNs = System.nanoTime();
            long count = received.getAsLong();
            if (count != last) {
                last = count;
                changedNs = nowNs;
            }
        }
    }
}
