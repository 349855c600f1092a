package io.penstock.relay.core;

/** A connection, as the core sees it. To be called by any thread that holds no lock. */
public interface Link {
    /** The outbox has something again. */
    void wake();

    /** Ends the connection, soon. */
    void close(CloseReason reason);
}
