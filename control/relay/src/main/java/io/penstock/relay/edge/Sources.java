package io.penstock.relay.edge;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.penstock.wireguard.Endpoint;
import java.net.InetSocketAddress;

/** From where clients come: as the connection says, or as a balancer in front of the relay has said. Stateless. */
final class Sources {
    private static final AttributeKey<InetSocketAddress> TOLD = AttributeKey.valueOf(Sources.class, "told");

    private Sources() {}

    /** A balancer has said it. */
    static void tell(Channel channel, InetSocketAddress source) {
        channel.attr(TOLD).set(source);
    }

    static Endpoint of(Channel channel) {
        InetSocketAddress told = channel.attr(TOLD).get();
        return Addresses.endpoint(told == null ? channel.remoteAddress() : told);
    }
}
