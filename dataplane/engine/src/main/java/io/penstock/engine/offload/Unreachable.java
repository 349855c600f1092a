package io.penstock.engine.offload;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.MutableDirectBuffer;

/**
 * The answer to a packet that no peer owns: "host unreachable" of ICMP (RFC 792) or "address unreachable" of ICMPv6 (RFC 4443,
 * section 3.1), with as much of the packet as belongs in it. It comes from the address that is not reached: the routes lead
 * there through this device, so that every check of the reverse path lets it pass, and a host that has translated the packet's
 * addresses knows which one is meant. Stateless.
 */
public final class Unreachable {
    /** Longest answer in bytes: the shortest MTU of IPv6. */
    public static final int MAX_LENGTH = 1280;

    private static final int MAX_LENGTH4 = 576; // RFC 1812, section 4.3.2.3
    private static final int ICMP_HEADER_LENGTH = 8;
    private static final int ICMP_CHECKSUM = 2;
    private static final int ICMP = 1;
    private static final int ICMP6 = 58;
    private static final int HOPS = 64;
    private static final int DESTINATION_UNREACHABLE4 = 3 << 8 | 1; // type and code: host
    private static final int DESTINATION_UNREACHABLE6 = 1 << 8 | 3; // address
    private static final int FRAGMENT_OFFSET4 = 0x1fff;
    private static final int QUERIES6 = 128; // ICMPv6 types from here on are no errors
    private static final int LOOPBACK_NETWORK = 127;
    private static final int MULTICAST4 = 224;

    private Unreachable() {}

    /**
     * Writes the answer.
     *
     * @param offset of a packet that has passed {@link InnerPacket#trimmedLength}
     * @param length bytes that are there
     * @param at where the answer goes; {@link #MAX_LENGTH} bytes are free there
     * @return its length, or 0 for a packet that is not to be answered (RFC 1122, section 3.2.2; RFC 4443, section 2.4)
     */
    public static int answer(MutableDirectBuffer buffer, int offset, int length, int at) {
        if (InnerPacket.isV6(buffer, offset)) {
            return mayAnswer6(buffer, offset, length) ? answer6(buffer, offset, length, at) : 0;
        }
        return mayAnswer4(buffer, offset, length) ? answer4(buffer, offset, length, at) : 0;
    }

    private static boolean mayAnswer4(MutableDirectBuffer buffer, int offset, int length) {
        int header = (buffer.getByte(offset) & 0xf) << 2;
        boolean isLaterFragment = (Ip.u16(buffer, offset + Ip.V4_FRAGMENT) & FRAGMENT_OFFSET4) != 0;
        if (isLaterFragment
                || length < header + ICMP_HEADER_LENGTH
                || !isHost4(buffer.getByte(offset + Ip.V4_SOURCE))
                || !isHost4(buffer.getByte(offset + Ip.V4_DESTINATION))) {
            return false;
        }
        if (buffer.getByte(offset + Ip.V4_PROTOCOL) != ICMP) {
            return true;
        }
        int type = buffer.getByte(offset + header) & 0xff;
        return type == 0 || type == 8 || type >= 13; // echo, timestamps and the like, no errors
    }

    private static boolean isHost4(byte first) {
        int network = first & 0xff;
        return network != 0 && network != LOOPBACK_NETWORK && network < MULTICAST4;
    }

    private static boolean mayAnswer6(MutableDirectBuffer buffer, int offset, int length) {
        int next = buffer.getByte(offset + Ip.V6_NEXT_HEADER);
        if (length < Ip.V6_HEADER_LENGTH + ICMP_HEADER_LENGTH
                || !isHost6(buffer, offset + Ip.V6_SOURCE)
                || !isHost6(buffer, offset + Ip.V6_DESTINATION)) {
            return false;
        }
        if (next == ICMP6) {
            return (buffer.getByte(offset + Ip.V6_HEADER_LENGTH) & 0xff) >= QUERIES6;
        }
        return next == Ip.TCP || next == Ip.UDP; // behind another header there may be an error or a later fragment
    }

