package io.penstock.sim.path;

import io.penstock.node.relay.core.RegionAction;
import io.penstock.node.relay.core.RegionState;
import io.penstock.protocol.key.NodeKey;
import io.penstock.sim.Timeline;
import io.penstock.sim.net.Link;
import io.penstock.wireguard.Endpoint;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A node's connection to the relay of a region: {@link RegionState} with a TCP that loses nothing, keeps the order, and dies with
 * the way that it was made on. Whoever is silent does not notice that.
 */
final class RelayLink {
    private static final int MAX_WAITING = 32;

    /** Packets on their way to one receiver; more are dropped, as by the relay's own bounded queue. */
    private static final int MAX_UNDER_WAY = 256;

    private static final long KEEPALIVE_NS = 60 * Timeline.SECOND;
    private static final long SYN_NS = 500 * Timeline.MS;
    private static final long RETRANSMISSION_NS = 200 * Timeline.MS;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Waiting(NodeKey to, byte[] packet) {}

    private final PathWorld world;
    private final PathNode node;
    private final RelayServer relay;
    private final RegionState state;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private int attempt; // each one, and each end, has another number
    private @Nullable String way; // while there is a connection
    private List<Endpoint> ends = List.of(); // addresses of the node's end
    private boolean isTrying; // to get one, or to get one again
    private boolean isEnding;
    private long lastOutNs;
    private long lastInNs;
    private int underWay;
    private boolean isDraining;
    private long wakeNs = Long.MAX_VALUE;

    RelayLink(PathWorld world, PathNode node, RelayServer relay) {
        this.world = world;
        this.node = node;
        this.relay = relay;
        state = new RegionState(node.entropy);
    }

    int nodeId() {
        return node.id;
    }

    NodeKey key() {
        return node.key;
    }

    /** Whether packets get through it in both directions as things are. */
    boolean works() {
        return way != null
                && !isBroken()
                && relay.state() == RelayServer.State.UP
                && relay.connection(node.key) == this;
    }

    /** Whether it works, or would if somebody wanted it who did not before. */
    boolean canWork() {
        return !isBroken() && !isTrying && relay.state() == RelayServer.State.UP;
    }

    private boolean isBroken() {
        return (way != null && !way.equals(node.host.way())) || !hasWay();
    }

    /** Whether anything passes between its node and the relay. */
    private boolean hasWay() {
        Link edge = node.host.edgeLink();
        Object at = node.host.edge();
        return node.host.place() != null
                && !edge.out.isCut
                && !edge.in.isCut
                && !world.internet.isCut(at, relay.host)
                && !world.internet.isCut(relay.host, at);
    }

    private long delayNs() {
        return world.internet.delayNs(node.host.edgeLink(), relay.host.link());
    }

    @Override
    public String toString() {
        return "region " + relay.region + (state.isHome() ? " home" : "") + (state.isUp() ? " up" : "") + ", waiting "
                + waiting.size() + ", under way " + underWay + ", next out in "
                + (lastOutNs - world.nowNs()) / Timeline.MS
                + " ms, next in in " + (lastInNs - world.nowNs()) / Timeline.MS + " ms";
    }

    void setHome(boolean isHome) {
        run(now -> state.setHome(isHome, now));
    }

    void onLinkChanged() {
        boolean isCut = !ends.isEmpty() && !node.host.addresses().containsAll(ends);
        run(now -> state.onLinkChanged(isCut, now));
    }

    void stop() {
        run(now -> state.stop());
        waiting.clear();
    }

    void send(NodeKey to, byte[] packet) {
        if (way != null && waiting.isEmpty()) {
            transmit(to, packet);
        } else {
            if (waiting.size() == MAX_WAITING) {
                waiting.remove();
            }
            waiting.add(new Waiting(to, packet));
        }
        if (state.isUp()) {
            run(now -> state.onPacket(now));
        } else {
            run(state::want);
        }
    }

    private void transmit(NodeKey to, byte[] packet) {
        if (isBroken()) {
            if (hasWay() && !isEnding) { // somebody answers that there is no such connection
                isEnding = true;
                int number = attempt;
                world.after(2 * delayNs() + RETRANSMISSION_NS, () -> end(number));
            }
            return;
        }
        lastOutNs = Math.max(lastOutNs, world.nowNs() + delayNs());
        world.at(lastOutNs, () -> relay.onPacket(this, to, packet));
    }

