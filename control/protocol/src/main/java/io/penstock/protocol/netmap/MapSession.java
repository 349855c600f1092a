package io.penstock.protocol.netmap;

import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DnsConfig;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.message.PeerPatch;
import io.penstock.protocol.message.PingRequest;
import io.penstock.protocol.message.UserProfile;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One map stream: applies its messages in order and gives a new map for each that changed something. A message is applied as
 * a whole or not at all. For one stream, since a new one begins with a whole map; owned by who reads it.
 */
public final class MapSession {
    /** Most peers, users and chunks of filters; what goes beyond is no network of ours. */
    public static final int MAX_ENTRIES = 100_000;

    private static final long MAX_ID = 1L << 53;

    /** What a message did. */
    public sealed interface Outcome {
        /**
         * A new map.
         *
         * @param touchedPeers ids of the peers that are new, gone or not the same
         */
        record Changed(NetMap map, Set<Long> touchedPeers) implements Outcome {}

        /** A sign of life, or news that change nothing. */
        record Unchanged() implements Outcome {}

        /** The message breaks the rules; the stream is to be closed. The last map stays good. */
        record Refused(String reason) implements Outcome {}
    }

    private @Nullable NetMap map;
    private String lastPingUrl = "";

    /** The map after the last message that was applied, or null before the first. */
    public @Nullable NetMap map() {
        return map;
    }

    /**
     * Applies a message.
     *
     * @param now for peers that the coordinator has seen just now
     */
    public Outcome apply(MapResponse message, Instant now) {
        NetMap before = map;
        if (message.isSignOfLife() && (before == null || message.controlTime() == null)) {
            return new Outcome.Unchanged();
        }
        Node self = message.node() == null ? (before == null ? null : before.self()) : checked(message.node());
        if (self == null) {
            return new Outcome.Refused("the first map has no node in it");
        }
        TreeMap<Long, Node> peers = before == null ? new TreeMap<>() : new TreeMap<>(before.peers());
        Set<Long> touched = new HashSet<>();
        applyPeers(message, now, peers, touched);
        TreeMap<String, List<FilterRule>> chunks =
                before == null ? new TreeMap<>() : new TreeMap<>(before.filterChunks());
        applyFilters(message, chunks);
        Map<Long, UserProfile> users = users(message, before);
        if (peers.size() > MAX_ENTRIES || chunks.size() > MAX_ENTRIES || users.size() > MAX_ENTRIES) {
            return new Outcome.Refused("a map of more than " + MAX_ENTRIES + " entries");
        }
        if (!isId(self.id()) || !peers.keySet().stream().allMatch(MapSession::isId)) {
            return new Outcome.Refused("a node whose id is not positive, or too large");
        }
        NetMap after = new NetMap(
                self,
                Collections.unmodifiableNavigableMap(peers),
                derpMap(message.derpMap(), before == null ? null : before.derpMap()),
                dns(message, before),
                message.domain().isEmpty() && before != null ? before.domain() : message.domain(),
                Collections.unmodifiableNavigableMap(chunks),
                users,
                health(message, before),
                controlTime(message, before));
        if (after.equals(before)) {
            return new Outcome.Unchanged();
        }
        map = after;
        return new Outcome.Changed(after, Collections.unmodifiableSet(touched));
    }

    /** The message's ping request, unless it is the one of the message before: those come twice. */
    public @Nullable PingRequest newPing(MapResponse message) {
        PingRequest ping = message.pingRequest();
        if (ping == null || ping.url().isEmpty() || ping.url().equals(lastPingUrl)) {
            return null;
        }
        lastPingUrl = ping.url();
        return ping;
    }

    private static void applyPeers(
            MapResponse message, Instant now, NavigableMap<Long, Node> peers, Set<Long> touched) {
        if (!message.peers().isEmpty()) { // a whole list leaves nothing to the rest
            Map<Long, Node> gone = new HashMap<>(peers);
            peers.clear();
            for (Node peer : message.peers()) {
                Node node = checked(peer);
                if (!node.equals(gone.remove(node.id()))) {
                    touched.add(node.id());
                }
                peers.put(node.id(), node);
            }
            touched.addAll(gone.keySet());
            return;
        }
        for (long id : message.peersRemoved()) {
            if (peers.remove(id) != null) {
                touched.add(id);
            }
        }
        for (Node peer : message.peersChanged()) {
            replace(peers, checked(peer), touched);
        }
        message.peerSeenChange().forEach((id, seen) -> {
            Node peer = peers.get(id);
            if (peer != null) {
                replace(peers, peer.toBuilder().lastSeen(seen ? now : null).build(), touched);
            }
        });
        message.onlineChange().forEach((id, online) -> {
            Node peer = peers.get(id);
            if (peer != null) {
                replace(peers, peer.toBuilder().online(online).build(), touched);
            }
        });
        for (PeerPatch patch : message.peersChangedPatch()) {
            Node peer = peers.get(patch.nodeId());
            if (peer != null) {
                replace(peers, patched(peer, patch), touched);
            }
        }
    }

