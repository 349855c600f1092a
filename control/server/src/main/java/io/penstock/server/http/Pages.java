package io.penstock.server.http;

/** What people see in their browsers. Knows no socket: a request goes in, a page comes out. Thread-safe. */
public interface Pages {
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
    };

    /** Whether a path, without its query, is a page, whatever the method; called for each request on an event loop. */
    boolean serves(String path);

    /**
     * Answers a request for a path that {@link #serves} named. The listener has checked that it was called by its own name, and
     * that the request comes from no page of another origin. On a worker thread: may use the store.
     */
    PageResponse handle(PageRequest request);
}
