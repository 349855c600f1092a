package io.penstock.node.core;

import io.penstock.wireguard.Entropy;

/**
 * How long to wait after a failure: twice as long after each one, up to a bound, and a random part of that, so that nodes which
 * lost a server at one moment do not come back at one moment. Not thread-safe.
 */
public final class Backoff {
    public static final long FIRST_NS = 200_000_000L;

    private static final int MAX_DOUBLINGS = 20; // 200 ms << 20 is above any sensible bound

    private final Entropy entropy;
    private final long maxNs;
    private int failures;

    /**
     * Begins anew.
     *
     * @param maxNs the longest wait
     */
    public Backoff(Entropy entropy, long maxNs) {
        this.entropy = entropy;
        this.maxNs = maxNs;
    }

    /** From half of the bound for this many failures to all of it. */
    public long nextNs() {
        long boundNs = Math.min(maxNs, FIRST_NS << Math.min(failures, MAX_DOUBLINGS));
        failures++;
        return boundNs / 2 + withinNs(boundNs / 2);
    }

    /** Up to half as much again, for a wait of which the other side has named the least. */
    public long jitteredNs(long leastNs) {
        return leastNs + withinNs(leastNs / 2);
    }

    /** From 0 to below {@code boundNs}. */
    public long withinNs(long boundNs) {
        return (long) (0x1p-32 * Integer.toUnsignedLong(entropy.nextInt()) * boundNs);
    }

    public void reset() {
        failures = 0;
    }
}
