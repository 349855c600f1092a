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
    private final List<Prefix> advertised;
    private final List<Connected> connected;

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
        this.advertised = advertised.stream()
                .filter(prefix -> !Prefixes.isDefault(prefix))
                .toList();
        this.connected = connected.stream()
                .filter(network -> !Prefixes.isDefault(network.prefix()))
                .toList();
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
            connectedAround(own)
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
        Optional<Connected> network = connectedAround(address);
        if (network.isPresent()) {
            String reason = "it lies within " + network.get().prefix() + ", which is in use at "
                    + network.get().interfaceName();
            collisions.add("The address " + address + " of " + label(peer) + " cannot be reached: " + reason + ".");
            reject(peer, address, reason);
        } else if (map.self().addresses().contains(address)) {
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
        if (!Prefixes.isRoutable(prefix)) {
            reject(peer, prefix, "such addresses are not routed");
            return;
        }
        if (!isWanted(peer, prefix)) {
            reject(peer, prefix, "routes of " + label(peer) + " are not accepted by the settings");
            return;
        }
        Optional<Prefix> served = advertised.stream()
                .filter(own -> own.equals(prefix) || (Prefixes.contains(own, prefix) && !isNamed(prefix)))
                .findFirst();
        if (served.isPresent()) {
            String which = served.get().equals(prefix) ? "it" : served.get() + ", in which it lies,";
            String cure = served.get().equals(prefix) ? "" : "; a hub takes it if accept-routes names " + served.get();
            reject(peer, prefix, which + " is served by this node itself" + cure);
            return;
        }
        Optional<Connected> network = connectedAround(prefix);
        if (network.isPresent()) {
            String which = network.get().prefix().equals(prefix)
                    ? "this host is connected to it"
                    : "it lies within " + network.get().prefix() + ", which this host is connected to";
            reject(peer, prefix, which + ", at " + network.get().interfaceName(), true);
            return;
        }
        if (map.self().addresses().contains(prefix)) {
            reject(peer, prefix, "it is this node's own address");
            return;
        }
        take(peer, prefix);
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

    private Optional<Connected> connectedAround(Prefix prefix) {
        return connected.stream()
                .filter(network -> Prefixes.contains(network.prefix(), prefix))
                .findFirst();
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
