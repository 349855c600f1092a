package io.penstock.node.daemon.core;

import io.penstock.node.api.PeerPath;
import io.penstock.node.api.PeerStatus;
import io.penstock.node.api.Preferences;
import io.penstock.node.api.RelaysResult;
import io.penstock.node.api.RouteStatus;
import io.penstock.node.api.SelfStatus;
import io.penstock.node.api.StaticPeer;
import io.penstock.node.api.Status;
import io.penstock.node.route.ChosenRoutes;
import io.penstock.node.route.Prefixes;
import io.penstock.node.route.StaticChoice;
import io.penstock.protocol.json.GoTime;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.protocol.message.NetInfo;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A node as it shows itself. */
public final class StatusView {
    private final NodeCore core;
    private final Readings readings;
    private final Instant now;

    private StatusView(NodeCore core, Readings readings, Instant now) {
        this.core = core;
        this.readings = readings;
        this.now = now;
    }

    /** The status at this moment. */
    public static Status of(NodeCore core, String version, Readings readings, Instant now) {
        return new StatusView(core, readings, now).status(version);
    }

    private Status status(String version) {
        NetMap map = core.map();
        return new Status(
                Status.SCHEMA,
                version,
                core.state(),
                core.loginUrl(),
                map == null ? alone() : self(map),
                peers(map),
                routes(map),
                core.coordinator()
                        .status(
                                core.preferences().server(),
                                map == null ? "" : map.domain(),
                                core.last().at(),
                                core.last().isCached(),
                                now),
                HealthView.of(core, readings, now));
    }

    private SelfStatus self(NetMap map) {
        Preferences preferences = core.preferences();
        Node self = map.self();
        Shape shape = core.shape();
        NetInfo netInfo = core.paths().netInfo();
        List<Prefix> offered = Shape.offered(preferences);
        return new SelfStatus(
                Names.brief(self),
                Names.full(self),
                Names.addresses(self),
                Names.owner(map, self),
                core.key(),
                preferences.interfaceName(),
                shape == null ? 0 : shape.host().mtuBytes(),
                core.port(),
                core.paths().endpoints().stream().map(Endpoint::toString).toList(),
                netInfo == null ? "" : regionCode(map, netInfo.preferredDerp()),
                offered,
                offered.stream().filter(self.acceptedPrefixes()::contains).toList(),
                time(self.keyExpiry()),
                Boolean.TRUE.equals(self.online()) && !core.last().isCached());
    }

    /** Of a node that has peers and no coordinator. */
    private @Nullable SelfStatus alone() {
        Shape shape = core.shape();
        Preferences preferences = core.preferences();
        if (shape == null || !preferences.server().isEmpty()) {
            return null;
        }
        List<Prefix> offered = Shape.offered(preferences);
        String name = preferences.hostname().isEmpty() ? core.facts().hostname() : preferences.hostname();
        return new SelfStatus(
                name,
                "",
                List.of(),
                "",
                core.key(),
                preferences.interfaceName(),
                shape.host().mtuBytes(),
                core.port(),
                core.paths().endpoints().stream().map(Endpoint::toString).toList(),
                "",
                offered,
                offered, // there is nobody to ask
                null,
                false);
    }

    /** The relays of the network, and which of them is home. */
    public static RelaysResult relays(NodeCore core) {
        NetMap map = core.map();
        NetInfo netInfo = core.paths().netInfo();
        return new RelaysResult(map == null ? null : map.derpMap(), netInfo == null ? 0 : netInfo.preferredDerp());
    }

    private static String regionCode(NetMap map, int region) {
        DerpMap relays = map.derpMap();
        DerpRegion known = relays == null || relays.regions() == null
                ? null
                : relays.regions().get(region);
        return known == null ? "" : known.regionCode();
    }

    private static @Nullable Instant time(@Nullable Instant time) {
        return time == null || GoTime.isZero(time) ? null : time;
    }

    private List<PeerStatus> peers(@Nullable NetMap map) {
        List<PeerStatus> all = new ArrayList<>();
        if (map != null) {
            map.peers().values().stream()
                    .sorted(Comparator.comparing(Names::brief).thenComparing(Node::id))
                    .forEach(peer -> all.add(peer(map, peer)));
        }
        for (StaticPeer peer : core.preferences().staticPeers()) {
            all.add(peer(peer));
        }
        return all;
    }

