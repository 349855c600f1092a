package io.penstock.node.path.core;

import io.penstock.node.path.core.CandidateView.Source;
import io.penstock.node.path.core.CandidateView.Verdict;
import io.penstock.wireguard.Endpoint;
import java.util.EnumSet;
import java.util.Set;

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

    /** An answer that is older says little, as most NATs forget by then. */
    private static final long STALE_NS = 30_000_000_000L;

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
    private long pings;
    private long answers;
    private boolean isNarrow;
    private int mtuBytes;
    private final LastTime measured = new LastTime();

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
        pings++;
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
        answers++;
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

    /** Whether full packets get there or not, though small ones do. */
    void setNarrow(boolean value) {
        isNarrow = value;
    }

    boolean isNarrow() {
        return isNarrow;
    }

    /** A datagram of this length was there whole. */
    void onCarried(int wireBytes) {
        mtuBytes = Math.max(mtuBytes, wireBytes);
    }

    /** The longest that was, 0 if none was tried. */
    int mtuBytes() {
        return mtuBytes;
    }

    /** Whether what it carries is unknown, or was found out so long ago. */
    boolean wantsMeasure(long everyNs, long nowNs) {
        if (measured.isWithin(everyNs, nowNs)) {
            return false;
        }
        mtuBytes = 0;
        return true;
    }

    void onMeasured(long nowNs) {
        measured.set(nowNs);
    }

    /** The way there may be another one, as wide as nobody knows. */
    void forgetWidth() {
        isNarrow = false;
        mtuBytes = 0;
        measured.clear();
    }

    /** Whether a change from {@code other} is worth it; both have answered. */
    boolean isBetterThan(Candidate other) {
        if (isNarrow != other.isNarrow) {
            return other.isNarrow;
        }
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
        forgetWidth();
    }

    /** As it is, to be shown. */
    CandidateView view(boolean isInUse, long nowNs) {
        Set<Source> sources = EnumSet.noneOf(Source.class);
        if (inMap) {
            sources.add(Source.MAP);
        }
        if (inCall) {
            sources.add(Source.CALL);
        }
        if (isSeen) {
            sources.add(Source.SEEN);
        }
        long restsForNs = isHeld(nowNs) ? deathNs + (LEAST_HOLD_NS << (deaths - 2)) - nowNs : 0;
        return new CandidateView(
                endpoint,
                sources,
                verdict(isInUse, nowNs),
                pings,
                answers,
                pinged.agoNs(nowNs),
                latencyNs < 0 ? -1 : nowNs - pongNs,
                latencyNs,
                mtuBytes,
                deaths,
                restsForNs);
    }

    private Verdict verdict(boolean isInUse, long nowNs) {
        if (isInUse) {
            return Verdict.IN_USE;
        }
        boolean hasAnswered = latencyNs >= 0;
        if (hasAnswered && isHeld(nowNs)) {
            return Verdict.RESTS;
        }
        long askedNs = pinged.agoNs(nowNs);
        boolean isAnswered = hasAnswered && nowNs - pongNs <= Math.max(askedNs, 0); // nothing was asked since
        if (isAnswered || (hasAnswered && nowNs - pongNs < PeerPath.TRUST_NS)) {
            return isNarrow ? Verdict.NARROW : nowNs - pongNs < STALE_NS ? Verdict.WORKS : Verdict.STALE;
        }
        if (askedNs >= 0 && askedNs < SentPings.TIMEOUT_NS) {
            return Verdict.ASKED;
        }
        return hasAnswered ? Verdict.STALE : askedNs >= 0 || pings > 0 ? Verdict.SILENT : Verdict.UNTRIED;
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
