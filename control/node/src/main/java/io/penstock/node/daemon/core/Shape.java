package io.penstock.node.daemon.core;

import io.penstock.engine.filter.AddressSet;
import io.penstock.node.api.Preferences;
import io.penstock.node.api.StaticPeer;
import io.penstock.node.daemon.state.PeerSecrets;
import io.penstock.node.filter.FilterCompiler;
import io.penstock.node.filter.LocalAddresses;
import io.penstock.node.host.HostSettings;
import io.penstock.node.route.AcceptRoutes;
import io.penstock.node.route.ChosenRoutes;
import io.penstock.node.route.Connected;
import io.penstock.node.route.Networks;
import io.penstock.node.route.RouteChoice;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpNode;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.message.PortRange;
import io.penstock.protocol.message.PortsOfAddress;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What tunnel and host should look like by a map and the operator's preferences. Immutable.
 *
 * @param routes what of the map is used; null without a map
 * @param peers in the order in which they are made
 * @param rules of the packet filter
 * @param local what packets may be for
 * @param capable addresses of the nodes with a capability that rules name
 * @param exitNode key of the peer that carries what has no better route, or null
 * @param exitNodeTrouble why the exit node that was asked for is not used; or empty
 */
record Shape(
        @Nullable ChosenRoutes routes,
        Map<NodeKey, PeerWish> peers,
        List<FilterRule> rules,
        AddressSet local,
        Map<String, List<Prefix>> capable,
        HostSettings host,
        @Nullable NodeKey exitNode,
        String exitNodeTrouble) {
    private static final System.Logger LOG = System.getLogger(Shape.class.getName());

    static final List<Prefix> EVERYTHING = List.of(Prefix.parse("0.0.0.0/0"), Prefix.parse("::/0"));

    /**
     * Of stock peers, which send no more; and what IPv6 needs at least. Nodes that all are ours can have {@code mtu} set higher.
     */
    static final int DEFAULT_MTU = 1280;

    /**
     * Says it.
     *
     * @param networks what the host is connected to
     * @param bypass hosts that are never reached through the tunnel
     * @param port UDP of the tunnel, or 0
     * @param secrets of static peers
     */
    static Shape of(
            @Nullable NetMap map,
            Preferences preferences,
            Networks networks,
            Collection<Prefix> bypass,
            int port,
            PeerSecrets secrets) {
        Map<NodeKey, PeerWish> peers = new LinkedHashMap<>();
        List<FilterRule> rules = new ArrayList<>();
        List<Prefix> routed = new ArrayList<>();
        Set<Prefix> local = new LinkedHashSet<>();
        Node exitNode = map == null || preferences.exitNode().isEmpty()
                ? null
                : Names.find(map, preferences.exitNode()).orElse(null);
        String exitTrouble = exitNodeTrouble(preferences.exitNode(), exitNode);
        ChosenRoutes routes = null;
        if (map != null) {
            routes = RouteChoice.choose(
                    map,
                    accepted(preferences.acceptRoutes()),
                    exitNode == null ? "" : exitNode.stableId(),
                    preferences.lan(),
                    networks.connected());
            if (routes.collisions().isEmpty()) {
                addPeers(map, routes, peers, routed);
                rules.addAll(map.packetFilter());
            }
            local.addAll(map.self().addresses());
        }
        // As stock nodes do it: what the operator offers, whether or not the coordinator has said that peers use it.
        // Some never say.
        local.addAll(offered(preferences));
        Set<Prefix> taken = new HashSet<>(routed);
        for (StaticPeer peer : preferences.staticPeers()) {
            addStatic(peer, secrets.version(peer.key()), peers, taken, rules, routed);
        }
        HostSettings host = HostSettings.builder(preferences.interfaceName())
                .addresses(map == null ? List.of() : map.self().addresses())
                .mtuBytes(preferences.mtu() == 0 ? DEFAULT_MTU : preferences.mtu())
                .routes(routed)
                .bypass(bypassing(map, bypass, networks.connected(), preferences, exitNode != null))
                .advertised(offered(preferences))
                .snat(preferences.snat())
                .clampMss(preferences.clampMss())
                .listenPorts(port == 0 ? List.of() : List.of(port))
                .changesFirewall(preferences.manageNft())
                .changesSysctl(preferences.manageSysctl())
                .changesOffload(preferences.manageSysctl())
                .build();
        return new Shape(
                routes,
                peers,
                List.copyOf(rules),
                LocalAddresses.of(local, networks.onLink(), networks.addresses()),
                capable(map, rules),
                host,
                exitNode == null || !exitTrouble.isEmpty() ? null : exitNode.key(),
                exitTrouble);
    }

    private static Map<String, List<Prefix>> capable(@Nullable NetMap map, List<FilterRule> rules) {
        Map<String, List<Prefix>> capable = new TreeMap<>();
        if (map == null) {
            return capable;
        }
        for (FilterRule rule : rules) {
            for (String source : rule.srcIps()) {
                if (source.startsWith(FilterCompiler.CAPABILITY)) {
                    capable.computeIfAbsent(
                            source.substring(FilterCompiler.CAPABILITY.length()), name -> having(name, map));
                }
            }
        }
        return capable;
    }

    private static List<Prefix> having(String capability, NetMap map) {
        return map.peers().values().stream()
                .filter(peer -> peer.capMap().containsKey(capability)
                        || peer.capabilities().contains(capability))
                .flatMap(peer -> peer.addresses().stream())
                .toList();
    }

    /** What the node offers to its peers. */
    static List<Prefix> offered(Preferences preferences) {
        List<Prefix> offered = new ArrayList<>(preferences.lan());
        if (preferences.offerExitNode()) {
            offered.addAll(EVERYTHING);
        }
        return List.copyOf(offered);
    }

    private static String exitNodeTrouble(String wanted, @Nullable Node exitNode) {
        if (wanted.isEmpty()) {
            return "";
        }
        if (exitNode == null) {
            return "no peer is called " + wanted;
        }
        return exitNode.acceptedPrefixes().containsAll(EVERYTHING.subList(0, 1))
                ? ""
                : Names.brief(exitNode) + " does not offer to be an exit node, or the coordinator has not approved it";
    }

    private static AcceptRoutes accepted(List<String> wanted) {
        if (wanted.contains(Preferences.ALL_ROUTES)) {
            return new AcceptRoutes.All();
        }
        Set<Prefix> prefixes = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (String one : wanted) {
            if (one.indexOf('/') >= 0) {
                prefixes.add(Prefix.parse(one));
            } else {
                names.add(one);
            }
        }
        return wanted.isEmpty() ? new AcceptRoutes.None() : new AcceptRoutes.Only(prefixes, names);
    }

    private static void addPeers(NetMap map, ChosenRoutes routes, Map<NodeKey, PeerWish> peers, List<Prefix> routed) {
        for (Node peer : map.peers().values()) {
            // A jailed peer may be talked to and not talk, for which there is no filter of its own.
            if (peer.expired()
                    || peer.key().isZero()
                    || peer.isJailed()
                    || peer.key().equals(map.self().key())) {
                continue;
            }
            List<Prefix> prefixes = routes.accepted().getOrDefault(peer.id(), List.of());
            peers.put(peer.key(), PeerWish.managed(peer.id(), prefixes));
            routed.addAll(prefixes);
        }
    }

    private static void addStatic(
            StaticPeer peer,
            int preshared,
            Map<NodeKey, PeerWish> peers,
            Set<Prefix> taken,
            List<FilterRule> rules,
            List<Prefix> routed) {
        if (peers.containsKey(peer.key())) {
            return; // the coordinator knows it after all
        }
        List<Prefix> free = peer.allowedIps().stream().filter(taken::add).toList();
        Endpoint endpoint = peer.endpoint() == null ? null : Endpoint.parse(peer.endpoint());
        peers.put(peer.key(), PeerWish.fixed(free, endpoint, peer.keepaliveSeconds(), preshared));
        routed.addAll(free);
        rules.add(new FilterRule(
                free.stream().map(Prefix::toString).toList(),
                List.of(new PortsOfAddress("*", PortRange.ALL)),
                List.of(),
                List.of()));
    }

    /** Of hosts whose connections bear no mark: the coordinator, relays; with an exit node perhaps the networks around. */
    private static List<Prefix> bypassing(
            @Nullable NetMap map,
            Collection<Prefix> bypass,
            Collection<Connected> connected,
            Preferences preferences,
            boolean hasExit) {
        Set<Prefix> all = new LinkedHashSet<>(bypass);
        DerpMap relays = map == null ? null : map.derpMap();
        if (relays != null && relays.regions() != null) {
            relays.regions().values().stream()
                    .flatMap(region -> region.nodes().stream())
                    .forEach(relay -> addAddresses(relay, all));
        }
        if (hasExit && preferences.exitNodeLan()) {
            connected.forEach(network -> all.add(network.prefix()));
        }
        all.removeIf(prefix -> prefix.length() == 0);
        return List.copyOf(all);
    }

    private static void addAddresses(DerpNode relay, Set<Prefix> all) {
        for (String address : List.of(relay.ipv4(), relay.ipv6())) {
            // What is no address ("none", or nothing) is resolved by its name elsewhere.
            if (address.matches("[0-9.]+") || address.indexOf(':') >= 0) {
                addAddress(address, all);
            }
        }
    }

    private static void addAddress(String address, Set<Prefix> all) {
        try {
            all.add(Prefix.parse(address + (address.indexOf(':') < 0 ? "/32" : "/128")));
        } catch (IllegalArgumentException e) {
            LOG.log(System.Logger.Level.DEBUG, "a relay with an address that is none", e);
        }
    }
}
