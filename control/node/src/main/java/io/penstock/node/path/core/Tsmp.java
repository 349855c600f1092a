package io.penstock.node.path.core;

import io.penstock.wireguard.route.Prefix;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Pings inside the tunnel: Tailscale's protocol number 99 over IP, which tells that packets get through both filters' doors
 * without asking a host's system. A ping is {@code p} and eight bytes; a pong {@code o}, the same eight bytes, and a port of the
 * node's API, 0 for none. Stateless.
 */
public final class Tsmp {
    /** Protocol number. */
    public static final int PROTOCOL = 99;

    private static final int PING = 'p';
    private static final int PONG = 'o';
    private static final int PING_LENGTH = 1 + Long.BYTES;
    private static final int PONG_LENGTH = PING_LENGTH + Short.BYTES;
    private static final int V4_HEADER = 20;
    private static final int V6_HEADER = 40;
    private static final int HOP_LIMIT = 64;

    /** What a packet is. Addresses are host prefixes. */
    public sealed interface Packet {
        /** To be answered by {@link #pong}. */
        record Ping(Prefix source, Prefix destination, long data) implements Packet {}

        /** The answer to a ping with these bytes. */
        record Pong(Prefix source, long data) implements Packet {}
    }

    private Tsmp() {}

    /** Reads a whole IP packet; null if it is none of these. */
    public static @Nullable Packet parse(byte[] packet) {
        if (packet.length < V4_HEADER) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(packet);
        boolean isV6 = packet[0] >>> 4 == 6;
        int header = isV6 ? V6_HEADER : (packet[0] & 0xf) * Integer.BYTES;
        int protocol = isV6 ? packet[6] : packet[9];
        boolean isWhole = isV6 || (packet[0] >>> 4 == 4 && header >= V4_HEADER && (in.getShort(6) & 0x3fff) == 0);
        if (!isWhole || protocol != PROTOCOL || packet.length < header + PING_LENGTH) {
            return null;
        }
        Prefix source = isV6 ? v6(in, 8) : Prefix.v4(in.getInt(12), 32);
        Prefix destination = isV6 ? v6(in, 24) : Prefix.v4(in.getInt(16), 32);
        long data = in.getLong(header + 1);
        return switch (packet[header]) {
            case PING -> new Packet.Ping(source, destination, data);
            case PONG -> new Packet.Pong(source, data);
            default -> null;
        };
    }

    private static Prefix v6(ByteBuffer in, int offset) {
        return Prefix.v6(in.getLong(offset), in.getLong(offset + Long.BYTES), 128);
    }

    /** A whole IP packet with a ping; both addresses are host prefixes of one family. */
    public static byte[] ping(Prefix source, Prefix destination, long data) {
        return start(source, destination, PING_LENGTH)
                .put((byte) PING)
                .putLong(data)
                .array();
    }

    /** A whole IP packet with the answer to a ping. No port is told, since nothing listens. */
    public static byte[] pong(Packet.Ping ping) {
        return start(/* source= */ ping.destination(), /* destination= */ ping.source(), PONG_LENGTH)
                .put((byte) PONG)
                .putLong(ping.data())
                .putShort((short) 0)
                .array();
    }

    /** The first two addresses of one family, one of each node, IPv4 first; null if there are none. */
    public static Prefix @Nullable [] pair(Collection<Prefix> own, Collection<Prefix> peer) {
        for (boolean isV6 : new boolean[] {false, true}) {
            Prefix from = host(own, isV6);
            Prefix to = host(peer, isV6);
            if (from != null && to != null) {
                return new Prefix[] {from, to};
            }
        }
        return null;
    }

    private static @Nullable Prefix host(Collection<Prefix> addresses, boolean isV6) {
        for (Prefix address : addresses) {
            if (address.isV6() == isV6 && address.length() == (isV6 ? 128 : 32)) {
                return address;
            }
        }
        return null;
    }

    private static ByteBuffer start(Prefix source, Prefix destination, int length) {
        if (source.isV6()) {
            return ByteBuffer.allocate(V6_HEADER + length)
                    .putInt(6 << 28)
                    .putShort((short) length)
                    .put((byte) PROTOCOL)
                    .put((byte) HOP_LIMIT)
                    .putLong(source.high())
                    .putLong(source.low())
                    .putLong(destination.high())
                    .putLong(destination.low());
        }
        ByteBuffer out = ByteBuffer.allocate(V4_HEADER + length)
                .put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) (V4_HEADER + length))
                .putInt(0)
                .put((byte) HOP_LIMIT)
                .put((byte) PROTOCOL)
                .putShort((short) 0)
                .putInt((int) source.low())
                .putInt((int) destination.low());
        return out.putShort(10, checksum(Arrays.copyOf(out.array(), V4_HEADER)));
    }

    /** Of an IPv4 header, RFC 1071. */
    private static short checksum(byte[] header) {
        int sum = 0;
        for (int i = 0; i < header.length; i += 2) {
            sum += Byte.toUnsignedInt(header[i]) << 8 | Byte.toUnsignedInt(header[i + 1]);
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (short) ~((sum & 0xffff) + (sum >>> 16));
    }
}
