package io.penstock.sim.path;

import io.penstock.node.path.core.PathAction;
import io.penstock.node.path.core.PathCore;
import io.penstock.node.path.core.PathSettings;
import io.penstock.node.path.core.PathStatus;
import io.penstock.protocol.disco.DiscoPacket;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.sim.Dice;
import io.penstock.sim.Timeline;
import io.penstock.sim.net.Datagram;
import io.penstock.sim.net.Host;
import io.penstock.wireguard.Endpoint;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A node on a host: the real path finder, and what carries its actions out. Of the tunnel there is as much as a path finder sees:
 * packets that go to the endpoint in use, and once a second word of who had any.
 */
final class PathNode {
    static final int PORT = 41_641;

    private static final long WATCH_NS = Timeline.SECOND;
    private static final long ERRNO_NS = Timeline.MS / 100;

    /** What a tunnel tells of one peer. */
    private static final class Traffic {
        boolean hasSent;
        boolean hasReceived;
    }

    final int id;
    final NodeKey key;
    final Host host;
    final Dice entropy;
    final Map<NodeKey, Endpoint> used = new HashMap<>();
    PathCore core;

    @Nullable PathStatus status;

    @Nullable PathStatus toldCoordinator;

    boolean isRunning;
    long startedNs;
    private final PathWorld world;
    private PrivateKey disco;
    private final Map<Integer, RelayLink> links = new LinkedHashMap<>();
    private final Map<NodeKey, Traffic> traffic = new LinkedHashMap<>();
    private int home;
    private long nextWatchNs;
    private boolean isWatchDue;
    private boolean isDraining;
    private long wakeNs = Long.MAX_VALUE;
    private int process; // number of the present one

    PathNode(PathWorld world, int id, Host host, Dice entropy) {
        this.world = world;
        this.id = id;
        this.host = host;
        this.entropy = entropy;
        key = new NodeKey(PrivateKey.generate(entropy).publicKey(world.x25519));
        disco = PrivateKey.generate(entropy);
        core = new PathCore(world.x25519, entropy, disco, PathSettings.DEFAULT);
        host.setReceiver(this::onDatagram);
    }

    /** Starts its process. */
    void start() {
        isRunning = true;
        startedNs = world.nowNs();
        process++;
        core = new PathCore(world.x25519, entropy, disco, PathSettings.DEFAULT);
        input(now -> {
            core.onPort(PORT, now);
            core.onLocalAddresses(host.addresses(), true, now);
        });
        world.coordinator.onReport(this);
    }

    /** Ends it, as a kill does; with another disco key the next one is a stranger until the coordinator has told. */
    void stop(boolean withOtherKey) {
        isRunning = false;
        process++;
        links.values().forEach(RelayLink::stop);
        links.clear();
        used.clear();
        traffic.clear();
        status = null;
        home = 0;
        wakeNs = Long.MAX_VALUE;
        if (withOtherKey) {
            disco = PrivateKey.generate(entropy);
        }
    }

    /** Its system says that addresses have changed. */
    void onAddressesChanged() {
        if (isRunning) {
            input(now -> core.onLocalAddresses(host.addresses(), true, now));
            links.values().forEach(RelayLink::onLinkChanged);
            input(core::onLinkChanged);
        }
    }

    void onMap(NetMap map) {
        input(now -> core.onMap(map, now));
    }

    void onRelay(int region, boolean isUp) {
        world.note(isUp ? "relay up" : "relay down", id, region, null);
        input(now -> core.onRelay(region, isUp, now));
    }

    void onPeerGone(int region, NodeKey peer) {
        input(now -> core.onRelayedPeer(region, peer, false, now));
    }

    void onRelayPacket(int region, NodeKey source, byte[] packet) {
        if (DiscoPacket.looksLikeOne(packet, 0, packet.length)) {
            input(now -> core.onRelayPacket(region, source, packet, now));
            return;
        }
        if (core.relayRegion(source) == 0) {
            input(now -> core.onRelayedPeer(region, source, true, now));
        }
        onData(packet, true);
    }

    private void onDatagram(Datagram datagram) {
        if (!isRunning) {
            return;
        }
        if (Flow.isData(datagram.bytes())) {
            onData(datagram.bytes(), false);
        } else {
            world.checks.onProbeReceived(this, datagram);
            input(now -> core.onDatagram(datagram.from(), datagram.bytes(), now));
        }
    }

    private void onData(byte[] packet, boolean isRelayed) {
        Flow flow = world.flows.get(Flow.id(packet));
        if (flow.onArrival(this, packet, isRelayed)) {
            traffic(flow.other(this).key).hasReceived = true;
            watch();
        }
    }

