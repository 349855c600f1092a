package io.penstock.relay.core;

import java.util.concurrent.TimeUnit;

/** So many at once, then so many a second. Pure; for one thread. */
public final class TokenBucket {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final double perNs;
    private final double burst;
    private double tokens;
    private long lastNs;

    /** A full one. */
    public TokenBucket(double perSecond, double burst, long nowNs) {
        if (!(perSecond > 0 && burst > 0)) {
            throw new IllegalArgumentException("a rate and a burst are positive");
        }
        perNs = perSecond / SECOND_NS;
        this.burst = burst;
        tokens = burst;
        lastNs = nowNs;
    }

    /** Takes so many if they are there, else none. */
    public boolean tryTake(double count, long nowNs) {
        refill(nowNs);
        if (tokens < count) {
            return false;
        }
        tokens -= count;
        return true;
    }

    /** Takes so many, on credit if need be; returns for how long nothing should be taken now, 0 if it may go on. */
    public long take(double count, long nowNs) {
        refill(nowNs);
        tokens -= count;
        return tokens >= 0 ? 0 : (long) Math.ceil(-tokens / perNs);
    }

    private void refill(long nowNs) {
        long elapsedNs = Math.max(0, nowNs - lastNs); // by subtraction: nanoTime may wrap
        tokens = Math.min(burst, tokens + elapsedNs * perNs);
        lastNs = nowNs;
    }
}
