package io.penstock.node.path.core;

import io.penstock.node.coordination.Seeded;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.stun.BindingRequest;
import io.penstock.protocol.stun.BindingResponse;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import io.penstock.wireguard.route.Prefix;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Nodes, relays and links in virtual time. What nodes are told of each other is told at once, as if the coordinator were near. */
final class World {
    static final long MS = 1_000_000L;
    static final long SECOND = 1_000 * MS;
    static final Endpoint STUN_SERVER = Endpoint.parse("198.51.100.1:3478");
    static final Endpoint OTHER_STUN_SERVER = Endpoint.parse("198.51.100.2:3478");
    static final int REGION = 900;
    static final int OTHER_REGION = 901;
    static final int PORT = 41641;

    private record Event(long atNs, long order, Runnable what) {}

    /** Packets sent; of all nodes. */
    final List<String> log = new ArrayList<>();

    private final PriorityQueue<Event> events = new PriorityQueue<>(
            (a, b) -> a.atNs() != b.atNs() ? Long.compare(a.atNs(), b.atNs()) : Long.compare(a.order(), b.order()));
    final List<Host> hosts = new ArrayList<>();
    private final Set<String> blocked = new HashSet<>();
    final Map<Integer, Long> relayLatencyNs = new TreeMap<>(Map.of(REGION, 20 * MS, OTHER_REGION, 60 * MS));
    final Set<Integer> deadRelays = new HashSet<>();
    long nowNs = -5 * SECOND; // passes zero on the way
    private long order;
    long datagrams;
    long relayed;

    /** A node on a host with one address, and behind a NAT if it has another one outside. */
    final class Host {
        final int index;
        final PrivateKey nodePrivate;
        final NodeKey key;
        final Endpoint inside;
        Endpoint outside;
        PathCore core;

        @Nullable PathStatus status;

        int home;
        boolean knowsPeers = true;
        boolean isUdpBlocked;
        final Set<Endpoint> opened = new HashSet<>(); // by the NAT, for who was sent to
        final Map<NodeKey, Endpoint> used = new HashMap<>();
        final List<PingResult> pings = new ArrayList<>();
        final List<String> uses = new ArrayList<>();
        int statusChanges;

        Host(int index, Endpoint inside, Endpoint outside, PathSettings settings) {
            this.index = index;
            this.inside = inside;
            this.outside = outside;
            nodePrivate = PrivateKey.generate(new Seeded(1000 + index));
            key = new NodeKey(nodePrivate.publicKey(X25519));
            core = newCore(settings, index);
        }

        private static PathCore newCore(PathSettings settings, long seed) {
            Seeded entropy = new Seeded(seed);
            return new PathCore(X25519, entropy, PrivateKey.generate(entropy), settings);
        }

        /** It is a new process, with another key. */
        void restart(long seed) {
            core = newCore(PathSettings.DEFAULT, seed);
            status = null;
            used.clear();
        }

        PathStatus told() {
            return Objects.requireNonNull(status, "nothing was told yet");
        }

        boolean hasNat() {
            return !outside.equals(inside);
        }

        Node node() {
            PathStatus told = status;
            return Maps.node(
                    index + 1,
                    key,
                    core.discoKey(),
                    List.of(Prefix.parse("100.64.0." + (index + 1) + "/32")),
                    told == null ? List.of() : told.endpoints(),
                    told == null ? 0 : told.netInfo().preferredDerp());
        }

        void boot() {
            core.onPort(PORT, nowNs);
            core.onLocalAddresses(List.of(inside), true, nowNs);
            tellMaps();
            drain(this);
        }

        Endpoint path(Host peer) {
            return Objects.requireNonNull(used.get(peer.key), "no endpoint was chosen yet");
        }

        boolean isDirect(Host peer) {
            return !path(peer).isRelay();
        }

        boolean isRelayed(Host peer) {
            return path(peer).isRelay();
        }
    }

    private static final BouncyCastleX25519 X25519 = new BouncyCastleX25519();

    Host add(String inside) {
        return add(inside, inside, PathSettings.DEFAULT);
    }

    Host add(String inside, String outside, PathSettings settings) {
        Host host = new Host(
                hosts.size(), Endpoint.parse(inside + ":" + PORT), Endpoint.parse(outside + ":" + PORT), settings);
        hosts.add(host);
        return host;
    }

    static DerpMap relays() {
        return Maps.relays(Map.of(REGION, STUN_SERVER, OTHER_REGION, OTHER_STUN_SERVER));
    }

    void bootAll() {
        hosts.forEach(Host::boot);
        run(2 * SECOND);
    }

    /** What the coordinator does after each report. */
    void tellMaps() {
        for (Host host : hosts) {
            List<Node> peers = new ArrayList<>();
            for (Host peer : hosts) {
                if (peer != host && host.knowsPeers) {
                    peers.add(peer.node());
                }
            }
            host.core.onMap(Maps.map(host.node(), peers, relays()), nowNs);
        }
        hosts.forEach(this::drain);
    }

    void block(Host from, Host to) {
        blocked.add(from.index + ">" + to.index);
    }

