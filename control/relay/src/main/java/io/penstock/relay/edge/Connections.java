package io.penstock.relay.edge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.util.AttributeKey;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.core.RelayCounters;
import io.penstock.relay.core.SourceLimiter;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Counts connections as they come and go, once each with its reason, and lets in no more than the limits say. Thread-safe. */
final class Connections {
    private static final AttributeKey<CloseReason> REASON = AttributeKey.valueOf(Connections.class, "reason");
    private static final int BUCKETS = 4096;

    private final RelayLimits limits;
    private final RelayCounters counters;
    private final SourceLimiter limiter;

    Connections(RelayLimits limits, RelayCounters counters, long secret) {
        this.limits = limits;
        this.counters = counters;
        limiter = new SourceLimiter(
                BUCKETS, limits.connectionsPerSecond(), limits.connectionBurst(), secret, System.nanoTime());
    }

    /** A connection has come; false if it was closed at once. */
    boolean open(Channel channel) {
        return count(channel)
                && (!(channel.remoteAddress() instanceof InetSocketAddress remote)
                        || openFrom(channel, remote.getAddress()));
    }

    /** The same for one of a balancer, whose client's address is told later. */
    boolean count(Channel channel) {
        int open = counters.onOpened();
        channel.closeFuture().addListener(closed -> counters.onClosed(reason(channel)));
        if (open > limits.maxConnections()) {
            close(channel, CloseReason.TOO_MANY_CONNECTIONS);
            return false;
        }
        return true;
    }

    /** Whether one more may come from this address; false if the connection was closed. */
    boolean openFrom(Channel channel, InetAddress address) {
        if (!limiter.tryOnce(address.getAddress(), System.nanoTime())) {
            close(channel, CloseReason.CONNECTION_RATE);
            return false;
        }
        return true;
    }

    private static CloseReason reason(Channel channel) {
        CloseReason reason = channel.attr(REASON).get();
        return reason == null ? CloseReason.LEFT : reason;
    }

    /** Notes why a connection ends, unless it is known, without ending it. */
    static void note(Channel channel, CloseReason reason) {
        channel.attr(REASON).compareAndSet(null, reason);
    }

    /** Ends a connection. */
    static void close(Channel channel, CloseReason reason) {
        note(channel, reason);
        channel.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }
}
