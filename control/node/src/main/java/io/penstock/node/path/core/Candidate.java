package io.penstock.node.path.core;

import io.penstock.wireguard.Endpoint;

/** An address at which a peer may be, who named it, and what became of it. */
final class Candidate {
    /** For so long after its last ping an address that nobody named stays one. */
    private static final long PING_SEEN_LIFETIME_NS = 45_000_000_000L;

    private final Endpoint endpoint;
    private boolean inMap;
    private boolean inCall;
    private boolean isSeen;
    private long seenNs;
    private boolean isPinged;
    private long pingedNs;
    private boolean isEchoed;
    private long echoedNs;
    private long latencyNs = -1;

    /** {@code endpoint} is without a local side. */
    Candidate(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    void setInMap(boolean value) {
        inMap = value;
    }

    boolean isInMap() {
        return inMap;
    }

    void setInCall(boolean value) {
        inCall = value;
    }

    void onPingSeen(long nowNs) {
        isSeen = true;
        seenNs = nowNs;
    }

    void forgetPingSeen() {
        isSeen = false;
    }

    /** Whether anybody still says that the peer is there. */
    boolean isNamed(long nowNs) {
        isSeen = isSeen && nowNs - seenNs < PING_SEEN_LIFETIME_NS;
        return inMap || inCall || isSeen;
    }

    void onPinged(long nowNs) {
        isPinged = true;
        pingedNs = nowNs;
    }

    /** The next ping need not wait. */
    void forgetPinged() {
        isPinged = false;
    }

    boolean wasPingedWithin(long gapNs, long nowNs) {
        return isPinged && nowNs - pingedNs < gapNs;
    }

    /** Whether a ping from there may be followed by one to there, however short ago the last was: it shows that the way is open. */
    boolean mayEcho(long gapNs, long nowNs) {
        if (isEchoed && nowNs - echoedNs < gapNs) {
            return false;
        }
        isEchoed = true;
        echoedNs = nowNs;
        return true;
    }

    void onPong(long roundTripNs) {
        latencyNs = roundTripNs;
    }

    void forgetHistory() {
        isPinged = false;
        latencyNs = -1;
    }

    /** Of the last answer, -1 if there was none. */
    long latencyNs() {
        return latencyNs;
    }
}
