package io.penstock.node.api;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a peer is reached.
 *
 * @param addr where datagrams go, or null
 * @param relay code of the relay's region, or null
 * @param since when it was chosen, or null
 * @param rttMs round trip, or null if it was not measured
 * @param mtu the longest datagram that was seen to get there whole, in bytes with its headers; null if it was not measured
 */
@Message
public record PeerPath(
        Kind kind,
        @Nullable String addr,
        @Nullable String relay,
        @Nullable Instant since,
        @Nullable Double rttMs,
        @Nullable Integer mtu) {
    /** No path is known, or none was needed yet. */
    public static final PeerPath NONE = new PeerPath(Kind.NONE, null, null, null, null, null);

    /** What kind of path. */
    public enum Kind {
        NONE,
        DIRECT,
        RELAY;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
