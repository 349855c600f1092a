package io.penstock.node.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class RouteChoiceTest {
    private static final AcceptRoutes ALL = new AcceptRoutes.All();
    private static final String NO_EXIT = "";

    private final Node self = node(1, "self", List.of("100.64.0.1/32", "fd7a::1/128"));

    @Test
    void takesAddressesAlwaysAndRoutesIfWanted() {
        Node hq = node(2, "hq", List.of("100.64.0.2/32", "fd7a::2/128"), "10.2.0.0/16", "192.168.7.0/24");

        assertEquals(Map.of(2L, prefixes("100.64.0.2/32", "fd7a::2/128")), accepted(new AcceptRoutes.None(), hq));
        assertEquals(
                Map.of(2L, prefixes("10.2.0.0/16", "100.64.0.2/32", "192.168.7.0/24", "fd7a::2/128")),
                accepted(ALL, hq));
        assertEquals(
                Map.of(2L, prefixes("10.2.0.0/16", "100.64.0.2/32", "fd7a::2/128")),
                accepted(new AcceptRoutes.Only(Set.of(Prefix.parse("10.0.0.0/8")), Set.of()), hq));
        for (String name : List.of("hq", "hq.example.net", "hq.example.net.", "stable2")) {
            AcceptRoutes byName = new AcceptRoutes.Only(Set.of(), Set.of(name));
            assertEquals(accepted(ALL, hq), accepted(byName, hq), name);
        }
        assertEquals(
                List.of(
                        "10.2.0.0/16 of hq is not used: routes of hq are not accepted by the settings.",
                        "192.168.7.0/24 of hq is not used: routes of hq are not accepted by the settings."),
                reasons(choose(new AcceptRoutes.Only(Set.of(), Set.of("other")), NO_EXIT, List.of(), List.of(), hq)));
    }

    @Test
    void takesDefaultRoutesOfTheChosenExitNodeOnly() {
        Node a = node(2, "a", List.of("100.64.0.2/32"), "0.0.0.0/0", "::/0");
        Node b = node(3, "b", List.of("100.64.0.3/32"), "0.0.0.0/0", "::/0");

        ChosenRoutes chosen = choose(new AcceptRoutes.None(), "stable3", List.of(), List.of(), a, b);

        assertEquals(prefixes("100.64.0.2/32"), chosen.accepted().get(2L));
        assertEquals(
                prefixes("0.0.0.0/0", "100.64.0.3/32", "::/0"),
                chosen.accepted().get(3L));
        assertEquals(
                List.of(
                        "0.0.0.0/0 of a is not used: a is not the chosen exit node.",
                        "::/0 of a is not used: a is not the chosen exit node."),
                reasons(chosen));
    }

    @Test
    void connectedNetworksAndOwnRoutesWin() {
        Node peer = node(
                2,
                "peer",
                List.of("100.64.0.2/32"),
                "10.1.0.0/24",
                "10.1.0.128/25",
                "10.5.5.0/24",
                "10.0.0.0/8",
                "172.16.0.0/16");
        ChosenRoutes chosen = choose(
                ALL,
                NO_EXIT,
                prefixes("10.1.0.0/24", "0.0.0.0/0"),
                List.of(connected("10.5.0.0/16", "lan0"), connected("172.16.0.0/16", "docker0")),
                peer);

        assertEquals(
                prefixes("10.0.0.0/8", "100.64.0.2/32"),
                chosen.accepted().get(2L),
                "what contains a connected network is taken");
        assertEquals(
                List.of(
                        "10.1.0.0/24 of peer is not used: it is served by this node itself.",
                        "10.1.0.128/25 of peer is not used: 10.1.0.0/24, in which it lies, is served by this node itself;"
                                + " a hub takes it if accept-routes names 10.1.0.0/24.",
                        "10.5.5.0/24 of peer is not used: it lies within 10.5.0.0/16, which this host is connected to, at lan0.",
                        "172.16.0.0/16 of peer is not used: this host is connected to it, at docker0."),
                reasons(chosen));
        assertEquals(List.of(), chosen.collisions());
    }

    @Test
    void aHubTakesPartsOfWhatItServesIfTheSettingsNameThem() {
        Node spoke = node(2, "spoke", List.of("100.64.0.2/32"), "10.129.0.0/24", "10.128.0.0/9", "10.130.0.0/24");

        ChosenRoutes chosen = choose(
                new AcceptRoutes.Only(Set.of(Prefix.parse("10.128.0.0/9")), Set.of()),
                NO_EXIT,
                prefixes("10.128.0.0/9"),
                List.of(connected("10.130.0.0/16", "lan0")),
                spoke);

        assertEquals(
                prefixes("10.129.0.0/24", "100.64.0.2/32"), chosen.accepted().get(2L));
        assertEquals(
                List.of(
                        "10.128.0.0/9 of spoke is not used: it is served by this node itself.",
                        "10.130.0.0/24 of spoke is not used: it lies within 10.130.0.0/16, which this host is connected to, at lan0."),
                reasons(chosen));
    }

    @Test
    void saysWhenTheOverlayIsInUseAtTheHost() {
        Node peer = node(2, "peer", List.of("100.64.0.2/32", "fd7a::2/128"));
        ChosenRoutes chosen = choose(ALL, NO_EXIT, List.of(), List.of(connected("100.64.0.0/10", "wan")), peer);
        assertEquals(
                List.of("This node's address 100.64.0.1/32 lies within 100.64.0.0/10, which is in use at wan:"
                        + " give the network another range of addresses, or that interface."),
                chosen.collisions());
        assertEquals(
                List.of("100.64.0.2/32 of peer is not used: it lies within 100.64.0.0/10, which is in use at wan."),
                reasons(chosen));
        assertEquals(prefixes("fd7a::2/128"), chosen.accepted().get(2L));
    }

    @Test
    void nobodyGetsAnothersAddressOrRoute() {
        Node liar = node(2, "liar", List.of("100.64.0.2/32"), "100.64.0.3/32", "100.64.0.1/32", "10.3.0.0/16");
        Node honest = node(3, "honest", List.of("100.64.0.3/32"), "10.3.0.0/16").toBuilder()
                .primaryRoutes(prefixes("10.3.0.0/16"))
                .build();
        ChosenRoutes chosen = choose(ALL, NO_EXIT, List.of(), List.of(), liar, honest);
        assertEquals(prefixes("100.64.0.2/32"), chosen.accepted().get(2L));
        assertEquals(prefixes("10.3.0.0/16", "100.64.0.3/32"), chosen.accepted().get(3L));
        assertEquals(
                List.of(
                        "100.64.0.3/32 of liar is not used: it is the address of honest.",
                        "100.64.0.1/32 of liar is not used: it is this node's own address.",
                        "10.3.0.0/16 of liar is not used: honest serves it."),
                reasons(chosen));
    }

    @Test
    void takesNothingOfAnExpiredNodeAndNothingUnroutable() {
        Node expired = node(2, "old", List.of("100.64.0.2/32")).toBuilder()
                .expired(true)
                .build();
        Node odd = node(
                3,
                "a b",
                List.of("100.64.0.3/32"),
                "127.0.0.0/8",
                "169.254.1.0/24",
                "224.0.0.0/4",
                "fe80::/64",
                "ff02::/16",
                "::1/128");
        ChosenRoutes chosen = choose(ALL, NO_EXIT, List.of(), List.of(), expired, odd);
        assertEquals(List.of(), chosen.accepted().get(2L));
        assertEquals(prefixes("100.64.0.3/32"), chosen.accepted().get(3L));
        assertEquals(7, chosen.rejected().size());
        assertEquals(
                "127.0.0.0/8 of node 3 is not used: such addresses are not routed.",
                reasons(chosen).get(1));
    }

    /** Each prefix of each peer is either taken, by one peer only, or rejected; none that lies in what the host has is taken. */
    @RepeatedTest(20)
    void losesNothingAndDoublesNothing(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        List<Node> peers = new ArrayList<>();
        for (int id = 2; id < 12; id++) {
            String[] routes = Stream.generate(() -> randomPrefix(random).toString())
                    .limit(random.nextInt(6))
                    .distinct()
                    .toArray(String[]::new);
            peers.add(node(id, "n" + id, List.of("100.64.0." + id + "/32"), routes));
        }
        List<Connected> connected = Stream.generate(() -> new Connected(randomPrefix(random), "eth0"))
                .limit(3)
                .toList();
        List<Prefix> own = List.of(randomPrefix(random));

        ChosenRoutes chosen = choose(ALL, "stable5", own, connected, peers.toArray(Node[]::new));

        Set<Prefix> taken = new HashSet<>();
        chosen.accepted()
                .forEach((id, prefixes) -> prefixes.forEach(prefix -> {
                    assertTrue(taken.add(prefix), () -> prefix + " twice");
                    boolean isHeld = Stream.concat(
                                    own.stream(), connected.stream().map(Connected::prefix))
                            .anyMatch(held -> held.length() > 0 && Prefixes.contains(held, prefix));
                    assertTrue(!isHeld, () -> prefix + " is the host's");
                }));
        int offered =
                peers.stream().mapToInt(peer -> peer.acceptedPrefixes().size()).sum();
        assertEquals(offered, taken.size() + chosen.rejected().size());
    }

    private static Prefix randomPrefix(Random random) {
        int address = 10 << 24 | random.nextInt(4) << 16 | random.nextInt(4) << 8;
        return Prefix.v4(address, List.of(0, 8, 16, 22, 24, 26).get(random.nextInt(6)));
    }

    private Map<Long, List<Prefix>> accepted(AcceptRoutes accept, Node... peers) {
        return choose(accept, NO_EXIT, List.of(), List.of(), peers).accepted();
    }

    private ChosenRoutes choose(
            AcceptRoutes accept, String exitNode, List<Prefix> own, List<Connected> connected, Node... peers) {
        TreeMap<Long, Node> byId = new TreeMap<>();
        for (Node peer : peers) {
            byId.put(peer.id(), peer);
        }
        NetMap map = new NetMap(self, byId, null, null, "example.net", new TreeMap<>(), Map.of(), List.of(), null);
        return RouteChoice.choose(map, accept, exitNode, own, connected);
    }

    private static List<String> reasons(ChosenRoutes chosen) {
        return chosen.rejected().stream().map(ChosenRoutes.Rejected::reason).toList();
    }

    private static Node node(long id, String name, List<String> addresses, String... routes) {
        List<Prefix> own = addresses.stream().map(Prefix::parse).toList();
        List<Prefix> allowed = new ArrayList<>(own);
        allowed.addAll(prefixes(routes));
        return Node.builder()
                .id(id)
                .stableId("stable" + id)
                .name(name + ".example.net.")
                .addresses(own)
                .allowedIps(allowed)
                .build();
    }

    private static Connected connected(String prefix, String link) {
        return new Connected(Prefix.parse(prefix), link);
    }

    private static List<Prefix> prefixes(String... texts) {
        return Stream.of(texts).map(Prefix::parse).toList();
    }
}
