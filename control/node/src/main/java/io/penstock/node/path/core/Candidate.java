package io.penstock.node.path.core;

import io.penstock.wireguard.Endpoint;

/** An address at which a peer may be, who named it, and what became of it. */
final class Candidate {
    /** For so long after its last ping an address that nobody named stays one. */
    private static final long PING_SEEN_LIFETIME_NS = 45_000_000_000L;

    private static final long LEAST_SPREAD_NS = 60_000_000L;
    private static final long LEAST_PATIENCE_NS = 200_000_000L;
    private static final long MOST_PATIENCE_NS = 1_000_000_000L;

    /** A death that is older has nothing to do with the next. */
    private static final long DEATHS_COUNT_NS = 120_000_000_000L;

    /** After the second death; twice as long after each that follows, up to 32 s. */
    private static final long LEAST_HOLD_NS = 2_000_000_000L;

    private static final int MAX_DEATHS = 6;

    private final Endpoint endpoint;
    private boolean inMap;
    private boolean inCall;
    private boolean isSeen;
    private long seenNs;
    private final LastTime pinged = new LastTime();
    private final LastTime echoed = new LastTime();
    private long lastNs = -1;
    private long latencyNs = -1;
    private long spreadNs;
    private long pongNs;
    private boolean isMirrored;
    private boolean isReflection;
    private int deaths;
    private long deathNs;

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
        pinged.set(nowNs);
    }

    /** The next ping need not wait. */
    void forgetPinged() {
        pinged.clear();
    }

    boolean wasPingedWithin(long gapNs, long nowNs) {
        return pinged.isWithin(gapNs, nowNs);
    }

    /** Whether a ping from there may be followed by one to there, however short ago the last was: it shows that the way is open. */
    boolean mayEcho(long gapNs, long nowNs) {
        return echoed.take(gapNs, nowNs);
    }

    /** It has answered, {@code fromThere} or from another address. Smoothed as TCP does (RFC 6298). */
    void onPong(long roundTripNs, boolean fromThere, long nowNs) {
        isMirrored = fromThere;
        pongNs = nowNs;
        lastNs = roundTripNs;
        if (latencyNs < 0) {
            latencyNs = roundTripNs;
            spreadNs = roundTripNs / 2;
        } else {
            spreadNs += (Math.abs(roundTripNs - latencyNs) - spreadNs) / 4;
            latencyNs = Math.max(1, latencyNs + (roundTripNs - latencyNs) / 8);
        }
    }

    /** Whether the last answer came from where the ping went. */
    boolean isMirrored() {
        return isMirrored;
    }

    void setReflection(boolean value) {
        isReflection = value;
    }

    /** Whether it is known only from an answer to a ping that went elsewhere. */
    boolean isReflection() {
        return isReflection;
    }

    /** Whether a change from {@code other} is worth it; both have answered. */
    boolean isBetterThan(Candidate other) {
        if (isMirrored != other.isMirrored) {
            return isMirrored;
        }
        return PathScore.isBetter(endpoint, latencyNs, other.endpoint, other.latencyNs);
    }

    /** Whether it has answered at this time or later. */
    boolean hasAnsweredSince(long sinceNs) {
        return latencyNs >= 0 && pongNs - sinceNs >= 0;
    }

    /** For so long an answer is not late. */
    long patienceNs() {
        long ns = Math.max(0, latencyNs) + Math.max(4 * spreadNs, LEAST_SPREAD_NS);
        return Math.clamp(ns, LEAST_PATIENCE_NS, MOST_PATIENCE_NS);
    }

    /** It was in use, and stopped working. */
    void onDeath(long nowNs) {
        deaths = deaths > 0 && nowNs - deathNs < DEATHS_COUNT_NS ? Math.min(MAX_DEATHS, deaths + 1) : 1;
        deathNs = nowNs;
    }

    /** Whether it has died so often lately that an answer is no reason to use it, as long as there is something else. */
    boolean isHeld(long nowNs) {
        return deaths > 1 && nowNs - deathNs < LEAST_HOLD_NS << (deaths - 2);
    }

    void forgetHistory() {
        pinged.clear();
        lastNs = -1;
        latencyNs = -1;
        deaths = 0;
    }

    /** Smoothed, -1 if there was no answer. */
    long latencyNs() {
        return latencyNs;
    }

    /** Of the last answer, -1 if there was none. */
    long lastNs() {
        return lastNs;
    }
}
