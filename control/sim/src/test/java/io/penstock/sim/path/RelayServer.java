package io.penstock.sim.path;

import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.stun.BindingRequest;
import io.penstock.protocol.stun.BindingResponse;
import io.penstock.sim.net.Datagram;
import io.penstock.sim.net.Host;
import io.penstock.wireguard.Endpoint;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The relay of a region, and the STUN server beside it: delivers by key, keeps little, can die, freeze and start again. */
final class RelayServer {
    static final int STUN_PORT = 3478;

    /** Of packets that come while it is frozen. */
    private static final int MAX_BACKLOG = 256;

    enum State {
        UP,
        /** Connections stay, and nothing comes. */
        FROZEN,
        DEAD
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Waiting(RelayLink from, NodeKey to, byte[] packet) {}

    final int region;
    final Host host;
    private final PathWorld world;
    private final Map<NodeKey, RelayLink> connections = new HashMap<>();
    private final ArrayDeque<Waiting> backlog = new ArrayDeque<>();
    private State state = State.UP;
    private long upSinceNs;

    RelayServer(PathWorld world, int region, Host host) {
        this.world = world;
        this.region = region;
        this.host = host;
        host.setReceiver(this::onDatagram);
    }

    Endpoint address() {
        return host.addresses().getFirst();
    }

    State state() {
        return state;
    }

    /** Since when it has worked without a break; only while it does. */
    long upSinceNs() {
        return upSinceNs;
    }

    private void onDatagram(Datagram datagram) {
        ByteBuffer bytes = ByteBuffer.wrap(datagram.bytes());
        if (state == State.UP && BindingRequest.parse(bytes) instanceof BindingRequest.Received.Request request) {
            world.checks.onSeen(datagram.from()); // it may be told in a call, which is sealed
            byte[] answer = BindingResponse.encode(request.id(), datagram.from());
            host.send(datagram.from(), answer, answer.length);
        }
    }

    void die() {
        state = State.DEAD;
        backlog.clear();
        List<RelayLink> all = new ArrayList<>(connections.values());
        connections.clear();
        all.sort((a, b) -> Integer.compare(a.nodeId(), b.nodeId()));
        all.forEach(RelayLink::onReset);
    }

    void freeze() {
        if (state == State.UP) {
            state = State.FROZEN;
        }
    }

    /** Works again, with its connections if it was frozen. */
    void start() {
        if (state != State.UP) {
            state = State.UP;
            upSinceNs = world.nowNs();
        }
        for (Waiting next = backlog.poll(); next != null; next = backlog.poll()) {
            onPacket(next.from, next.to, next.packet);
        }
    }

    void onConnected(RelayLink link) {
        connections.put(link.key(), link);
    }

    void onClosed(RelayLink link) {
        connections.remove(link.key(), link);
    }

    @Nullable RelayLink connection(NodeKey key) {
        return connections.get(key);
    }

    void onPacket(RelayLink from, NodeKey to, byte[] packet) {
        switch (state) {
            case DEAD -> {}
            case FROZEN -> {
                if (backlog.size() == MAX_BACKLOG) {
                    backlog.remove();
                }
                backlog.add(new Waiting(from, to, packet));
            }
            case UP -> {
                RelayLink receiver = connections.get(to);
                if (receiver == null) {
                    from.onPeerGone(to);
                } else {
                    receiver.fromRelay(from.key(), packet);
                }
            }
        }
    }
}
