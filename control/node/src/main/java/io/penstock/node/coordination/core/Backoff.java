package io.penstock.node.coordination.core;

import io.penstock.wireguard.Entropy;

/**
 * How long to wait after a failure: twice as long after each one, up to a bound, and a random part of that, so that nodes which
 * lost their coordinator at one moment do not come back at one moment.
 */
final class Backoff {
    static final long FIRST_NS = 200_000_000L;
    static final long MAX_NS = 15_000_000_000L; // however long a coordinator was away, all are back soon after

    private static final int MAX_DOUBLINGS = 7; // 200 ms << 7 is above the bound

    private final Entropy entropy;
    private int failures;

    Backoff(Entropy entropy) {
        this.entropy = entropy;
    }

    /** From half of the bound for this many failures to all of it. */
    long nextNs() {
        long boundNs = Math.min(MAX_NS, FIRST_NS << Math.min(failures, MAX_DOUBLINGS));
        failures++;
        return boundNs / 2 + randomNs(boundNs / 2);
    }

    /** Up to half as much again, for a wait of which the other side has named the least. */
    long jitteredNs(long leastNs) {
        return leastNs + randomNs(leastNs / 2);
    }

    /** From 0 to below {@code boundNs}. */
    private long randomNs(long boundNs) {
        return (long) (0x1p-32 * Integer.toUnsignedLong(entropy.nextInt()) * boundNs);
    }

    void reset() {
        failures = 0;
    }
}
