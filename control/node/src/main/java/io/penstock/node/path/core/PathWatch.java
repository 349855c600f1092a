package io.penstock.node.path.core;

import io.penstock.node.core.Deadline;

/**
 * Whether the direct path in use still works, at once while there are packets that would be lost if it did not. An answer that is late
 * is asked for several times: on a path that loses one datagram in ten all of them get lost once in hours of them. Owned by
 * {@link PeerPath}.
 */
final class PathWatch {
    /** Between the questions once an answer is late. */
    static final long AGAIN_NS = 100_000_000L;

    /** The same while nothing is sent that would be lost; then it is the time of trust that ends it. */
    static final long AGAIN_AT_REST_NS = 1_000_000_000L;

    /** So long after that an answer has to have come. */
    static final long DOUBT_NS = 500_000_000L;

    /** What is to be done. */
    enum Verdict {
        NOTHING,
        /** An answer is late: change to a path that has answered since, if there is one, or ask again. */
        LATE,
        /** Still nothing: ask again. */
        ASK,
        DEAD
    }

    private final Deadline next = new Deadline();
    private boolean isBusy; // packets would be lost
    private boolean isLate;
    private long askedNs;
    private long deadNs; // once it is late

    /** A ping was sent on the path in use. */
    void onAsked(boolean withTraffic, long patienceNs, long nowNs) {
        if (!next.isSet() || (withTraffic && !isBusy)) {
            isBusy = withTraffic;
            isLate = false;
            askedNs = nowNs;
            next.set(nowNs + patienceNs);
        }
    }

    /** It works, or another one is in use. */
    void reset() {
        next.clear();
    }

    /** When the first ping was sent of those that are not answered. */
    long askedNs() {
        return askedNs;
    }

    Verdict onTime(long patienceNs, long nowNs) {
        if (!next.take(nowNs)) {
            return Verdict.NOTHING;
        }
        if (!isLate) {
            isLate = true;
            deadNs = nowNs + Math.max(DOUBT_NS, patienceNs);
            next.set(nowNs + againNs());
            return Verdict.LATE;
        }
        if (isBusy && nowNs - deadNs >= 0) {
            return Verdict.DEAD;
        }
        next.set(nowNs + againNs());
        return Verdict.ASK;
    }

    private long againNs() {
        return isBusy ? AGAIN_NS : AGAIN_AT_REST_NS;
    }

    long leftNs(long nowNs) {
        return next.leftNs(nowNs);
    }
}
