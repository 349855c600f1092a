package io.penstock.engine.offload;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Checks and accessors for a decrypted packet: the receive path of the protocol between "tag is right" and "write to the
 * TUN", and padding and ECN of the send path. Stateless. Addresses are in the packet's own byte order packed into an
 * {@code int} or two {@code long}s, as the allowed-IPs lookup takes them.
 */
public final class InnerPacket {
    private static final int ECN_MASK = 3;
    private static final int ECN_ECT_0 = 2;
    private static final int ECN_CE = 3;
    private static final int V6_ECN_SHIFT = 4; // ECN is bits 5 and 4 of byte 1

    /**
     * Checks the decrypted bytes and drops their padding.
     *
     * @return the length of the IP packet, at most {@code length}, or a negative {@link PacketFault#code()}
     */
    public static int trimmedLength(DirectBuffer buffer, int offset, int length) {
        if (length < Ip.V4_HEADER_LENGTH) {
            return PacketFault.TOO_SHORT.code();
        }
        int version = buffer.getByte(offset) >> 4 & 0xf;
        if (version == 4) {
            int total = Ip.u16(buffer, offset + Ip.V4_TOTAL_LENGTH);
            return total >= Ip.V4_HEADER_LENGTH && total <= length ? total : PacketFault.BAD_LENGTH.code();
        }
        if (version != 6) {
            return PacketFault.NOT_IP.code();
        }
        if (length < Ip.V6_HEADER_LENGTH) {
            return PacketFault.TOO_SHORT.code();
        }
        int total = Ip.V6_HEADER_LENGTH + Ip.u16(buffer, offset + Ip.V6_PAYLOAD_LENGTH);
        return total <= length ? total : PacketFault.BAD_LENGTH.code();
    }

    /** Whether the packet, which must have passed {@link #trimmedLength}, is IPv6. */
    public static boolean isV6(DirectBuffer buffer, int offset) {
        return (buffer.getByte(offset) & 0xf0) == 0x60;
    }

    /** Protocol of an IPv4 packet, or the next header of an IPv6 one. */
    public static int protocol(DirectBuffer buffer, int offset) {
        return buffer.getByte(offset + (isV6(buffer, offset) ? Ip.V6_NEXT_HEADER : Ip.V4_PROTOCOL)) & 0xff;
    }

    public static int source4(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset + Ip.V4_SOURCE, BIG_ENDIAN);
    }

    public static long sourceHigh(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + Ip.V6_SOURCE, BIG_ENDIAN);
    }

    public static long sourceLow(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + Ip.V6_SOURCE + 8, BIG_ENDIAN);
    }

    public static int destination4(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset + Ip.V4_DESTINATION, BIG_ENDIAN);
    }

    public static long destinationHigh(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + Ip.V6_DESTINATION, BIG_ENDIAN);
    }

    public static long destinationLow(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + Ip.V6_DESTINATION + 8, BIG_ENDIAN);
    }

    /** The two ECN bits of the traffic class: 0 not capable, 1 and 2 capable, 3 congestion experienced. */
    public static int ecn(DirectBuffer buffer, int offset) {
        int second = buffer.getByte(offset + 1);
        return isV6(buffer, offset) ? second >> V6_ECN_SHIFT & ECN_MASK : second & ECN_MASK;
    }

    /**
     * The ECN bits of the outer header for these of the inner one, as RFC 6040 in its normal mode wants: the same, but for
     * "congestion experienced", which the inner header keeps to itself, and which the path is to report anew.
     */
    public static int outerEcn(int inner) {
        return inner == ECN_CE ? ECN_ECT_0 : inner;
    }

    /**
     * Applies "congestion experienced" of the outer header: an ECN-capable packet gets CE (IPv4 with its header checksum), any
     * other stays as it is. The packet must have passed {@link #trimmedLength}.
     */
    public static void applyCongestion(MutableDirectBuffer buffer, int offset) {
        int ecn = ecn(buffer, offset);
        if (ecn == 0 || ecn == ECN_CE) {
            return;
        }
        if (isV6(buffer, offset)) {
            buffer.putByte(offset + 1, (byte) (buffer.getByte(offset + 1) | ECN_CE << V6_ECN_SHIFT));
            return;
        }
        int oldWord = Ip.u16(buffer, offset);
        int newWord = oldWord | ECN_CE;
        int checksum = Checksum.update(Ip.u16(buffer, offset + Ip.V4_CHECKSUM), oldWord, newWord);
        buffer.putShort(offset, (short) newWord, BIG_ENDIAN);
        buffer.putShort(offset + Ip.V4_CHECKSUM, (short) checksum, BIG_ENDIAN);
    }

    /**
     * Length of a packet to be sent after padding to a multiple of 16, which never goes beyond the tunnel's MTU (a longer packet
     * is padded as if it were cut into pieces of the MTU). {@code mtu} 0 means unknown: plain rounding up.
     */
    public static int paddedLength(int length, int mtu) {
        if (mtu <= 0) {
            return length + 15 & ~15;
        }
        int last = length > mtu ? length % mtu : length;
        return length + Math.min(mtu, last + 15 & ~15) - last;
    }

    private InnerPacket() {}
}
