package io.penstock.lab.speed;

/** Says when the next write may go so that a stream keeps its rate. Pure; owned by the sender's thread. */
final class Pacer {
    /** A sender that was held up may catch up this much, no more. */
    private static final long MAX_CATCH_UP_NS = 10_000_000;

    private final long rateBits;
    private long dueNs;
    private long remainder;

    /** A rate of 0 never waits. */
    Pacer(long rateBits, long nowNs) {
        this.rateBits = rateBits;
        this.dueNs = nowNs;
    }

    /** Nanoseconds to wait before the next write; 0 or less: go. */
    long delayNs(long nowNs) {
        if (rateBits == 0) {
            return 0;
        }
        if (nowNs - dueNs > MAX_CATCH_UP_NS) {
            dueNs = nowNs - MAX_CATCH_UP_NS;
        }
        return dueNs - nowNs;
    }

    void onSent(long bytes) {
        if (rateBits != 0) {
            long scaled = bytes * 8_000_000_000L + remainder; // at most 4 MiB a write: no overflow
            dueNs += scaled / rateBits;
            remainder = scaled % rateBits;
        }
    }
}
