package io.penstock.node.daemon.core;

import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.MapSession;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Network maps for tests: node 1 is the node itself, the others its peers, each with the address 100.64.0.id. */
public final class NetMaps {
    private NetMaps() {}

    public static NodeKey key(int id) {
        byte[] bytes = new byte[32];
        bytes[0] = (byte) id;
        bytes[31] = 1;
        return NodeKey.of(bytes);
    }

    static Prefix address(int id) {
        return Prefix.parse("100.64.0." + id + "/32");
    }

    public static Node node(int id, UnaryOperator<Node.Builder> more) {
        byte[] disco = new byte[32];
        disco[0] = (byte) id;
        return more.apply(Node.builder()
                        .id(id)
                        .stableId("n" + id)
                        .name("node" + id + ".net.example.")
                        .key(key(id))
                        .discoKey(DiscoKey.of(disco))
                        .machineAuthorized(true)
                        .addresses(List.of(address(id)))
                        .allowedIps(List.of(address(id)))
                        .endpoints(List.of(Endpoint.parse("192.0.2." + id + ":41641"))))
                .build();
    }

    public static NetMap of(Node self, Node... peers) {
        return of(List.of(FilterRule.allowAll()), self, peers);
    }

    static NetMap of(List<FilterRule> filter, Node self, Node... peers) {
        MapSession session = new MapSession();
        session.apply(
                MapResponse.builder()
                        .node(self)
                        .peers(List.of(peers))
                        .domain("net.example")
                        .packetFilters(Map.of("base", filter))
                        .build(),
                Instant.EPOCH);
        NetMap map = session.map();
        if (map == null) {
            throw new AssertionError("the map was refused");
        }
        return map;
    }

    /** This many peers. */
    public static NetMap ofPeers(int count) {
        List<Node> peers = new ArrayList<>();
        for (int id = 2; id < 2 + count; id++) {
            peers.add(node(id, node -> node));
        }
        return of(node(1, node -> node), peers.toArray(Node[]::new));
    }
}