    /** Neither multicast nor unspecified. */
    private static boolean isHost6(MutableDirectBuffer buffer, int address) {
        return buffer.getByte(address) != (byte) 0xff
                && (buffer.getLong(address, BIG_ENDIAN) | buffer.getLong(address + 8, BIG_ENDIAN)) != 0;
    }

    private static int answer4(MutableDirectBuffer buffer, int offset, int length, int at) {
        int icmp = at + Ip.V4_HEADER_LENGTH;
        int quoted = Math.min(length, MAX_LENGTH4 - Ip.V4_HEADER_LENGTH - ICMP_HEADER_LENGTH);
        int total = Ip.V4_HEADER_LENGTH + ICMP_HEADER_LENGTH + quoted;
        buffer.setMemory(at, Ip.V4_HEADER_LENGTH + ICMP_HEADER_LENGTH, (byte) 0);
        buffer.putByte(at, (byte) 0x45);
        buffer.putShort(at + Ip.V4_TOTAL_LENGTH, (short) total, BIG_ENDIAN);
        buffer.putByte(at + Ip.V4_TTL, (byte) HOPS);
        buffer.putByte(at + Ip.V4_PROTOCOL, (byte) ICMP);
        buffer.putInt(at + Ip.V4_SOURCE, InnerPacket.destination4(buffer, offset), BIG_ENDIAN);
        buffer.putInt(at + Ip.V4_DESTINATION, InnerPacket.source4(buffer, offset), BIG_ENDIAN);
        int sum = Checksum.sum(buffer, at, Ip.V4_HEADER_LENGTH);
        buffer.putShort(at + Ip.V4_CHECKSUM, (short) Checksum.finish(sum), BIG_ENDIAN);

        buffer.putShort(icmp, (short) DESTINATION_UNREACHABLE4, BIG_ENDIAN);
        buffer.putBytes(icmp + ICMP_HEADER_LENGTH, buffer, offset, quoted);
        sum = Checksum.sum(buffer, icmp, ICMP_HEADER_LENGTH + quoted);
        buffer.putShort(icmp + ICMP_CHECKSUM, (short) Checksum.finish(sum), BIG_ENDIAN);
        return total;
    }

    private static int answer6(MutableDirectBuffer buffer, int offset, int length, int at) {
        int icmp = at + Ip.V6_HEADER_LENGTH;
        int quoted = Math.min(length, MAX_LENGTH - Ip.V6_HEADER_LENGTH - ICMP_HEADER_LENGTH);
        buffer.setMemory(at, Ip.V6_HEADER_LENGTH + ICMP_HEADER_LENGTH, (byte) 0);
        buffer.putByte(at, (byte) 0x60);
        buffer.putShort(at + Ip.V6_PAYLOAD_LENGTH, (short) (ICMP_HEADER_LENGTH + quoted), BIG_ENDIAN);
        buffer.putByte(at + Ip.V6_NEXT_HEADER, (byte) ICMP6);
        buffer.putByte(at + Ip.V6_HOP_LIMIT, (byte) HOPS);
        buffer.putBytes(at + Ip.V6_SOURCE, buffer, offset + Ip.V6_DESTINATION, 16);
        buffer.putBytes(at + Ip.V6_DESTINATION, buffer, offset + Ip.V6_SOURCE, 16);

        buffer.putShort(icmp, (short) DESTINATION_UNREACHABLE6, BIG_ENDIAN);
        buffer.putBytes(icmp + ICMP_HEADER_LENGTH, buffer, offset, quoted);
        long sum = Checksum.pseudo6(buffer, at, ICMP6, ICMP_HEADER_LENGTH + quoted)
                + Checksum.sum(buffer, icmp, ICMP_HEADER_LENGTH + quoted);
        buffer.putShort(icmp + ICMP_CHECKSUM, (short) Checksum.finish(sum), BIG_ENDIAN);
        return Ip.V6_HEADER_LENGTH + ICMP_HEADER_LENGTH + quoted;
    }
}
