package io.penstock.server.http;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** The place of one connection among those that a listener bears. Thread-safe. */
final class Seat {
    private final AtomicInteger occupied;
    private final int withThis;
    private final AtomicBoolean left = new AtomicBoolean();

    /** Takes one. */
    Seat(AtomicInteger occupied) {
        this.occupied = occupied;
        withThis = occupied.incrementAndGet();
    }

    /** How many there were with this one when it was taken. */
    int occupied() {
        return withThis;
    }

    /** Gives it up; again does nothing. */
    void leave() {
        if (left.compareAndSet(false, true)) {
            occupied.decrementAndGet();
        }
    }
}
