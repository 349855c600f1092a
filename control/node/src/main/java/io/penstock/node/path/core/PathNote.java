package io.penstock.node.path.core;

import io.penstock.wireguard.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened on the way to a peer, to be shown.
 *
 * @param atNs when, by the clock that the path finder is given
 * @param untilNs of the last of {@code count} that are told as one, else the same
 * @param endpoint of whom it is told, null if it is told of a relay or of nobody in particular
 * @param region of the relay, 0 for none
 * @param value what the kind says, -1 for none
 * @param count how many of them
 */
public record PathNote(
        Kind kind, long atNs, long untilNs, @Nullable Endpoint endpoint, int region, long value, int count) {
    /** What happened. */
    public enum Kind {
        /** Traffic begins, and with it all of this. */
        TRAFFIC,
        /** There was no traffic for long, and nothing is sent any more. */
        REST,
        /** The map names an address. */
        IN_MAP,
        /** The peer's call names an address. */
        IN_CALL,
        /** A ping of the peer, or an answer, came from an address that nobody had named. */
        SEEN,
        /** Nobody names it any more. */
        FORGOTTEN,
        /** A ping of ours. */
        PING,
        /** Its answer; the value is the round trip in nanoseconds. */
        PONG,
        /** There was none in five seconds. */
        NO_PONG,
        /** Pings on the path in use that were answered as they should; the value is the last round trip in nanoseconds. */
        KEPT,
        /** A ping of the peer, which was answered. */
        PINGED,
        /** We have told the peer all our addresses through the relay, for it to ping them. */
        CALL,
        /** It has told us; the value is how many. */
        CALLED,
        /** Packets go there from here on: an address, or the relay of the region. */
        USE,
        /** An answer on the path in use is late. */
        LATE,
        /** There is none: the path is given up. */
        DEAD,
        /** The system would not send there. */
        REFUSED,
        /** Our own network is another one. */
        MOVED,
        /** The peer is a new process. */
        RESTARTED,
        RELAY_UP,
        RELAY_DOWN,
        /** Datagrams with {@code value} bytes, headers included, get there whole. */
        CARRIES,
        /** Full packets of the tunnel do not get there, though small ones do; the value is their length with headers. */
        NARROW,
        /** They do again. */
        WIDE
    }

    PathNote again(long nowNs, long newValue) {
        return new PathNote(kind, atNs, nowNs, endpoint, region, newValue, count + 1);
    }
}
