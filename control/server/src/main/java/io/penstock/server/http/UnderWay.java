package io.penstock.server.http;

import java.time.Duration;

/** How many requests of a listener are at work or have an answer that is not yet sent. Thread-safe. */
final class UnderWay {
    private int requests; // guarded by this

    synchronized void begin() {
        requests++;
    }

    /** Once for each {@link #begin}, when its answer is with the kernel or cannot be sent. */
    synchronized void end() {
        requests--;
        if (requests == 0) {
            notifyAll();
        }
    }

    /** Waits until there is none; false if there still are some after the time, or when the thread is interrupted, which it stays. */
    synchronized boolean awaitNone(Duration atMost) {
        long endNs = System.nanoTime() + atMost.toNanos();
        try {
            while (requests > 0) {
                long leftMs = (endNs - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0) {
                    return false;
                }
                wait(leftMs);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
