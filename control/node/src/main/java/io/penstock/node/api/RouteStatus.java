package io.penstock.node.api;

import com.fasterxml.jackson.annotation.JsonValue;
import io.penstock.wireguard.route.Prefix;
import java.util.Locale;

/**
 * A route that a peer offers.
 *
 * @param via short name of the peer
 * @param why it is not used, with the cure where there is one; empty if it is
 */
@Message
public record RouteStatus(Prefix prefix, String via, State state, String why) {
    /** What is made of it. */
    public enum State {
        /** Packets go there. */
        ACTIVE,
        /** Another peer serves it; this one would, if that failed. */
        STANDBY,
        /** It is not used. */
        REJECTED;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public RouteStatus {
        via = Zero.text(via);
        why = Zero.text(why);
    }
}
