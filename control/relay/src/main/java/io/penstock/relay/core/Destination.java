package io.penstock.relay.core;

import io.penstock.protocol.key.NodeKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A key and who takes its packets: the connection of it that was active last, else the relay that announced it first. Senders
 * keep it from packet to packet as long as it is not {@link #isGone}. The lists belong to the {@link Relay} and its lock.
 */
public final class Destination {
    final NodeKey key;

    /** Connections with this key, oldest first. */
    final List<Client> connections = new ArrayList<>(1);

    /** Other relays that announced the key, in their order. */
    final List<Forwarder> forwarders = new ArrayList<>(0);

    /** Clients that have received from this key. */
    final Set<Client> heardBy = ConcurrentHashMap.newKeySet(4);

    private volatile @Nullable Target target;
    private volatile boolean isGone;

    Destination(NodeKey key) {
        this.key = key;
    }

    public NodeKey key() {
        return key;
    }

    /** Null in the moment when the last one leaves. */
    public @Nullable Target target() {
        return target;
    }

    /** Whether the key has left, and must be looked up again. */
    public boolean isGone() {
        return isGone;
    }

    boolean isEmpty() {
        return connections.isEmpty() && forwarders.isEmpty();
    }

    /** Under the relay's lock: chooses again after a connection or a relay left. */
    void chooseAgain() {
        if (!connections.isEmpty()) {
            if (!(target instanceof Client active && connections.contains(active))) {
                target = connections.getLast();
            }
        } else {
            target = forwarders.isEmpty() ? null : forwarders.getFirst();
        }
        isGone = isEmpty();
    }

    /** Under the relay's lock: this connection takes the packets from here on. */
    void activate(Client client) {
        target = client;
    }
}
