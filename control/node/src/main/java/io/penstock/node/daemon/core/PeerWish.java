package io.penstock.node.daemon.core;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a peer of the tunnel should look like.
 *
 * @param node its id in the map, 0 for one of which the map does not tell
 * @param allowedIps what may come from it and is sent to it; no two peers have the same
 * @param isManaged whether its path is found by the node, and not by its packets
 * @param endpoint for a peer that is not managed, where it is at first; or null
 * @param keepaliveSeconds 0 for none
 * @param preshared version of its pre-shared key, 0 for none
 */
record PeerWish(
        long node,
        List<Prefix> allowedIps,
        boolean isManaged,
        @Nullable Endpoint endpoint,
        int keepaliveSeconds,
        int preshared) {
    PeerWish {
        allowedIps = List.copyOf(allowedIps);
    }

    static PeerWish managed(long node, List<Prefix> allowedIps) {
        return new PeerWish(node, allowedIps, true, null, 0, 0);
    }

    static PeerWish fixed(List<Prefix> allowedIps, @Nullable Endpoint endpoint, int keepaliveSeconds, int preshared) {
        return new PeerWish(0, allowedIps, false, endpoint, keepaliveSeconds, preshared);
    }
}