    private PeerStatus peer(NetMap map, Node peer) {
        Readings.Counters counters = counters(peer.key());
        Shape shape = core.shape();
        return new PeerStatus(
                Names.brief(peer),
                Names.full(peer),
                Names.addresses(peer),
                Names.owner(map, peer),
                peer.hostinfo() == null ? "" : peer.hostinfo().os(),
                peer.key(),
                peer.online(),
                time(peer.lastSeen()),
                false,
                shape != null && peer.key().equals(shape.exitNode()),
                routesOf(peer),
                readings.paths().getOrDefault(peer.key(), PeerPath.NONE),
                counters.lastHandshake(),
                counters.rxBytes(),
                counters.txBytes(),
                false);
    }

    private Readings.Counters counters(NodeKey key) {
        return readings.counters().getOrDefault(key, Readings.Counters.ZERO);
    }

    private List<Prefix> routesOf(Node peer) {
        Shape shape = core.shape();
        PeerWish wish = shape == null ? null : shape.peers().get(peer.key());
        return wish == null
                ? List.of()
                : wish.allowedIps().stream()
                        .filter(prefix -> !peer.addresses().contains(prefix))
                        .toList();
    }

    private PeerStatus peer(StaticPeer peer) {
        Readings.Counters counters = counters(peer.key());
        Shape shape = core.shape();
        return new PeerStatus(
                peer.name(),
                peer.name(),
                peer.allowedIps().stream()
                        .filter(Prefixes::isHost)
                        .map(Prefix::toString)
                        .map(host -> host.substring(0, host.indexOf('/')))
                        .toList(),
                "",
                "",
                peer.key(),
                null,
                null,
                true,
                shape != null && peer.key().equals(shape.exitNode()),
                peer.allowedIps(),
                readings.paths().getOrDefault(peer.key(), PeerPath.NONE),
                counters.lastHandshake(),
                counters.rxBytes(),
                counters.txBytes(),
                core.hasPresharedKey(peer.key()));
    }

    private List<RouteStatus> routes(@Nullable NetMap map) {
        Shape shape = core.shape();
        List<RouteStatus> all = new ArrayList<>();
        if (shape == null) {
            return all;
        }
        ChosenRoutes routes = shape.routes();
        if (map != null && routes != null) {
            for (Node peer : map.peers().values()) {
                routesOf(peer)
                        .forEach(prefix ->
                                all.add(new RouteStatus(prefix, Names.brief(peer), RouteStatus.State.ACTIVE, "")));
            }
            for (ChosenRoutes.Rejected rejected : routes.rejected()) {
                addRejected(map, rejected, all);
            }
        }
        for (StaticPeer peer : core.preferences().staticPeers()) {
            PeerWish wish = shape.peers().get(peer.key());
            for (Prefix prefix : peer.allowedIps()) {
                boolean isUsed = wish != null && wish.allowedIps().contains(prefix);
                all.add(new RouteStatus(
                        prefix,
                        peer.name(),
                        isUsed ? RouteStatus.State.ACTIVE : RouteStatus.State.REJECTED,
                        isUsed ? "" : refusal(shape, peer, prefix)));
            }
        }
        return all;
    }

    private static String refusal(Shape shape, StaticPeer peer, Prefix prefix) {
        return shape.refused().stream()
                .filter(refused ->
                        refused.peer().equals(peer.key()) && refused.prefix().equals(prefix))
                .map(StaticChoice.Refused::reason)
                .findFirst()
                .orElse("the coordinator says what this peer has");
    }

    private void addRejected(NetMap map, ChosenRoutes.Rejected rejected, List<RouteStatus> all) {
        Node peer = map.peers().get(rejected.peer());
        if (peer == null) {
            return;
        }
        boolean isServed = all.stream().anyMatch(route -> route.prefix().equals(rejected.prefix()));
        all.add(new RouteStatus(
                rejected.prefix(),
                Names.brief(peer),
                isServed ? RouteStatus.State.STANDBY : RouteStatus.State.REJECTED,
                rejected.reason()));
    }
}
