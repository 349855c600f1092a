package io.penstock.node.api;

import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What its operator wants of a node; survives restarts. Checked, without secrets, immutable.
 *
 * @param server the coordinator's URL, or empty
 * @param serverPin SHA-256 of the one certificate that is believed, 64 hexadecimal digits; empty: what the system's authorities say
 * @param hostname the node's name in the network, or empty for the machine's
 * @param lan networks behind this node that it offers to its peers
 * @param offerExitNode whether it offers to carry what has no better route
 * @param tags that it asks the coordinator for, each as {@code tag:name}
 * @param acceptRoutes which of the peers' routes are used: {@link #ALL_ROUTES}, prefixes (a route inside of one is taken), names of
 *     peers; empty for none
 * @param exitNode name or address of the peer, or name of the static peer, that carries what has no better route; or empty
 * @param exitNodeLan whether the networks that this host is connected to stay reachable beside an exit node
 * @param snat whether packets of peers get this host's address on their way into its networks
 * @param interfaceName of the tunnel
 * @param mtu of the interface, or 0 for what suits stock peers
 * @param port UDP; another one is taken if it is in use. 0: any
 * @param portMapping whether the router is asked for a port that leads here; never null
 * @param clampMss whether forwarded TCP is told what fits into the tunnel
 * @param manageSysctl whether forwarding and the like are switched on
 * @param manageNft whether a table of nftables is made
 * @param ephemeral to be forgotten by the coordinator soon after it leaves
 * @param staticPeers beside the coordinator's
 */
@Message
public record Preferences(
        String server,
        String serverPin,
        String hostname,
        List<Prefix> lan,
        boolean offerExitNode,
        List<String> tags,
        List<String> acceptRoutes,
        String exitNode,
        boolean exitNodeLan,
        boolean snat,
        String interfaceName,
        int mtu,
        int port,
        @Nullable Boolean portMapping,
        boolean clampMss,
        boolean manageSysctl,
        boolean manageNft,
        boolean ephemeral,
        List<StaticPeer> staticPeers) {
    /** In {@link #acceptRoutes}: every route. */
    public static final String ALL_ROUTES = "all";

    /** UDP port that stock nodes have, which firewalls know. */
    public static final int DEFAULT_PORT = 41_641;

    public static final String DEFAULT_INTERFACE = "penstock0";

    /** Of a node that was told nothing. */
    public static final Preferences DEFAULT = new Preferences(
            "",
            "",
            "",
            List.of(),
            false,
            List.of(),
            List.of(ALL_ROUTES),
            "",
            true,
            false,
            DEFAULT_INTERFACE,
            0,
            DEFAULT_PORT,
            true,
            true,
            true,
            true,
            false,
            List.of());

    private static final int MIN_MTU = 1280; // IPv6 takes no less: RFC 8200 section 5
    private static final int MAX_MTU = 65_520;
    private static final int MAX_PORT = 65_535;
    private static final int MAX_LIST = 1024;

    /**
     * Checks them.
     *
     * @throws IllegalArgumentException with what is wrong and what is right, if something is
     */
    public Preferences {
        server = Zero.text(server);
        serverPin = Zero.text(serverPin);
        hostname = Zero.text(hostname);
        lan = Zero.list(lan).stream().distinct().toList();
        tags = Zero.list(tags).stream().distinct().toList();
        acceptRoutes = Zero.list(acceptRoutes).stream().distinct().toList();
        exitNode = Zero.text(exitNode);
        interfaceName = Zero.text(interfaceName).isEmpty() ? DEFAULT_INTERFACE : interfaceName;
        staticPeers = Zero.list(staticPeers);
        portMapping = portMapping == null || portMapping; // in a file of before there was such a setting
        require(
                server.isEmpty() || server.matches("(?i)https?://[^/?#@\\s]+/?"),
                "a coordinator has a URL without a path, such as https://vpn.example.org, not " + server);
        require(
                serverPin.replace(":", "").matches("|[0-9a-fA-F]{64}"),
                "a pin is the SHA-256 of the coordinator's certificate, 64 hexadecimal digits");
        require(
                hostname.matches("|[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"),
                "a hostname has letters, digits and hyphens, 63 at most, not " + hostname);
        require(
                interfaceName.matches("[A-Za-z0-9_.-]{1,15}") && !interfaceName.matches("\\.{1,2}"),
                "an interface's name has letters, digits and _.-, 15 at most, not " + interfaceName);
        require(mtu == 0 || (mtu >= MIN_MTU && mtu <= MAX_MTU), "an MTU is 1280 to 65520, or 0 (auto), not " + mtu);
        require(port >= 0 && port <= MAX_PORT, "a port is 0 (any) to 65535, not " + port);
        for (String tag : tags) {
            require(tag.matches("tag:[A-Za-z][A-Za-z0-9-]*"), "a tag is tag:name, not " + tag);
        }
        require(
                lan.size() <= MAX_LIST && tags.size() <= MAX_LIST && acceptRoutes.size() <= MAX_LIST,
                "1024 networks, tags or accepted routes at most");
        checkLan(lan);
        checkStatic(staticPeers);
    }

    /** The same with other static peers. */
    public Preferences withStaticPeers(List<StaticPeer> others) {
        return new Preferences(
                server,
                serverPin,
                hostname,
                lan,
                offerExitNode,
                tags,
                acceptRoutes,
                exitNode,
                exitNodeLan,
                snat,
                interfaceName,
                mtu,
                port,
                portMapping,
                clampMss,
                manageSysctl,
                manageNft,
                ephemeral,
                others);
    }

    /** Whether the router is asked for a port. */
    public boolean mapsPort() {
        return portMapping == null || portMapping;
    }

    private static void checkLan(List<Prefix> lan) {
        for (Prefix prefix : lan) {
            require(
                    prefix.length() > 0,
                    prefix + " is every address there is: to carry them for peers, offer an exit node");
        }
    }

    private static void checkStatic(List<StaticPeer> peers) {
        require(peers.size() <= MAX_LIST, "1024 static peers at most");
        List<String> names = new ArrayList<>();
        for (StaticPeer peer : peers) {
            require(!names.contains(peer.name()), "two static peers are called " + peer.name());
            names.add(peer.name());
        }
        require(
                peers.stream().map(StaticPeer::key).distinct().count() == peers.size(),
                "two static peers have the same key");
    }

    private static void require(boolean isSo, String otherwise) {
        if (!isSo) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
