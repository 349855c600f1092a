package io.penstock.relay.edge;

import io.netty.channel.Channel;
import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.Greeting;
import io.penstock.protocol.derp.ServerGreeting;
import io.penstock.protocol.key.NodeKey;
import io.penstock.relay.core.Admission;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.core.Relay;
import io.penstock.relay.core.RelayCounters;
import io.penstock.wireguard.Entropy;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A relay without a listener: who is here, and what becomes of connections that somebody else has accepted. Thread-safe.
 */
public final class RelayService implements AutoCloseable {
    private static final Duration LAST_MOMENT = Duration.ofSeconds(1);
    private static final long STEP_NS = Duration.ofMillis(10).toNanos();

    private final RelayIdentity identity;
    private final RelayLimits limits;
    private final Entropy entropy;
    private final RelayCounters counters = new RelayCounters();
    private final Relay relay;
    private final HelloDesk desk;
    private final Connections connections;

    /**
     * Ready at once.
     *
     * @param meshKey of the region's relays, null if there are no others
     * @param admission who may come in
     * @param entropy thread-safe
     */
    public RelayService(
            RelayIdentity identity,
            RelayLimits limits,
            @Nullable MeshKey meshKey,
            Admission admission,
            Entropy entropy) {
        this.identity = identity;
        this.limits = limits;
        this.entropy = entropy;
        relay = new Relay(limits.queue(), counters);
        ServerGreeting answer = new ServerGreeting(
                Greeting.VERSION, saturated(limits.bytesPerSecond()), saturated(limits.burstBytes()));
        desk = new HelloDesk(identity, meshKey, admission, answer, entropy);
        connections = new Connections(limits, counters, (long) entropy.nextInt() << 32 | entropy.nextInt());
    }

    private static int saturated(long value) {
        return (int) Math.min(Integer.MAX_VALUE, value);
    }

    public RelayIdentity identity() {
        return identity;
    }

    public RelayLimits limits() {
        return limits;
    }

    public RelayCounters counters() {
        return counters;
    }

    /** The keys of the clients that were let in and are here; a copy. */
    public Set<NodeKey> clientKeys() {
        return relay.clientKeys();
    }

    /** Ends all connections of a client that may no longer be here, soon. */
    public void expel(NodeKey key) {
        relay.expel(key);
    }

    Entropy entropy() {
        return entropy;
    }

    Relay relay() {
        return relay;
    }

    /** Counts a connection; false if it was closed at once. */
    boolean open(Channel channel) {
        return connections.open(channel);
    }

    /** The same for a balancer's, until it is known whose it is. */
    boolean openProxied(Channel channel) {
        return connections.count(channel);
    }

    /** A balancer's connection comes from here; false if it was closed. */
    boolean openFrom(Channel channel, InetAddress address) {
        return connections.openFrom(channel, address);
    }

    /** For a connection that is to speak DERP from here on. */
    DerpConnection newConnection() {
        return new DerpConnection(relay, desk, limits);
    }

    /** Tells everybody that the relay goes: to come back after the first, and to try for the second. */
    public void announceRestart(Duration reconnectIn, Duration tryFor) {
        relay.tellAll(
                new Frame.Restarting(Math.toIntExact(reconnectIn.toMillis()), Math.toIntExact(tryFor.toMillis())));
    }

    /** Waits until everybody has left, or so long. */
    public void awaitDeparture(Duration atMost) {
        long deadlineNs = System.nanoTime() + atMost.toNanos();
        while (counters.connections() > 0 && deadlineNs - System.nanoTime() > 0) {
            LockSupport.parkNanos(STEP_NS);
        }
    }

    /** Ends all connections that are in, which takes a moment. */
    @Override
    public void close() {
        desk.close();
        relay.closeAll(CloseReason.SHUTDOWN);
        awaitDeparture(LAST_MOMENT);
    }
}
