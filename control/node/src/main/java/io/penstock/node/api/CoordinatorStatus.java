package io.penstock.node.api;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator, and how well the node gets on with it.
 *
 * @param url empty for a node that was never told of one
 * @param domain of the network, or empty
 * @param since when the state began; null for a daemon that has just started
 * @param mapAgeMs how old what is known of the network is; null without a map
 * @param cached whether the map is one of before, from the state folder
 * @param trouble what did not work at the last try, empty while all is well
 */
@Message
public record CoordinatorStatus(
        State state,
        String url,
        String domain,
        @Nullable Instant since,
        @Nullable Long mapAgeMs,
        boolean cached,
        String trouble) {
    /** How well. */
    public enum State {
        /** There is none, or the node is down. */
        OFF,
        /** The first try is under way. */
        CONNECTING,
        /** Maps come. */
        CONNECTED,
        /** It is tried again and again. */
        UNREACHABLE;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
