package io.penstock.node.path.core;

import io.penstock.wireguard.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * The path to one peer at one moment, to be shown.
 *
 * @param endpoint where a direct path leads, null for others
 * @param region of the relay, 0 for a direct path
 * @param roundTripNs of the last answer on this path, -1 if there was none
 * @param sinceNs for how long it has been this path
 * @param isActive whether there was traffic in the last 45 seconds, and the path is looked after
 * @param candidates how many addresses are known
 * @param mtuBytes the longest datagram that was seen to get there whole on this path, headers included; 0 if none was tried
 * @param narrow a direct path that would be used if full packets got there, null if there is none
 * @param fullBytes length over the wire of a full packet to there
 */
public record PathView(
        Kind kind,
        @Nullable Endpoint endpoint,
        int region,
        long roundTripNs,
        long sinceNs,
        boolean isActive,
        int candidates,
        int mtuBytes,
        @Nullable Endpoint narrow,
        int fullBytes) {
    /** Which way packets go. */
    public enum Kind {
        DIRECT,
        RELAY,
        NONE
    }
}
