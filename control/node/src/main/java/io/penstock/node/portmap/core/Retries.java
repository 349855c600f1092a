package io.penstock.node.portmap.core;

import io.penstock.node.core.Deadline;

/** When a request is sent again that was not answered: after 250 ms, 500 ms, 1 s and so on. RFC 6886 section 3.1. */
final class Retries {
    static final long FIRST_NS = 250_000_000L;

    private final int tries;
    private final Deadline next = new Deadline();
    private int sent;

    /** @param tries in all */
    Retries(int tries) {
        this.tries = tries;
    }

    /** The first one has just been sent. */
    void start(long nowNs) {
        sent = 1;
        next.set(nowNs + FIRST_NS);
    }

    void stop() {
        next.clear();
    }

    boolean isRunning() {
        return next.isSet();
    }

    /** Whether something is to be done: to be sent again, or to be given up if {@link #isOver}. */
    boolean take(long nowNs) {
        if (!next.take(nowNs)) {
            return false;
        }
        if (sent < tries) {
            next.set(nowNs + (FIRST_NS << sent));
        }
        sent++;
        return true;
    }

    /** All were sent, and none was answered. */
    boolean isOver() {
        return sent > tries;
    }

    long leftNs(long nowNs) {
        return next.leftNs(nowNs);
    }
}