    /** Sends a packet of the tunnel to a peer. */
    void sendData(PathNode peer, byte[] packet, int length) {
        traffic(peer.key).hasSent = true;
        watch();
        Endpoint to = used.get(peer.key);
        if (to == null) {
            return;
        }
        if (!to.isRelay()) {
            world.checks.onDataSent(this, peer, to);
            sendDatagram(to, packet, length);
            return;
        }
        RelayLink link = link(core.relayRegion(peer.key));
        if (link != null) {
            link.send(peer.key, packet);
        }
    }

    private Traffic traffic(NodeKey peer) {
        return traffic.computeIfAbsent(peer, none -> new Traffic());
    }

    private void watch() {
        if (isWatchDue) {
            return;
        }
        isWatchDue = true;
        int number = process;
        world.at(Math.max(world.nowNs(), nextWatchNs), () -> {
            isWatchDue = false;
            nextWatchNs = world.nowNs() + WATCH_NS;
            if (number != process) {
                return;
            }
            input(now -> traffic.forEach((peer, seen) -> {
                if (seen.hasSent || seen.hasReceived) {
                    core.onTraffic(peer, seen.hasSent, seen.hasReceived, now);
                }
            }));
            traffic.clear();
        });
    }

    boolean uses(PathNode peer, boolean direct) {
        Endpoint to = used.get(peer.key);
        return to != null && to.isRelay() != direct;
    }

    @Nullable RelayLink link(int region) {
        RelayServer server = world.relay(region);
        return server == null ? null : links.computeIfAbsent(region, none -> new RelayLink(world, this, server));
    }

    @Nullable RelayLink existingLink(int region) {
        return links.get(region);
    }

    int home() {
        return home;
    }

    private void input(LongConsumer input) {
        if (!isRunning) {
            return;
        }
        input.accept(world.nodeNs());
        if (isDraining) {
            return;
        }
        isDraining = true;
        try {
            for (PathAction action = core.poll(); action != null; action = core.poll()) {
                perform(action);
            }
        } finally {
            isDraining = false;
        }
        wake();
    }

    private void perform(PathAction action) {
        switch (action) {
            case PathAction.SendDatagram send -> {
                world.checks.onProbe(this, send.to(), send.datagram().length);
                sendDatagram(send.to(), send.datagram(), send.datagram().length);
            }
            case PathAction.SendWhole send -> {
                world.checks.onProbe(this, send.to(), send.datagram().length);
                host.sendWhole(send.to(), send.datagram());
            }
            case PathAction.SendRelayed send -> {
                world.checks.onRelayedProbe(this);
                RelayLink link = link(send.region());
                if (link != null) {
                    link.send(send.to(), send.packet());
                }
            }
            case PathAction.UseEndpoint use -> {
                world.note("use", id, use.endpoint().hashCode(), use.endpoint());
                used.put(use.peer(), use.endpoint());
                world.checks.onUse(this, use.peer(), use.endpoint());
            }
            case PathAction.StatusChanged changed -> {
                status = changed.status();
                world.note(
                        "status",
                        id,
                        changed.status().endpoints().hashCode(),
                        changed.status().endpoints());
                world.checks.onTold(this, changed.status().endpoints());
                world.coordinator.onReport(this);
            }
            case PathAction.UseHome use -> {
                home = use.region();
                RelayLink chosen = link(home);
                links.values().forEach(link -> link.setHome(link == chosen));
            }
            case PathAction.Resolve resolve -> throw new IllegalStateException("addresses are in the map");
            case PathAction.MeasureConnect measure -> measure(measure.region());
            case PathAction.PingDone done -> {}
        }
    }

    private void sendDatagram(Endpoint to, byte[] bytes, int length) {
        int number = process;
        if (!host.send(to, bytes, length)) {
            world.after(ERRNO_NS, () -> {
                if (number == process) {
                    input(now -> core.onSendFailed(to, now));
                }
            });
        }
    }

    private void measure(int region) {
        RelayLink link = link(region);
        long foundNs = link == null ? -1 : link.connectNs();
        int number = process;
        world.after(foundNs < 0 ? 2 * Timeline.SECOND : foundNs, () -> {
            if (number == process) {
                input(now -> core.onConnectTime(region, foundNs, now));
            }
        });
    }

    private void wake() {
        long leftNs = core.leftNs(world.nodeNs());
        if (leftNs == Long.MAX_VALUE || world.nowNs() + leftNs >= wakeNs) {
            return;
        }
        long atNs = world.nowNs() + leftNs;
        int number = process;
        wakeNs = atNs;
        world.at(atNs, () -> {
            if (wakeNs == atNs && number == process) {
                wakeNs = Long.MAX_VALUE;
                input(core::onTime);
            }
        });
    }

    @Override
    public String toString() {
        return "node " + id;
    }
}
