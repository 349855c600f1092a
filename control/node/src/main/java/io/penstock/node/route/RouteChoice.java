package io.penstock.node.route;

import io.penstock.node.route.ChosenRoutes.Rejected;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.protocol.netmap.NodeName;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Chooses which prefixes of the map lead to which peer. A network that the host is connected to, or that it serves itself, always
 * wins, but for parts of what it serves that the settings name; what contains such a network is taken, and the host leaves the inner one out ({@code HostPlan}). One use; pure.
 */
public final class RouteChoice {
    /** IPv4 first, then by address, wider ones first. */
    public static final Comparator<Prefix> ORDER = Comparator.comparing(Prefix::isV6)
            .thenComparing(Prefix::high, Long::compareUnsigned)
            .thenComparing(Prefix::low, Long::compareUnsigned)
            .thenComparingInt(Prefix::length);

    private final NetMap map;
    private final AcceptRoutes accept;
    private final String exitNode;
    private final HostRanges host;

    /** Who has a prefix, so that nobody else gets it. */
    private final Map<Prefix, Node> owners = new HashMap<>();

    private final Map<Long, List<Prefix>> accepted = new HashMap<>();
    private final List<Rejected> rejected = new ArrayList<>();
    private final List<String> collisions = new ArrayList<>();

    private RouteChoice(
            NetMap map,
            AcceptRoutes accept,
            String exitNode,
            List<Prefix> advertised,
            Collection<Connected> connected) {
        this.map = map;
        this.accept = accept;
        this.exitNode = exitNode;
        host = new HostRanges(map.self().addresses(), advertised, connected);
    }

    /**
     * Chooses.
     *
     * @param exitNode stable id of the exit node whose default routes are wanted; empty for none
     * @param advertised what this node serves itself; exit routes among them do not count
     * @param connected what the host is connected to, the tunnel's interface left out
     */
    public static ChosenRoutes choose(
            NetMap map,
            AcceptRoutes accept,
            String exitNode,
            List<Prefix> advertised,
            Collection<Connected> connected) {
        return new RouteChoice(map, accept, exitNode, advertised, connected).choose();
    }

    private ChosenRoutes choose() {
        for (Prefix own : map.self().addresses()) {
            host.connectedAround(own)
                    .ifPresent(network -> collisions.add("This node's address " + own + " lies within "
                            + network.prefix() + ", which is in use at " + network.interfaceName()
                            + ": give the network another range of addresses, or that interface."));
        }
        List<Node> peers = map.peers().values().stream().filter(this::isValid).toList();
        // Addresses come first, so that no route takes one from its node.
        for (Node peer : peers) {
            peer.acceptedPrefixes().stream()
                    .filter(peer.addresses()::contains)
                    .distinct()
                    .forEach(address -> chooseAddress(peer, address));
        }
        // Of two that offer the same, the coordinator's primary has it, and without one the older node.
        for (boolean isPrimary : new boolean[] {true, false}) {
            for (Node peer : peers) {
                peer.acceptedPrefixes().stream()
                        .filter(prefix -> !peer.addresses().contains(prefix))
                        .filter(prefix -> peer.primaryRoutes().contains(prefix) == isPrimary)
                        .distinct()
                        .forEach(prefix -> chooseRoute(peer, prefix));
            }
        }
        accepted.values().forEach(prefixes -> prefixes.sort(ORDER));
        return new ChosenRoutes(accepted, rejected, collisions);
    }

    private boolean isValid(Node peer) {
        accepted.put(peer.id(), new ArrayList<>());
        if (!peer.expired()) {
            return true;
        }
        for (Prefix prefix : peer.acceptedPrefixes()) {
            reject(peer, prefix, "the key of " + label(peer) + " has expired");
        }
        return false;
    }

    private void chooseAddress(Node peer, Prefix address) {
        Optional<Connected> network = host.connectedAround(address);
        if (network.isPresent()) {
            String reason = "it lies within " + network.get().prefix() + ", which is in use at "
                    + network.get().interfaceName();
            reject(peer, address, reason, true);
        } else if (host.isOwnAddress(address)) {
            reject(peer, address, "it is this node's own address");
        } else {
            take(peer, address);
        }
    }

    private void chooseRoute(Node peer, Prefix prefix) {
        if (Prefixes.isDefault(prefix)) {
            if (peer.stableId().equals(exitNode)) {
                take(peer, prefix);
            } else {
                reject(peer, prefix, label(peer) + " is not the chosen exit node");
            }
            return;
        }
        HostRanges.Refusal refusal = host.refusal(prefix, isNamed(prefix));
        if (Prefixes.isRoutable(prefix) && !isWanted(peer, prefix)) {
            reject(peer, prefix, "routes of " + label(peer) + " are not accepted by the settings");
        } else if (refusal != null) {
            reject(peer, prefix, refusal.why(), refusal.isOverlap());
        } else {
            take(peer, prefix);
        }
    }

    private boolean isWanted(Node peer, Prefix prefix) {
        return switch (accept) {
            case AcceptRoutes.None() -> false;
            case AcceptRoutes.All() -> true;
            case AcceptRoutes.Only only ->
                only.prefixes().stream().anyMatch(wanted -> Prefixes.contains(wanted, prefix))
                        || only.peers().stream().anyMatch(name -> isCalled(peer, name));
        };
    }

    /** Whether the settings name a prefix around it: a hub that serves what its spokes serve parts of says so. */
    private boolean isNamed(Prefix prefix) {
        return accept instanceof AcceptRoutes.Only only
                && only.prefixes().stream().anyMatch(wanted -> Prefixes.contains(wanted, prefix));
    }

    private static boolean isCalled(Node peer, String name) {
        String whole = withoutFinalDot(peer.name());
        return name.equals(peer.stableId()) || withoutFinalDot(name).equals(whole) || name.equals(firstLabel(whole));
    }

    private void take(Node peer, Prefix prefix) {
        Node owner = owners.get(prefix);
        if (owner != null) {
            boolean isAddress = owner.addresses().contains(prefix);
            reject(peer, prefix, isAddress ? "it is the address of " + label(owner) : label(owner) + " serves it");
            return;
        }
        owners.put(prefix, peer);
        accepted.computeIfAbsent(peer.id(), id -> new ArrayList<>()).add(prefix);
    }

    private void reject(Node peer, Prefix prefix, String why) {
        reject(peer, prefix, why, false);
    }

    private void reject(Node peer, Prefix prefix, String why, boolean isOverlap) {
        String reason = prefix + " of " + label(peer) + " is not used: " + why + ".";
        rejected.add(new Rejected(peer.id(), prefix, reason, isOverlap));
    }

    /** A node's name for people, and its id where the coordinator gave none that could be shown. */
    private static String label(Node peer) {
        String name = firstLabel(withoutFinalDot(peer.name()));
        return NodeName.isLabel(name) ? name : "node " + peer.id();
    }

    private static String firstLabel(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    private static String withoutFinalDot(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }
}
