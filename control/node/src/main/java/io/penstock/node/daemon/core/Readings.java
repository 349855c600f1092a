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
 */
public record Readings(Map<NodeKey, Counters> counters, Map<NodeKey, PeerPath> paths, Map<String, String> lostRelays) {
    /** Of a node that is down. */
    public static final Readings NONE = new Readings(Map.of(), Map.of(), Map.of());

    /**
     * Of one peer, since the interface is there.
     *
     * @param lastHandshake null if there was none
     */
    public record Counters(@Nullable Instant lastHandshake, long rxBytes, long txBytes) {
        static final Counters ZERO = new Counters(null, 0, 0);
    }
}
