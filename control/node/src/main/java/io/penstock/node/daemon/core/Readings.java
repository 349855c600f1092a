package io.penstock.node.daemon.core;

import io.penstock.node.api.PeerPath;
import io.penstock.protocol.key.NodeKey;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What tunnel and paths say at one moment.
 *
 * @param counters by key; empty while the interface is down
 * @param paths by key
 * @param lostRelays why relays that the node needs are not reached, by name
 * @param narrow direct paths that full packets of the tunnel do not get through, by key
 */
public record Readings(
        Map<NodeKey, Counters> counters,
        Map<NodeKey, PeerPath> paths,
        Map<String, String> lostRelays,
        Map<NodeKey, Narrow> narrow) {
    /** Of a node that is down. */
    public static final Readings NONE = new Readings(Map.of(), Map.of(), Map.of(), Map.of());

    /**
     * A path that small packets get through, and full ones do not.
     *
     * @param addr where it leads
     * @param fullBytes length over the wire of a full packet
     */
    public record Narrow(String addr, int fullBytes) {}

    /**
     * Of one peer, since the interface is there.
     *
     * @param lastHandshake null if there was none
     */
    public record Counters(@Nullable Instant lastHandshake, long rxBytes, long txBytes) {
        static final Counters ZERO = new Counters(null, 0, 0);
    }
}
