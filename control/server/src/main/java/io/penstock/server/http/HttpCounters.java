package io.penstock.server.http;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What the listener has seen and why it refused. Thread-safe; each value only grows, but for the open connections. */
public final class HttpCounters {
    final AtomicInteger open = new AtomicInteger();
    final LongAdder requests = new LongAdder();
    final LongAdder taken = new LongAdder();
    final LongAdder tooManyConnections = new LongAdder();
    final LongAdder timedOut = new LongAdder();
    final LongAdder malformed = new LongAdder();
    final LongAdder tooLarge = new LongAdder();
    final LongAdder wrongHost = new LongAdder();
    final LongAdder foreignOrigin = new LongAdder();
    final LongAdder tooManyAttempts = new LongAdder();
    final LongAdder overloaded = new LongAdder();
    final LongAdder tlsFailed = new LongAdder();
    final LongAdder foreignUser = new LongAdder();

    public int openConnections() {
        return open.get();
    }

    public long requests() {
        return requests.sum();
    }

    /** Connections that a {@link Takeover} has taken. */
    public long taken() {
        return taken.sum();
    }

    public long tooManyConnections() {
        return tooManyConnections.sum();
    }

    public long timedOut() {
        return timedOut.sum();
    }

    public long malformed() {
        return malformed.sum();
    }

    public long tooLarge() {
        return tooLarge.sum();
    }

    public long wrongHost() {
        return wrongHost.sum();
    }

    public long foreignOrigin() {
        return foreignOrigin.sum();
    }

    public long tooManyAttempts() {
        return tooManyAttempts.sum();
    }

    public long overloaded() {
        return overloaded.sum();
    }

    public long tlsFailed() {
        return tlsFailed.sum();
    }

    public long foreignUser() {
        return foreignUser.sum();
    }
}
