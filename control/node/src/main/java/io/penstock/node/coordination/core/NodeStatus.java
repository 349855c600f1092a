package io.penstock.node.coordination.core;

import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.wireguard.Endpoint;
import java.util.List;

/**
 * What a node tells of itself. Immutable.
 *
 * @param hostinfo what runs where, its home relay in {@code netInfo}, and the routes it offers
 * @param discoKey zero while it has none; peers cannot reach it then
 * @param endpoints where peers may reach it
 * @param endpointTypes a constant of {@link io.penstock.protocol.message.MapRequest} for each endpoint
 */
public record NodeStatus(Hostinfo hostinfo, DiscoKey discoKey, List<Endpoint> endpoints, List<Integer> endpointTypes) {
    public NodeStatus {
        endpoints = List.copyOf(endpoints);
        endpointTypes = List.copyOf(endpointTypes);
        if (endpoints.size() != endpointTypes.size()) {
            throw new IllegalArgumentException(endpoints.size() + " endpoints of " + endpointTypes.size() + " types");
        }
    }

    /** A node that nobody can reach yet. */
    public static NodeStatus unreachable(Hostinfo hostinfo) {
        return new NodeStatus(hostinfo, DiscoKey.ZERO, List.of(), List.of());
    }
}
