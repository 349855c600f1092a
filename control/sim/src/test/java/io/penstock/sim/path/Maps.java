package io.penstock.sim.path;

import io.penstock.node.path.core.PathStatus;
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

/** What the coordinator writes. Stateless. */
final class Maps {
    private Maps() {}

    static Node node(PathNode node) {
        PathStatus told = node.toldCoordinator;
        return Node.builder()
                .id(node.id + 1L)
                .key(node.key)
                .discoKey(node.core.discoKey())
                .addresses(List.of(Prefix.v4(0x64400001 + node.id, 32)))
                .endpoints(told == null ? List.of() : told.endpoints())
                .homeDerp(told == null ? 0 : told.netInfo().preferredDerp())
                .build();
    }

    static NetMap map(Node self, List<Node> peers, DerpMap relays) {
        TreeMap<Long, Node> byId = new TreeMap<>();
        peers.forEach(peer -> byId.put(peer.id(), peer));
        return new NetMap(self, byId, relays, null, "", new TreeMap<>(), Map.of(), List.of(), null);
    }

    static DerpMap relays(List<RelayServer> servers) {
        TreeMap<Integer, DerpRegion> regions = new TreeMap<>();
        for (RelayServer server : servers) {
            StringBuilder v4 = new StringBuilder();
            IpText.append4(v4, (int) server.address().low());
            StringBuilder v6 = new StringBuilder();
            for (Endpoint address : server.host.addresses()) {
                if (address.isV6()) {
                    IpText.append6(v6, address.high(), address.low());
                }
            }
            DerpNode node = DerpNode.builder()
                    .name(server.region + "a")
                    .regionId(server.region)
                    .hostName(v4.toString())
                    .ipv4(v4.toString())
                    .ipv6(v6.isEmpty() ? "none" : v6.toString())
                    .stunPort(RelayServer.STUN_PORT)
                    .build();
            int id = server.region;
            regions.put(id, new DerpRegion(id, "r" + id, "Region " + id, 0, 0, false, false, List.of(node)));
        }
        return new DerpMap(null, regions, true);
    }
}
