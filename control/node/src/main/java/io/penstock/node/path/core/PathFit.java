package io.penstock.node.path.core;

import io.penstock.node.core.Deadline;
import io.penstock.wireguard.Endpoint;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Whether full packets of the tunnel get through the path in use, and how long a datagram gets there whole. Small pings tell neither: a
 * router that is silent about what it drops lets them pass, and TCP stands still. Full packets are tried as they are sent, in fragments
 * if a router makes them; the lengths of {@link #LADDER} with a bit that forbids it. Nothing is tried without traffic. Owned by
 * {@link PeerPath}.
 */
final class PathFit {
    /** Of datagrams over the wire, as stock nodes try them. */
    private static final int[] LADDER = {1280, 1360, 1400, 1500, 8000, 9000};

    /** Beyond that there is nothing outside of networks of one's own, where nothing is lost. */
    private static final int MAX_TRIED_AGAIN = 1500;

    /** A data message is longer by so much than the packet in it: header and tag. Whitepaper section 5.4.6. */
    private static final int DATA_OVERHEAD = 32;

    /** A ping without padding. */
    private static final int PING_LENGTH = 124;

    private static final int V4_HEADERS = 28;
    private static final int V6_HEADERS = 48;

    /** Between two full pings, while we send. */
    static final long EVERY_NS = 3_000_000_000L;

    /** The same where they do not get through. */
    static final long NARROW_EVERY_NS = 5_000_000_000L;

    /** So many in a row are not answered by a path that loses one datagram in five each way, once in hours. */
    static final int TRIES = 6;

    private static final int LADDER_TRIES = 3;
    private static final long LADDER_GAP_NS = 1_000_000_000L;

    /** Routes change. */
    static final long LADDER_EVERY_NS = 600_000_000_000L;

    /** What is to be done. */
    enum Step {
        NOTHING,
        /** Send a full ping. */
        ASK,
        /** Send a full ping, and a small one to see whether that passes. */
        ASK_BOTH,
        /** Only small ones pass. */
        NARROW
    }

    private final Surroundings around;
    private final Deadline next = new Deadline();
    private int tries;
    private long askedNs; // the first of these
    private final Deadline ladder = new Deadline();
    private int ladderTries;

    PathFit(Surroundings around) {
        this.around = around;
    }

    /** Padding of a ping that is as long as a full packet. */
    int fullPadding() {
        return around.tunnelMtu() + DATA_OVERHEAD - PING_LENGTH;
    }

    /** Length over the wire of a full packet to there. */
    int fullBytes(Endpoint to) {
        return around.tunnelMtu() + DATA_OVERHEAD + headers(to);
    }

    private static int headers(Endpoint to) {
        return to.isV6() ? V6_HEADERS : V4_HEADERS;
    }

    /** Padding of a ping that has this length over the wire. */
    static int padding(int wireBytes, Endpoint to) {
        return wireBytes - headers(to) - PING_LENGTH;
    }

    /** This path is in use from here on, or there is traffic on it again. */
    void begin(Candidate inUse, long nowNs) {
        if (!next.isSet()) {
            tries = 0;
            next.set(nowNs);
        }
        if (!ladder.isSet() && inUse.wantsMeasure(LADDER_EVERY_NS, nowNs)) {
            ladderTries = 0;
            ladder.set(nowNs);
        }
    }

    /** Another path, or none. */
    void reset() {
        next.clear();
        ladder.clear();
    }

    /** A full ping was answered. */
    void onAnswer(long nowNs) {
        tries = 0;
        if (next.isSet()) {
            next.set(nowNs + EVERY_NS);
        }
    }

    Step onTime(Candidate inUse, boolean isBusy, long nowNs) {
        if (!next.take(nowNs) || !isBusy) {
            return Step.NOTHING; // traffic begins it anew
        }
        if (tries < TRIES) {
            askedNs = tries == 0 ? nowNs : askedNs;
            tries++;
            next.set(nowNs + inUse.patienceNs());
            return tries == 1 ? Step.ASK : Step.ASK_BOTH;
        }
        tries = 0;
        next.set(nowNs + NARROW_EVERY_NS);
        return inUse.hasAnsweredSince(askedNs)
                ? Step.NARROW
                : Step.NOTHING; // nothing passes at all: that is PathWatch's matter
    }

    /** Lengths over the wire that are to be tried now; null if none are. */
    int @Nullable [] measure(Candidate inUse, boolean isBusy, long nowNs) {
        if (!ladder.take(nowNs) || !isBusy) {
            return null;
        }
        boolean isFirst = ladderTries++ == 0;
        if (ladderTries <= LADDER_TRIES) {
            ladder.set(nowNs + LADDER_GAP_NS);
            return Arrays.stream(LADDER)
                    .filter(bytes -> bytes > inUse.mtuBytes() && (isFirst || bytes <= MAX_TRIED_AGAIN))
                    .toArray();
        }
        inUse.onMeasured(nowNs);
        return new int[0];
    }

    long leftNs(long nowNs) {
        return Math.min(next.leftNs(nowNs), ladder.leftNs(nowNs));
    }
}
