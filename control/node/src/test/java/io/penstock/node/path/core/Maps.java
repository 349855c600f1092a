package io.penstock.node.path.core;

import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpNode;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.IpText;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Network maps for tests. */
public final class Maps {
    private Maps() {}

    public static Node node(
            long id, NodeKey key, DiscoKey disco, List<Prefix> addresses, List<Endpoint> endpoints, int home) {
        return Node.builder()
                .id(id)
                .key(key)
                .discoKey(disco)
                .addresses(addresses)
                .endpoints(endpoints)
                .homeDerp(home)
                .build();
    }

    public static NetMap map(Node self, List<Node> peers, DerpMap relays) {
        TreeMap<Long, Node> byId = new TreeMap<>();
        peers.forEach(peer -> byId.put(peer.id(), peer));
        return new NetMap(self, byId, relays, null, "", new TreeMap<>(), Map.of(), List.of(), null);
    }

    /** Regions of one node each, with a literal address. */
    public static DerpMap relays(Map<Integer, Endpoint> stunServers) {
        TreeMap<Integer, DerpRegion> regions = new TreeMap<>();
        stunServers.forEach((id, server) -> {
            StringBuilder address = new StringBuilder();
            IpText.append4(address, (int) server.low());
            regions.put(
                    id,
                    region(
                            id,
                            DerpNode.builder()
                                    .name(id + "a")
                                    .regionId(id)
                                    .hostName(address.toString())
                                    .ipv4(address.toString())
                                    .ipv6("none")
                                    .stunPort(server.port())
                                    .build()));
        });
        return new DerpMap(null, regions, true);
    }

    public static DerpRegion region(int id, DerpNode... nodes) {
        return new DerpRegion(id, "r" + id, "Region " + id, 0, 0, false, false, List.of(nodes));
    }
}
