package io.penstock.server;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that goes when it is told to. */
public final class TestClock implements InstantSource {
    private volatile Instant now = Instant.parse("2026-11-26T12:00:00Z");

    @Override
    public Instant instant() {
        return now;
    }

    public void advance(Duration step) {
        now = now.plus(step);
    }
}
