package io.penstock.server.http;

import io.penstock.server.metrics.MetricsText;
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

    /** Tells them, under the name of the listener. */
    public void write(MetricsText out, String listener) {
        out.gauge("penstock_http_connections", "Open connections.", openConnections(), "listener", listener);
        out.counter("penstock_http_requests_total", "Requests that were read.", requests(), "listener", listener);
        refused(out, listener, "too-many-connections", tooManyConnections());
        refused(out, listener, "timed-out", timedOut());
        refused(out, listener, "malformed", malformed());
        refused(out, listener, "too-large", tooLarge());
        refused(out, listener, "wrong-host", wrongHost());
        refused(out, listener, "foreign-origin", foreignOrigin());
        refused(out, listener, "too-many-attempts", tooManyAttempts());
        refused(out, listener, "overloaded", overloaded());
        refused(out, listener, "tls-failed", tlsFailed());
        refused(out, listener, "foreign-user", foreignUser());
    }

    private static void refused(MetricsText out, String listener, String reason, long count) {
        out.counter(
                "penstock_http_refused_total",
                "Connections and requests that were refused, by reason.",
                count,
                "listener",
                listener,
                "reason",
                reason);
    }
}
