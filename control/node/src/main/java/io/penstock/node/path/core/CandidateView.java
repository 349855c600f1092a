package io.penstock.node.path.core;

import io.penstock.wireguard.Endpoint;
import java.util.Set;

/**
 * An address at which a peer may be, at one moment, to be shown.
 *
 * @param sources who names it
 * @param pings sent there since it is known, and how many of them were answered
 * @param pingedAgoNs since the last ping, -1 if there was none
 * @param answeredAgoNs since the last answer, -1 likewise
 * @param roundTripNs smoothed, -1 if there was no answer
 * @param mtuBytes the longest datagram that was seen to get there whole, headers included; 0 if it was not tried
 * @param restsForNs for so long an answer is no reason to use it, since it died too often
 */
public record CandidateView(
        Endpoint endpoint,
        Set<Source> sources,
        Verdict verdict,
        long pings,
        long answers,
        long pingedAgoNs,
        long answeredAgoNs,
        long roundTripNs,
        int mtuBytes,
        int deaths,
        long restsForNs) {
    /** Who names it. */
    public enum Source {
        MAP,
        CALL,
        SEEN
    }

    /** What came of it. */
    public enum Verdict {
        IN_USE,
        /** It has answered lately. */
        WORKS,
        /** It has answered, and full packets do not get there. */
        NARROW,
        /** It works perhaps, and has died too often to be used. */
        RESTS,
        /** It was asked, and the time for an answer is not over. */
        ASKED,
        /** It has answered once, long ago. */
        STALE,
        /** It was asked, and there was no answer. */
        SILENT,
        UNTRIED
    }
}
