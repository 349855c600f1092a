package io.penstock.server.map;

import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.DnsConfig;
import io.penstock.protocol.message.DnsResolver;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.message.UserProfile;
import io.penstock.protocol.netmap.MapSession;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a network map means, without what may be said in several ways: the order in sets, ids of users, whether a node is told about
 * its own paths.
 *
 * @param self the node with what only peers need left out
 */
record View(
        Member self,
        Map<Long, Member> peers,
        Set<FilterRule> filter,
        @Nullable Dns dns) {
    record Member(
            long id,
            String name,
            String owner,
            NodeKey key,
            Instant keyExpiry,
            Set<Prefix> addresses,
            Set<Prefix> allowedIps,
            Set<Prefix> primaryRoutes,
            Set<String> tags,
            @Nullable Reach reach) {}

    /** How a peer is reached, and what it is. */
    record Reach(
            DiscoKey disco,
            Set<Endpoint> endpoints,
            int homeDerp,
            boolean online,
            int capability,
            @Nullable String os) {}

    record Dns(
            boolean proxied,
            List<String> domains,
            List<Object> resolvers,
            List<Object> fallbacks,
            Map<String, List<DnsResolver>> routes,
            Set<Object> records) {}

    static View of(NetMap map) {
        Map<Long, Member> peers = new TreeMap<>();
        map.peers().forEach((id, peer) -> peers.put(id, member(map, peer, reach(peer))));
        DnsConfig dns = map.dns();
        return new View(
                member(map, map.self(), null),
                peers,
                Set.copyOf(map.packetFilter()),
                dns == null
                        ? null
                        : new Dns(
                                dns.proxied(),
                                dns.domains(),
                                List.copyOf(dns.resolvers()),
                                List.copyOf(dns.fallbackResolvers()),
                                dns.routes(),
                                Set.copyOf(dns.extraRecords())));
    }

    /** Of a message that is a whole map. */
    static View of(MapResponse whole, Instant now) {
        MapSession session = new MapSession();
        session.apply(whole, now);
        return of(Objects.requireNonNull(session.map()));
    }

    private static Member member(NetMap map, Node node, @Nullable Reach reach) {
        UserProfile owner = map.users().get(node.user());
        List<Prefix> allowed = node.allowedIps();
        return new Member(
                node.id(),
                node.name(),
                owner == null ? "nobody that the node was told of" : node.tags().isEmpty() ? owner.loginName() : "tags",
                node.key(),
                node.keyExpiry(),
                Set.copyOf(node.addresses()),
                Set.copyOf(allowed == null ? node.addresses() : allowed),
                Set.copyOf(node.primaryRoutes()),
                Set.copyOf(node.tags()),
                reach);
    }

    private static Reach reach(Node peer) {
        return new Reach(
                peer.discoKey(),
                Set.copyOf(peer.endpoints()),
                peer.homeDerp(),
                Boolean.TRUE.equals(peer.online()),
                peer.cap(),
                peer.hostinfo() == null ? null : peer.hostinfo().os());
    }

    /** What is not the same in the two, for a message of a failed test; empty if nothing. */
    static String differences(View expected, View actual) {
        StringBuilder out = new StringBuilder();
        differ(out, "self", expected.self, actual.self);
        differ(out, "filter", expected.filter, actual.filter);
        differ(out, "dns", expected.dns, actual.dns);
        Set<Long> ids = new TreeSet<>(expected.peers.keySet());
        ids.addAll(actual.peers.keySet());
        ids.forEach(id -> differ(out, "peer " + id, expected.peers.get(id), actual.peers.get(id)));
        return out.toString();
    }

    private static void differ(StringBuilder out, String what, @Nullable Object expected, @Nullable Object actual) {
        if (!Objects.equals(expected, actual)) {
            out.append("\n  ")
                    .append(what)
                    .append("\n    expected ")
                    .append(expected)
                    .append("\n    was      ")
                    .append(actual);
        }
    }
}
