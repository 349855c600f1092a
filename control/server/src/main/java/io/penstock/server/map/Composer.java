package io.penstock.server.map;

import io.penstock.protocol.json.Json;
import io.penstock.protocol.mapstream.Piece;
import io.penstock.protocol.mapstream.PieceCompressor;
import io.penstock.protocol.message.Debug;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DnsConfig;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.UserProfile;
import io.penstock.server.map.NodeStream.Aspect;
import io.penstock.server.model.Node;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/** Decides what a stream is told next, by comparing what there is with what it was told. Guarded by the domain's lock. */
final class Composer {
    private static final String FILTER = "base";
    private static final MapResponse NOTHING = MapResponse.builder().build();
    private static final Debug NO_LOGS = new Debug(0, true, null);

    private final Members members;
    private final PieceCompressor compressor;
    private final Supplier<DerpMap> relays;
    private final MapCounters counters;

    Composer(Members members, PieceCompressor compressor, Supplier<DerpMap> relays, MapCounters counters) {
        this.members = members;
        this.compressor = compressor;
        this.relays = relays;
        this.counters = counters;
    }

    /** The first message: everything. */
    Draft first(NodeStream stream, Member self, Names names, Instant now) {
        List<Piece> peers = new ArrayList<>();
        TreeSet<Long> visible = new TreeSet<>(); // nodes want their peers in this order
        members.index().forEachVisible(self.id(), visible::add);
        MapResponse.Builder rest = MapResponse.builder();
        List<UserProfile> profiles = new ArrayList<>();
        tellUser(stream, self.node(), profiles);
        for (long id : visible) {
            Member peer = members.find(id);
            if (peer != null) {
                stream.known.add(id);
                peers.add(whole(stream, peer, names));
                tellUser(stream, peer.node(), profiles);
            }
        }
        stream.toldFilter = members.index().packetFilter(self.id());
        rest.packetFilters(Map.of(FILTER, stream.toldFilter));
        tellSelf(rest, self, names);
        tellNames(rest, names);
        rest.pingRequest(stream.ping)
                .derpMap(relays.get())
                .userProfiles(profiles)
                .collectServices(false)
                .controlTime(now)
                .debug(NO_LOGS);
        stream.told(members.version());
        return new Draft(peers, List.of(), List.of(), rest.build());
    }

    /** What changed since the last message; null if nothing did. */
    @Nullable Draft next(NodeStream stream, Member self, Names names) {
        Changes changes = new Changes(stream, names);
        if (stream.isDue(Aspect.VIEW)) {
            LongHashSet all = new LongHashSet();
            all.addAll(stream.known);
            members.index().forEachVisible(self.id(), all::add);
            all.forEach((Long id) -> changes.look(id));
        } else {
            stream.touched.forEach((Long id) -> changes.look(id));
        }
        stream.staleUsers.forEach((Long id) -> changes.tellAgain(id));
        MapResponse.Builder rest =
                MapResponse.builder().peersRemoved(changes.removed).userProfiles(changes.profiles);
        if (stream.isDue(Aspect.SELF)) {
            changes.tellOwner(self);
            tellSelf(rest, self, names);
        }
        if (stream.isDue(Aspect.NAMES)) {
            tellNames(rest, names);
        }
        if (stream.isDue(Aspect.RELAYS)) {
            rest.derpMap(relays.get());
        }
        if (stream.isDue(Aspect.FILTER)) {
            List<FilterRule> filter = members.index().packetFilter(self.id());
            if (!filter.equals(stream.toldFilter)) {
                stream.toldFilter = filter;
                rest.packetFilters(Map.of(FILTER, filter));
            }
        }
        rest.pingRequest(stream.ping);
        stream.told(members.version());
        MapResponse built = rest.build();
        return changes.isNone() && built.equals(NOTHING)
                ? null
                : new Draft(List.of(), changes.wholes, changes.patches, built);
    }

