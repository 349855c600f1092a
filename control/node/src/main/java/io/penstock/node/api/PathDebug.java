package io.penstock.node.api;

import com.fasterxml.jackson.annotation.JsonValue;
import io.penstock.protocol.key.NodeKey;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * All that a node knows of the path to one peer.
 *
 * @param peer its short name
 * @param overlay its first address in the network
 * @param at this node's clock, by which the times of the events are
 * @param path in use
 * @param active whether there was traffic lately, without which no path is looked for
 * @param trusted whether the direct path has answered lately
 * @param relay code of the region where the peer is reached by relay, or null
 * @param relayUp whether there is a connection to it, or none was needed yet
 * @param tunnelMtu the longest packet that goes into the tunnel, in bytes
 * @param narrow an address that would be used if full packets of the tunnel got there, or null
 * @param fullBytes length over the wire of a full packet to there, 0 without one
 * @param candidates addresses at which the peer may be
 * @param events what happened, the oldest first; nothing is noted while there is no traffic
 * @param dropped how many older events there were
 */
@Message
public record PathDebug(
        String peer,
        String overlay,
        NodeKey nodeKey,
        Instant at,
        PeerPath path,
        boolean active,
        boolean trusted,
        @Nullable String relay,
        boolean relayUp,
        int tunnelMtu,
        @Nullable String narrow,
        int fullBytes,
        List<Candidate> candidates,
        List<Event> events,
        long dropped) {
    public PathDebug {
        candidates = Zero.list(candidates);
        events = Zero.list(events);
    }

    /** What came of an address. */
    public enum Verdict {
        IN_USE,
        /** It has answered lately. */
        WORKS,
        /** It has answered, and full packets do not get there. */
        NARROW,
        /** It has died too often to be used now. */
        RESTS,
        /** It was asked a moment ago. */
        ASKED,
        /** It has answered once. */
        STALE,
        /** It was asked, and there was no answer. */
        SILENT,
        UNTRIED;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * An address.
     *
     * @param knownBy who names it: {@code map}, {@code call} (the peer, through the relay), {@code seen} (a packet of its came from there)
     * @param pings sent there
     * @param answers of these
     * @param pingedAgoMs since the last, or null
     * @param answeredAgoMs since the last answer, or null
     * @param rttMs smoothed, or null
     * @param mtu the longest datagram that was seen to get there whole, headers included; null if none was tried
     * @param deaths how often it stopped working lately
     * @param restsForMs for so long an answer is no reason to use it
     */
    @Message
    public record Candidate(
            String addr,
            List<String> knownBy,
            Verdict verdict,
            long pings,
            long answers,
            @Nullable Long pingedAgoMs,
            @Nullable Long answeredAgoMs,
            @Nullable Double rttMs,
            @Nullable Integer mtu,
            int deaths,
            long restsForMs) {
        public Candidate {
            knownBy = Zero.list(knownBy);
        }
    }

    /**
     * Something that happened.
     *
     * @param kind in kebab case: {@code traffic}, {@code rest}, {@code in-map}, {@code in-call}, {@code seen}, {@code forgotten}, {@code ping},
     *     {@code pong}, {@code no-pong}, {@code kept}, {@code pinged}, {@code call}, {@code called}, {@code use}, {@code late}, {@code dead},
     *     {@code refused}, {@code moved}, {@code restarted}, {@code relay-up}, {@code relay-down}, {@code carries}, {@code narrow}, {@code wide}
     * @param agoUs before {@code at}
     * @param untilAgoUs of the last of {@code count}
     * @param addr or null
     * @param relay code of a region, or null
     * @param rttMs of an answer, or null
     * @param bytes of {@code carries}, {@code narrow} and {@code wide}, or null
     * @param count how many in a row are told as one
     */
    @Message
    public record Event(
            String kind,
            long agoUs,
            long untilAgoUs,
            @Nullable String addr,
            @Nullable String relay,
            @Nullable Double rttMs,
            @Nullable Integer bytes,
            int count) {}
}
