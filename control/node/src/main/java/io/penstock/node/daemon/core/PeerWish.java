package io.penstock.node.daemon.core;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a peer of the tunnel should look like.
 *
 * @param allowedIps what may come from it and is sent to it; no two peers have the same
 * @param isManaged whether its path is found by the node, and not by its packets
 * @param endpoint for a peer that is not managed, where it is at first; or null
 * @param keepaliveSeconds 0 for none
 * @param preshared version of its pre-shared key, 0 for none
 */
record PeerWish(
        List<Prefix> allowedIps,
        boolean isManaged,
        @Nullable Endpoint endpoint,
        int keepaliveSeconds,
        int preshared) {
    PeerWish {
        allowedIps = List.copyOf(allowedIps);
    }

    static PeerWish managed(List<Prefix> allowedIps) {
        return new PeerWish(allowedIps, true, null, 0, 0);
    }
}