    /** The node may no longer take part: it sees nobody, and knows why. */
    Draft last(NodeStream stream, Member self, Names names, Instant now) {
        Node node = self.node();
        Instant expires = node.expires();
        MapResponse.Builder rest = MapResponse.builder()
                .node(NodeMessages.self(
                        self,
                        Member.Shown.NOTHING,
                        names.suffix(),
                        members.ownerOf(node),
                        expires != null && expires.isBefore(now) ? expires : now))
                .peersRemoved(new ArrayList<>(stream.known))
                .packetFilters(Map.of(FILTER, List.of()));
        if (!stream.hasBegun()) {
            rest.userProfiles(List.of(NodeMessages.profile(members.ownerOf(node))))
                    .controlTime(now)
                    .debug(NO_LOGS);
            tellNames(rest, names);
        }
        stream.known.clear();
        return new Draft(List.of(), List.of(), List.of(), rest.build());
    }

    private void tellSelf(MapResponse.Builder rest, Member self, Names names) {
        rest.node(NodeMessages.self(
                self, members.shownToItself(self), names.suffix(), members.ownerOf(self.node()), null));
    }

    private static void tellNames(MapResponse.Builder rest, Names names) {
        rest.dnsConfig(names.dns()).domain(names.suffix());
    }

    private void tellUser(NodeStream stream, Node node, List<UserProfile> profiles) {
        if (stream.knownUsers.add(NodeMessages.userId(node.owner()))) {
            profiles.add(NodeMessages.profile(members.ownerOf(node)));
        }
    }

    private Piece whole(NodeStream stream, Member peer, Names names) {
        return peer.whole(
                members.shownTo(stream.nodeId, peer), shown -> encode(NodeMessages.peer(peer, shown, names.suffix())));
    }

    private Piece encode(Object message) {
        counters.encoded.increment();
        return compressor.compress(Json.write(message));
    }

    /** A domain's names, as nodes are told them. */
    record Names(String suffix, DnsConfig dns) {}

    /** The changes of one stream's peers. */
    private final class Changes {
        final List<Piece> wholes = new ArrayList<>();
        final List<Piece> patches = new ArrayList<>();
        final List<Long> removed = new ArrayList<>();
        final List<UserProfile> profiles = new ArrayList<>();
        private final NodeStream stream;
        private final Names names;
        private final boolean otherRoutes;

        Changes(NodeStream stream, Names names) {
            this.stream = stream;
            this.names = names;
            otherRoutes = stream.isDue(Aspect.ROUTES);
        }

        void look(long id) {
            Member peer = members.find(id);
            if (peer == null || !peer.isIn() || !members.index().sees(stream.nodeId, id)) {
                if (stream.known.remove(id)) {
                    removed.add(id);
                }
            } else if (stream.known.add(id)
                    || peer.isNewerThan(stream.toldVersion)
                    || (otherRoutes && peer.isRouter())) {
                tellWhole(peer);
            } else {
                tellParts(peer, peer.partsAfter(stream.toldVersion));
            }
        }

        private void tellWhole(Member peer) {
            wholes.add(whole(stream, peer, names));
            tellUser(stream, peer.node(), profiles);
        }

        private void tellParts(Member peer, int parts) {
            if (Part.DISCO.isIn(parts) && !peer.online) {
                tellWhole(peer); // nodes take the disco key of a patch that says "offline" for an old one
            } else if (parts != 0) {
                patches.add(peer.patch(parts, changed -> encode(NodeMessages.patch(peer, changed))));
            }
        }

        void tellOwner(Member self) {
            tellUser(stream, self.node(), profiles);
        }

        void tellAgain(long userId) {
            if (stream.knownUsers.contains(userId)) {
                profiles.add(NodeMessages.profile(members.user(userId)));
            }
        }

        boolean isNone() {
            return wholes.isEmpty() && patches.isEmpty();
        }
    }
}
