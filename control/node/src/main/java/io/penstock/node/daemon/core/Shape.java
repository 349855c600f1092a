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
import io.penstock.node.route.Prefixes;
import io.penstock.node.route.RouteChoice;
import io.penstock.node.route.StaticChoice;
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
 * @param refused what of static peers' allowed IPs is not used
 * @param peers in the order in which they are made
 * @param rules of the packet filter
 * @param local what packets may be for
 * @param capable addresses of the nodes with a capability that rules name
 * @param exitNode key of the peer, static or not, that carries what has no better route, or null
 * @param exitNodeTrouble why the exit node that was asked for is not used; or empty
 */
record Shape(
        @Nullable ChosenRoutes routes,
        List<StaticChoice.Refused> refused,
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
        Map<Prefix, String> owners = new LinkedHashMap<>();
        ChosenRoutes routes = null;
        if (map != null) {
            routes = RouteChoice.choose(
                    map,
                    accepted(preferences.acceptRoutes()),
                    exitNode == null ? "" : exitNode.stableId(),
                    preferences.lan(),
                    networks.connected());
            if (routes.collisions().isEmpty()) {
                addPeers(map, routes, peers, owners);
                routed.addAll(owners.keySet());
                rules.addAll(map.packetFilter());
            }
            local.addAll(map.self().addresses());
        }
        // As stock nodes do it: what the operator offers, whether or not the coordinator has said that peers use it.
        // Some never say.
        local.addAll(offered(preferences));
        StaticChoice choice = new StaticChoice(
                map == null ? List.of() : map.self().addresses(), preferences.lan(), networks.connected(), owners);
        StaticPeer exitPeer = exitNode == null ? staticExit(preferences, peers.keySet()) : null;
        for (StaticPeer peer : preferences.staticPeers()) {
            if (!peers.containsKey(peer.key())) { // else the coordinator knows it after all
                List<Prefix> taken = choice.choose(peer.key(), peer.name(), peer.allowedIps(), peer.equals(exitPeer));
                peers.put(peer.key(), wish(peer, taken, secrets.version(peer.key())));
                addRule(taken, rules);
                routed.addAll(taken);
            }
        }
        String exitTrouble = exitNodeTrouble(preferences.exitNode(), exitNode, exitPeer);
        NodeKey exitKey = exitNode != null ? exitNode.key() : exitPeer != null ? exitPeer.key() : null;
        HostSettings host = HostSettings.builder(preferences.interfaceName())
                .addresses(map == null ? List.of() : map.self().addresses())
                .mtuBytes(preferences.mtu() == 0 ? DEFAULT_MTU : preferences.mtu())
                .routes(routed)
                .bypass(bypassing(map, bypass, networks.connected(), preferences, exitKey != null))
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
                choice.refused(),
                peers,
                List.copyOf(rules),
                LocalAddresses.of(local, networks.onLink(), networks.addresses()),
                capable(map, rules),
                host,
                exitTrouble.isEmpty() ? exitKey : null,
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

    /** The static peer that is meant as exit node, if no peer of the map is; or null. */
    private static @Nullable StaticPeer staticExit(Preferences preferences, Set<NodeKey> managed) {
        return preferences.staticPeers().stream()
                .filter(peer -> peer.name().equalsIgnoreCase(preferences.exitNode()) && !managed.contains(peer.key()))
                .findFirst()
                .orElse(null);
    }

    private static String exitNodeTrouble(String wanted, @Nullable Node exitNode, @Nullable StaticPeer exitPeer) {
        if (wanted.isEmpty()) {
            return "";
        }
        if (exitPeer != null) {
            return exitPeer.allowedIps().stream().anyMatch(Prefixes::isDefault)
                    ? ""
                    : "the allowed IPs of " + exitPeer.name() + " have no default route: import it with 0.0.0.0/0";
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

    private static void addPeers(
            NetMap map, ChosenRoutes routes, Map<NodeKey, PeerWish> peers, Map<Prefix, String> owners) {
        for (Node peer : map.peers().values()) {
            // A jailed peer may be talked to and not talk, for which there is no filter of its own.
            if (peer.expired()
                    || peer.key().isZero()
                    || peer.isJailed()
                    || peer.key().equals(map.self().key())) {
                continue;
            }
            List<Prefix> prefixes = routes.accepted().getOrDefault(peer.id(), List.of());
            if (prefixes.isEmpty() && !peer.acceptedPrefixes().isEmpty()) {
                continue; // nothing could be sent to it or come from it: its addresses are in use here, say
            }
            peers.put(peer.key(), PeerWish.managed(peer.id(), prefixes));
            prefixes.forEach(prefix -> owners.put(prefix, Names.brief(peer)));
        }
    }

    private static PeerWish wish(StaticPeer peer, List<Prefix> taken, int preshared) {
        Endpoint endpoint = peer.endpoint() == null ? null : Endpoint.parse(peer.endpoint());
        return PeerWish.fixed(taken, endpoint, peer.keepaliveSeconds(), preshared);
    }

    /** A static peer may talk to all. An exit node's default route says whom it leads to and not who it is: answers come in without a rule. */
    private static void addRule(List<Prefix> taken, List<FilterRule> rules) {
        List<String> sources = taken.stream()
                .filter(prefix -> !Prefixes.isDefault(prefix))
                .map(Prefix::toString)
                .toList();
        if (!sources.isEmpty()) {
            rules.add(new FilterRule(sources, List.of(new PortsOfAddress("*", PortRange.ALL)), List.of(), List.of()));
        }
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
