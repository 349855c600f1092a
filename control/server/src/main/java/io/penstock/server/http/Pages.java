package io.penstock.server.http;

import io.penstock.server.metrics.MetricSource;
import io.penstock.server.metrics.MetricsText;

/** What people see in their browsers. Knows no socket: a request goes in, a page comes out. Thread-safe. */
public interface Pages extends MetricSource {
    /** No pages. */
    Pages NONE = new Pages() {
        @Override
        public boolean serves(String path) {
            return false;
        }

        @Override
        public PageResponse handle(PageRequest request) {
            throw new IllegalStateException("there are no pages");
        }

        @Override
        public boolean isWayIn(String method, String path) {
            return false;
        }

        @Override
        public PageResponse tooManyAttempts() {
            throw new IllegalStateException("there are no pages");
        }

        @Override
        public void write(MetricsText out) {}
    };

    /** Whether a path, without its query, is a page, whatever the method; called for each request on an event loop. */
    boolean serves(String path);

    /**
     * Whether somebody tries to get in by a request for a path that {@link #serves} named, who may guess: each address has so
     * many attempts. Called on an event loop.
     */
    boolean isWayIn(String method, String path);

    /**
     * Whether a page of another site may send its form to a path that {@link #serves} named, which then has no cookie of ours and may be
     * long. Called on an event loop.
     */
    default boolean takesFormsFromElsewhere(String method, String path) {
        return false;
    }

    /** What somebody is shown who has tried too often. Called on an event loop: asks no store. */
    PageResponse tooManyAttempts();

    /**
     * Answers a request for a path that {@link #serves} named. The listener has checked that it was called by its own name, and
     * that the request comes from no page of another origin, but for {@link #takesFormsFromElsewhere}. On a worker thread: may use the store.
     */
    PageResponse handle(PageRequest request);

    /** Tells what they have counted. */
    @Override
    void write(MetricsText out);
}
