package io.penstock.sim;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.penstock.wireguard.route.Prefix;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** The IP packets inside the tunnel: a header, the number by which the world knows the packet, and content to compare. */
final class Inner {
    /** An address of either family; an IPv4 one is in the low 32 bits of {@code low}. */
    record Address(boolean isV6, long high, long low) {
        boolean isIn(Prefix prefix) {
            return isV6 ? prefix.contains6(high, low) : prefix.contains4((int) low);
        }
    }

    private static final int V4_HEADER = 20;
    private static final int V6_HEADER = 40;

    private Inner() {}

    static byte[] build(Address source, Address destination, long id, int contentLength) {
        int header = source.isV6 ? V6_HEADER : V4_HEADER;
        byte[] packet = new byte[header + Long.BYTES + contentLength];
        Arrays.fill(packet, header + Long.BYTES, packet.length, (byte) id);
        UnsafeBuffer view = new UnsafeBuffer(packet);
        view.putLong(header, id, BIG_ENDIAN);
        if (source.isV6) {
            view.putByte(0, (byte) 0x60);
            view.putShort(4, (short) (packet.length - header), BIG_ENDIAN);
            view.putLong(8, source.high, BIG_ENDIAN);
            view.putLong(16, source.low, BIG_ENDIAN);
            view.putLong(24, destination.high, BIG_ENDIAN);
            view.putLong(32, destination.low, BIG_ENDIAN);
        } else {
            view.putByte(0, (byte) 0x45);
            view.putShort(2, (short) packet.length, BIG_ENDIAN);
            view.putInt(12, (int) source.low, BIG_ENDIAN);
            view.putInt(16, (int) destination.low, BIG_ENDIAN);
        }
        return packet;
    }

    /** The packet without its padding, or null if it is none. */
    static byte @Nullable [] trim(byte[] plaintext) {
        UnsafeBuffer view = new UnsafeBuffer(plaintext);
        int version = plaintext.length < V4_HEADER ? 0 : plaintext[0] >> 4 & 0xf;
        int total =
                switch (version) {
                    case 4 -> view.getShort(2, BIG_ENDIAN) & 0xffff;
                    case 6 -> plaintext.length < V6_HEADER ? -1 : V6_HEADER + (view.getShort(4, BIG_ENDIAN) & 0xffff);
                    default -> -1;
                };
        return total < V4_HEADER || total > plaintext.length ? null : Arrays.copyOf(plaintext, total);
    }

    static boolean isV6(byte[] packet) {
        return packet[0] >> 4 == 6;
    }

    static Address source(byte[] packet) {
        return address(packet, isV6(packet) ? 8 : 12);
    }

    static Address destination(byte[] packet) {
        return address(packet, isV6(packet) ? 24 : 16);
    }

    static long id(byte[] packet) {
        return new UnsafeBuffer(packet).getLong(isV6(packet) ? V6_HEADER : V4_HEADER, BIG_ENDIAN);
    }

    private static Address address(byte[] packet, int offset) {
        UnsafeBuffer view = new UnsafeBuffer(packet);
        return isV6(packet)
                ? new Address(true, view.getLong(offset, BIG_ENDIAN), view.getLong(offset + 8, BIG_ENDIAN))
                : new Address(false, 0, Integer.toUnsignedLong(view.getInt(offset, BIG_ENDIAN)));
    }
}
