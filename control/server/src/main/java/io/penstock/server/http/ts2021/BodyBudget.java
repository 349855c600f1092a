package io.penstock.server.http.ts2021;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory for the bodies of requests that have not come to their end, of all connections: a few kilobytes each as a rule, and a
 * megabyte at most, so that many who send slowly could fill the heap. Thread-safe.
 */
final class BodyBudget {
    static final long ALL = 128L << 20;

    private final AtomicLong left = new AtomicLong(ALL);

    /** Whether there is room for that many bytes; if so, they are to be given back. */
    boolean take(long bytes) {
        if (left.addAndGet(-bytes) >= 0) {
            return true;
        }
        left.addAndGet(bytes);
        return false;
    }

    void giveBack(long bytes) {
        left.addAndGet(bytes);
    }

    long left() {
        return left.get();
    }
}