    private static void replace(NavigableMap<Long, Node> peers, Node node, Set<Long> touched) {
        if (!node.equals(peers.put(node.id(), node))) {
            touched.add(node.id());
        }
    }

    private static Node patched(Node peer, PeerPatch patch) {
        Node.Builder node = peer.toBuilder();
        if (patch.derpRegion() != 0) {
            node.homeDerp(patch.derpRegion());
        }
        if (patch.cap() != 0) {
            node.cap(patch.cap());
        }
        if (patch.capMap() != null) {
            node.capMap(patch.capMap());
        }
        if (!patch.endpoints().isEmpty()) {
            node.endpoints(patch.endpoints());
        }
        if (patch.key() != null) {
            node.key(patch.key());
        }
        if (patch.discoKey() != null && !isStaleDisco(peer, patch)) {
            node.discoKey(patch.discoKey());
        }
        if (patch.online() != null) {
            node.online(patch.online());
        }
        if (patch.lastSeen() != null) {
            node.lastSeen(patch.lastSeen());
        }
        if (patch.keyExpiry() != null) {
            node.keyExpiry(patch.keyExpiry());
        }
        return node.build();
    }

    /** A disco key of a node that left before we last heard of it: its next start has made another one. */
    private static boolean isStaleDisco(Node peer, PeerPatch patch) {
        return Boolean.FALSE.equals(patch.online())
                && patch.lastSeen() != null
                && peer.lastSeen() != null
                && !patch.lastSeen().isAfter(peer.lastSeen());
    }

    private static void applyFilters(MapResponse message, Map<String, List<FilterRule>> chunks) {
        Map<String, @Nullable List<FilterRule>> news = message.packetFilters();
        if (news != null) {
            if (news.containsKey("*") && news.get("*") == null) {
                chunks.clear();
            }
            news.forEach((name, rules) -> {
                if (rules == null) {
                    chunks.remove(name);
                } else if (!name.equals("*")) {
                    chunks.put(name, rules);
                }
            });
        }
        List<FilterRule> base = message.packetFilter();
        if (base != null) {
            chunks.put("base", base);
        }
    }

    private static Map<Long, UserProfile> users(MapResponse message, @Nullable NetMap before) {
        if (message.userProfiles().isEmpty()) {
            return before == null ? Map.of() : before.users();
        }
        Map<Long, UserProfile> users = before == null ? new HashMap<>() : new HashMap<>(before.users());
        message.userProfiles().forEach(user -> users.put(user.id(), user));
        return Collections.unmodifiableMap(users);
    }

    /** Parts of the relay map that are missing are those of the map before. */
    private static @Nullable DerpMap derpMap(@Nullable DerpMap news, @Nullable DerpMap before) {
        if (news == null || before == null) {
            return news == null ? before : news;
        }
        DerpMap.HomeParams home = news.homeParams();
        DerpMap.HomeParams oldHome = before.homeParams();
        if (home == null || (home.regionScore() == null && oldHome != null)) {
            home = oldHome;
        }
        return news.regions() == null
                ? new DerpMap(home, before.regions(), before.omitDefaultRegions())
                : new DerpMap(home, news.regions(), news.omitDefaultRegions());
    }

    private static @Nullable DnsConfig dns(MapResponse message, @Nullable NetMap before) {
        return message.dnsConfig() == null && before != null ? before.dns() : message.dnsConfig();
    }

    private static List<String> health(MapResponse message, @Nullable NetMap before) {
        List<String> news = message.health();
        if (news != null) {
            return news;
        }
        return before == null ? List.of() : before.health();
    }

    private static @Nullable Instant controlTime(MapResponse message, @Nullable NetMap before) {
        return message.controlTime() == null && before != null ? before.controlTime() : message.controlTime();
    }

    /** Without names that could do harm where they are shown or used. */
    private static Node checked(Node node) {
        Node.Builder safe = node.toBuilder();
        if (!NodeName.isValid(node.name())) {
            safe.name("");
        }
        Hostinfo host = node.hostinfo();
        if (host != null && !NodeName.isValid(host.hostname())) {
            safe.hostinfo(host.toBuilder().hostname("").build());
        }
        return safe.build();
    }

    private static boolean isId(long id) {
        return id > 0 && id < MAX_ID;
    }
}