    void unblock(Host from, Host to) {
        blocked.remove(from.index + ">" + to.index);
    }

    /** Traffic both ways, told as a tunnel does, for so long. */
    void talk(Host a, Host b, long forNs) {
        long endNs = nowNs + forNs;
        while (nowNs < endNs) {
            a.core.onTraffic(b.key, true, true, nowNs);
            b.core.onTraffic(a.key, true, true, nowNs);
            drain(a);
            drain(b);
            run(Math.min(SECOND, endNs - nowNs));
        }
    }

    void run(long forNs) {
        long endNs = nowNs + forNs;
        while (true) {
            long nextNs = endNs;
            for (Host host : hosts) {
                long leftNs = host.core.leftNs(nowNs);
                nextNs = Math.min(nextNs, leftNs > endNs - nowNs ? endNs : nowNs + leftNs);
            }
            Event event = events.peek();
            if (event != null && event.atNs() <= nextNs) {
                events.remove();
                nowNs = event.atNs();
                event.what().run();
                continue;
            }
            nowNs = nextNs;
            if (nowNs >= endNs) {
                return;
            }
            for (Host host : hosts) {
                host.core.onTime(nowNs);
                drain(host);
            }
        }
    }

    void after(long delayNs, Runnable what) {
        events.add(new Event(nowNs + delayNs, order++, what));
    }

    void drain(Host host) {
        boolean isReported = false;
        for (PathAction action = host.core.poll(); action != null; action = host.core.poll()) {
            switch (action) {
                case PathAction.SendDatagram send -> send(host, send.to(), send.datagram());
                case PathAction.SendWhole send -> {} // nobody there has anything to do with lengths
                case PathAction.SendRelayed send -> relay(host, send.region(), send.to(), send.packet());
                case PathAction.UseEndpoint use -> {
                    host.used.put(use.peer(), use.endpoint());
                    host.uses.add(use.endpoint().toString());
                }
                case PathAction.StatusChanged changed -> {
                    host.status = changed.status();
                    host.statusChanges++;
                    isReported = true;
                }
                case PathAction.UseHome use -> {
                    host.home = use.region();
                    if (!deadRelays.contains(use.region())) {
                        host.core.onRelay(use.region(), true, nowNs);
                    }
                }
                case PathAction.Resolve resolve -> throw new AssertionError("addresses are in the map");
                case PathAction.MeasureConnect measure -> {
                    long latencyNs = deadRelays.contains(measure.region()) ? -1 : latencyNs(measure.region());
                    after(Math.abs(latencyNs), () -> {
                        host.core.onConnectTime(measure.region(), latencyNs, nowNs);
                        drain(host);
                    });
                }
                case PathAction.PingDone done -> host.pings.add(done.result());
            }
        }
        if (isReported) {
            tellMaps();
        }
    }

    private void send(Host from, Endpoint to, byte[] datagram) {
        datagrams++;
        if (from.isUdpBlocked) {
            return;
        }
        from.opened.add(to.withoutLocal());
        if (to.isSameRemote(STUN_SERVER) || to.isSameRemote(OTHER_STUN_SERVER)) {
            int region = to.isSameRemote(STUN_SERVER) ? REGION : OTHER_REGION;
            if (!deadRelays.contains(region)
                    && BindingRequest.parse(ByteBuffer.wrap(datagram)) instanceof BindingRequest.Received.Request r) {
                byte[] answer = BindingResponse.encode(r.id(), from.outside);
                after(latencyNs(region), () -> deliver(from, to, answer));
            }
            return;
        }
        for (Host host : hosts) {
            boolean isInside = to.isSameRemote(host.inside) && isNeighbour(from, host);
            boolean isOutside = to.isSameRemote(host.outside) && !(host.hasNat() && isNeighbour(from, host));
            if ((isInside || isOutside) && host != from && !blocked.contains(from.index + ">" + host.index)) {
                Endpoint source = isInside ? from.inside : from.outside;
                after(5 * MS, () -> {
                    if (isInside || !host.hasNat() || host.opened.contains(source)) {
                        deliver(host, source, datagram);
                    }
                });
            }
        }
    }

    /** In one network, so that inside addresses lead somewhere. */
    private static boolean isNeighbour(Host a, Host b) {
        return a.inside.low() >>> 8 == b.inside.low() >>> 8 || (!a.hasNat() && !b.hasNat());
    }

    private void deliver(Host to, Endpoint source, byte[] datagram) {
        if (!to.isUdpBlocked) {
            to.core.onDatagram(source, datagram, nowNs);
            drain(to);
        }
    }

    private long latencyNs(int region) {
        return relayLatencyNs.getOrDefault(region, SECOND);
    }

    private void relay(Host from, int region, NodeKey to, byte[] packet) {
        relayed++;
        if (deadRelays.contains(region)) {
            return;
        }
        for (Host host : hosts) {
            if (host.key.equals(to)) {
                after(latencyNs(region), () -> {
                    host.core.onRelayPacket(region, from.key, packet, nowNs);
                    drain(host);
                });
            }
        }
    }
}
