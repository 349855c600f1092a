package io.penstock.node.daemon.core;

import io.penstock.node.api.PeerPath;
import io.penstock.protocol.key.NodeKey;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What tunnel and paths say of the peers at one moment.
 *
 * @param counters by key; empty while the interface is down
 * @param paths by key
 */
public record Readings(Map<NodeKey, Counters> counters, Map<NodeKey, PeerPath> paths) {
    /** Of a node that is down. */
    public static final Readings NONE = new Readings(Map.of(), Map.of());

    /**
     * Of one peer, since the interface is there.
     *
     * @param lastHandshake null if there was none
     */
    public record Counters(@Nullable Instant lastHandshake, long rxBytes, long txBytes) {
        static final Counters ZERO = new Counters(null, 0, 0);
    }
}
