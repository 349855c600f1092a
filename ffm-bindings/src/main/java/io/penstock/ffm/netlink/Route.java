package io.penstock.ffm.netlink;

import static io.penstock.ffm.netlink.Rtnetlink.RT_SCOPE_HOST;
import static io.penstock.ffm.netlink.Rtnetlink.RT_SCOPE_LINK;
import static io.penstock.ffm.netlink.Rtnetlink.RT_SCOPE_UNIVERSE;

import io.penstock.ffm.udp.Sockets;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A route. Start with {@link #to} and refine: {@code Route.to(net).dev(3).table(51820).metric(10)}.
 *
 * @param table 254 is main
 * @param type {@code RTN_UNICAST}, {@code RTN_BLACKHOLE}, {@code RTN_UNREACHABLE}, {@code RTN_THROW} or {@code RTN_LOCAL}
 * @param oif index of the interface, 0 if none is named; of a route with several next hops that of the first
 * @param metric preference, the smaller wins; 0 lets the kernel choose
 * @param scope {@code RT_SCOPE_}; -1 lets us choose as {@code ip route} does
 * @param mtu 0 if the route does not limit it
 * @param protocol who made it, {@code RTPROT_}
 * @param source preferred local address
 */
public record Route(
        IpNetwork destination,
        int table,
        int type,
        @Nullable InetAddress gateway,
        int oif,
        int metric,
        int scope,
        int mtu,
        int protocol,
        @Nullable InetAddress source) {
    static final int FIXED_LENGTH = 12; // struct rtmsg: family, two lengths, tos, table, protocol, scope, type, flags

    private static final int AUTOMATIC = -1;

    /** A unicast route of the main table. */
    public static Route to(IpNetwork destination) {
        return new Route(
                destination,
                Rtnetlink.RT_TABLE_MAIN,
                Rtnetlink.RTN_UNICAST,
                null,
                0,
                0,
                AUTOMATIC,
                0,
                Rtnetlink.RTPROT_STATIC,
                null);
    }

    public Route via(InetAddress value) {
        return new Route(destination, table, type, value, oif, metric, scope, mtu, protocol, source);
    }

    public Route dev(int ifIndex) {
        return new Route(destination, table, type, gateway, ifIndex, metric, scope, mtu, protocol, source);
    }

    public Route table(int value) {
        return new Route(destination, value, type, gateway, oif, metric, scope, mtu, protocol, source);
    }

    public Route type(int value) {
        return new Route(destination, table, value, gateway, oif, metric, scope, mtu, protocol, source);
    }

    public Route metric(int value) {
        return new Route(destination, table, type, gateway, oif, value, scope, mtu, protocol, source);
    }

    public Route scope(int value) {
        return new Route(destination, table, type, gateway, oif, metric, value, mtu, protocol, source);
    }

    public Route mtu(int value) {
        return new Route(destination, table, type, gateway, oif, metric, scope, value, protocol, source);
    }

    public Route protocol(int value) {
        return new Route(destination, table, type, gateway, oif, metric, scope, mtu, value, source);
    }

    public Route source(InetAddress value) {
        return new Route(destination, table, type, gateway, oif, metric, scope, mtu, protocol, value);
    }

    /** Appends the fixed part and the attributes; a removal matches any scope and maker. */
    MessageBuilder write(MessageBuilder message, boolean removes) {
        message.putByte(destination.family())
                .putByte(destination.length())
                .putByte(0)
                .putByte(0);
        message.putByte(table < 256 ? table : 0).putByte(removes ? 0 : protocol);
        message.putByte(removes ? Rtnetlink.RT_SCOPE_NOWHERE : effectiveScope()).putByte(type);
        message.putInt(0);
        if (destination.length() > 0) {
            message.attribute(Rtnetlink.RTA_DST, destination.bytes());
        }
        message.attributeInt(Rtnetlink.RTA_TABLE, table);
        if (gateway != null) {
            message.attribute(Rtnetlink.RTA_GATEWAY, gateway.getAddress());
        }
        if (source != null) {
            message.attribute(Rtnetlink.RTA_PREFSRC, source.getAddress());
        }
        if (oif != 0) {
            message.attributeInt(Rtnetlink.RTA_OIF, oif);
        }
        if (metric != 0) {
            message.attributeInt(Rtnetlink.RTA_PRIORITY, metric);
        }
        if (mtu != 0) {
            int metrics = message.beginNest(Rtnetlink.RTA_METRICS);
            message.attributeInt(Rtnetlink.RTAX_MTU, mtu).endNest(metrics);
        }
        return message;
    }

    /** Reads an RTM_NEWROUTE. */
    static Route of(Message message) {
        ByteBuffer payload = message.payload();
        Attributes attributes = message.attributes(FIXED_LENGTH);
        boolean isV6 = payload.get(0) == Sockets.AF_INET6;
        byte[] destination = attributes.getBytes(Rtnetlink.RTA_DST);
        byte[] gateway = attributes.getBytes(Rtnetlink.RTA_GATEWAY);
        byte[] source = attributes.getBytes(Rtnetlink.RTA_PREFSRC);
        return new Route(
                new IpNetwork(
                        IpNetwork.address(destination != null ? destination : new byte[isV6 ? 16 : 4]),
                        Byte.toUnsignedInt(payload.get(1))),
                attributes.getInt(Rtnetlink.RTA_TABLE, Byte.toUnsignedInt(payload.get(4))),
                Byte.toUnsignedInt(payload.get(7)),
                gateway == null ? null : IpNetwork.address(gateway),
                attributes.getInt(Rtnetlink.RTA_OIF, firstHop(attributes)),
                attributes.getInt(Rtnetlink.RTA_PRIORITY, 0),
                Byte.toUnsignedInt(payload.get(6)),
                attributes.getNested(Rtnetlink.RTA_METRICS).getInt(Rtnetlink.RTAX_MTU, 0),
                Byte.toUnsignedInt(payload.get(5)),
                source == null ? null : IpNetwork.address(source));
    }

    /** The interface of the first {@code struct rtnexthop} (length 2, flags 1, hops 1, index 4), or 0. */
    private static int firstHop(Attributes attributes) {
        byte[] hops = attributes.getBytes(Rtnetlink.RTA_MULTIPATH);
        return hops == null || hops.length < 8
                ? 0
                : ByteBuffer.wrap(hops).order(ByteOrder.nativeOrder()).getInt(4);
    }

    private int effectiveScope() {
        if (scope != AUTOMATIC) {
            return scope;
        }
        if (type == Rtnetlink.RTN_LOCAL) {
            return RT_SCOPE_HOST;
        }
        boolean isOnLink = type == Rtnetlink.RTN_UNICAST && gateway == null && !destination.isV6();
        return isOnLink ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    }
}
