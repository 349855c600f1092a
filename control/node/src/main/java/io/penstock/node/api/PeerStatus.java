package io.penstock.node.api;

import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.route.Prefix;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A peer.
 *
 * @param name short, as in the map; of a static peer what it was called when it was added
 * @param fullName with the domain, without a final dot
 * @param overlay its addresses
 * @param user who owns it, or its tags
 * @param os what it runs, or empty
 * @param online null if the coordinator does not say
 * @param lastSeen by the coordinator; null if it does not say
 * @param isStatic added here, and not known to the coordinator
 * @param isExitNode whether what has no better route goes through it
 * @param routes beyond its own addresses that this node sends to it
 * @param lastHandshake null if there was none
 * @param rxBytes from it, since the interface is up
 * @param txBytes to it, since the interface is up
 * @param hasPresharedKey whether a static peer has one
 */
@Message
public record PeerStatus(
        String name,
        String fullName,
        List<String> overlay,
        String user,
        String os,
        NodeKey nodeKey,
        @Nullable Boolean online,
        @Nullable Instant lastSeen,
        boolean isStatic,
        boolean isExitNode,
        List<Prefix> routes,
        PeerPath path,
        @Nullable Instant lastHandshake,
        long rxBytes,
        long txBytes,
        boolean hasPresharedKey) {
    public PeerStatus {
        overlay = Zero.list(overlay);
        routes = Zero.list(routes);
        path = path == null ? PeerPath.NONE : path;
    }
}
