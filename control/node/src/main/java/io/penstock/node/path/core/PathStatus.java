package io.penstock.node.path.core;

import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.NetInfo;
import io.penstock.wireguard.Endpoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a node tells its coordinator about where it can be reached. Immutable.
 *
 * @param endpoints where peers may reach it, the most promising first
 * @param endpointTypes a constant of {@link io.penstock.protocol.message.MapRequest} for each
 * @param netInfo what it found out about its network, its home relay included; what it did not find out is left out
 */
public record PathStatus(List<Endpoint> endpoints, List<Integer> endpointTypes, NetInfo netInfo, DiscoKey discoKey) {
    public PathStatus {
        endpoints = List.copyOf(endpoints);
        endpointTypes = List.copyOf(endpointTypes);
        if (endpoints.size() != endpointTypes.size()) {
            throw new IllegalArgumentException(endpoints.size() + " endpoints of " + endpointTypes.size() + " types");
        }
    }

    /** Whether others are better told: anything differs but the latencies and the order, which are never the same. */
    boolean isNews(PathStatus before) {
        return !byType().equals(before.byType())
                || !discoKey.equals(before.discoKey)
                || !withoutLatency(netInfo).equals(withoutLatency(before.netInfo));
    }

    /** Behind a NAT with another port for each destination the ports that servers saw are always others, and of use to nobody. */
    private Map<Endpoint, Integer> byType() {
        boolean isHard = Boolean.TRUE.equals(netInfo.mappingVariesByDestIp());
        Map<Endpoint, Integer> types = new HashMap<>();
        for (int i = 0; i < endpoints.size(); i++) {
            Endpoint endpoint = endpoints.get(i);
            int type = endpointTypes.get(i);
            boolean isAddressOnly = isHard && type == MapRequest.ENDPOINT_STUN && !endpoint.isV6();
            types.put(isAddressOnly ? Endpoint.v4((int) endpoint.low(), 0) : endpoint, type);
        }
        return types;
    }

    private static NetInfo withoutLatency(NetInfo info) {
        return info.toBuilder().derpLatency(Map.of()).build();
    }
}