    /** The relay has a packet for the node. */
    void fromRelay(NodeKey source, byte[] packet) {
        if (isBroken() || underWay >= MAX_UNDER_WAY) {
            return;
        }
        lastInNs = Math.max(lastInNs, world.nowNs() + delayNs());
        int number = attempt;
        underWay++;
        world.at(lastInNs, () -> {
            underWay--;
            if (number == attempt) {
                run(now -> state.onFrame(true, now));
                node.onRelayPacket(relay.region, source, packet);
            }
        });
    }

    void onPeerGone(NodeKey peer) {
        if (!isBroken()) {
            int number = attempt;
            world.after(delayNs(), () -> {
                if (number == attempt) {
                    node.onPeerGone(relay.region, peer);
                }
            });
        }
    }

    /** The relay's host has ended the connection. */
    void onReset() {
        if (!isBroken()) {
            int number = attempt;
            world.after(delayNs(), () -> end(number));
        }
    }

    private void end(int number) {
        if (number == attempt) {
            disconnect();
            isTrying = true; // when it is wanted again, after a pause
            run(state::onLost);
            if (!state.isHome()) {
                waiting.clear();
                run(now -> state.onNothingWaits());
            }
        }
    }

    private void disconnect() {
        attempt++;
        way = null;
        ends = List.of();
        isEnding = false;
        relay.onClosed(this);
    }

    private void dial() {
        disconnect();
        isTrying = true;
        dial(attempt);
    }

    /** One try of a dial, which goes on until it succeeds, is refused or given up. */
    private void dial(int number) {
        if (!hasWay() || relay.state() == RelayServer.State.FROZEN) {
            world.after(SYN_NS, () -> {
                if (number == attempt) {
                    dial(number);
                }
            });
            return;
        }
        String from = node.host.way();
        if (relay.state() == RelayServer.State.DEAD) {
            world.after(2 * delayNs(), () -> end(number));
            return;
        }
        world.after(
                6 * delayNs(),
                () -> { // TCP, TLS, HTTP
                    if (number == attempt
                            && relay.state() == RelayServer.State.UP
                            && hasWay()
                            && from.equals(node.host.way())) {
                        way = from;
                        ends = node.host.addresses();
                        isTrying = false;
                        relay.onConnected(this);
                        run(state::onConnected);
                        keepAlive(number);
                        for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
                            transmit(next.to, next.packet);
                        }
                    }
                });
    }

    /** The relay says each minute that it is there. */
    private void keepAlive(int number) {
        world.after(KEEPALIVE_NS, () -> {
            if (number == attempt) {
                if (works()) {
                    run(now -> state.onFrame(false, now));
                }
                keepAlive(number);
            }
        });
    }

    /** What a measurement of the way to it finds: a time, or -1. */
    long connectNs() {
        return hasWay() && relay.state() == RelayServer.State.UP ? 4 * delayNs() : -1;
    }

    private void run(LongConsumer input) {
        input.accept(world.nodeNs());
        if (isDraining) {
            return;
        }
        isDraining = true;
        try {
            for (RegionAction action = state.poll(); action != null; action = state.poll()) {
                switch (action) {
                    case DIAL -> dial();
                    case GIVE_UP -> {
                        disconnect();
                        isTrying = true;
                    }
                    case CLOSE -> {
                        disconnect();
                        isTrying = state.isHome(); // else it was idle, and nobody misses it
                    }
                    case NOTE_PREFERRED -> {}
                    case PING -> ping();
                    case TELL_UP -> node.onRelay(relay.region, true);
                    case TELL_DOWN -> node.onRelay(relay.region, false);
                }
            }
        } finally {
            isDraining = false;
        }
        wake();
    }

    private void ping() {
        if (!isBroken() && relay.state() == RelayServer.State.UP) {
            int number = attempt;
            world.after(2 * delayNs(), () -> {
                if (number == attempt) {
                    run(now -> state.onFrame(false, now));
                }
            });
        }
    }

    private void wake() {
        long leftNs = state.leftNs(world.nodeNs());
        if (leftNs == Long.MAX_VALUE || world.nowNs() + leftNs >= wakeNs) {
            return;
        }
        long atNs = world.nowNs() + leftNs;
        wakeNs = atNs;
        world.at(atNs, () -> {
            if (wakeNs == atNs) {
                wakeNs = Long.MAX_VALUE;
                run(state::onTime);
            }
        });
    }
}
