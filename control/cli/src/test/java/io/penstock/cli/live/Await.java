package io.penstock.cli.live;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for something that will be so in a moment. */
public final class Await {
    private static final int STEP_MILLIS = 50;

    private Await() {}

    /** Fails with {@code what} in its message when the condition does not hold within the limit. */
    public static void until(String what, Duration limit, BooleanSupplier condition) {
        long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - startNs > limit.toNanos()) {
                throw new AssertionError("not within " + limit.toSeconds() + " s: " + what);
            }
            millis(STEP_MILLIS);
        }
    }

    public static void millis(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
