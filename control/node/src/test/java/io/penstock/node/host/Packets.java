package io.penstock.node.host;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/** IPv4 packets for a TUN device. */
final class Packets {
    static final int PROTOCOL_OFFSET = 9;
    static final int IPV4_LENGTH = 20;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int SYN = 2;

    private static final int SOURCE_OFFSET = 12;
    private static final int DESTINATION_OFFSET = 16;

    private Packets() {}

    /** The option of a segment: kind 2, length 4. */
    static int segment(ByteBuffer packet) {
        int end = IPV4_LENGTH + (packet.get(IPV4_LENGTH + 12) >> 4 & 15) * 4;
        int at = IPV4_LENGTH + 20;
        while (at < end && packet.get(at) != 0) {
            if (packet.get(at) == 2) {
                return Short.toUnsignedInt(packet.getShort(at + 2));
            }
            at += packet.get(at) == 1 ? 1 : packet.get(at + 1);
        }
        throw new AssertionError("no maximum segment size");
    }

    static byte[] udp(String from, String to, int port) {
        byte[] bytes = ipv4(from, to, UDP, 12);
        ByteBuffer packet = ByteBuffer.wrap(bytes);
        packet.putShort(IPV4_LENGTH, (short) 4000).putShort(IPV4_LENGTH + 2, (short) port);
        packet.putShort(IPV4_LENGTH + 4, (short) 12); // and no checksum
        return bytes;
    }

    static byte[] syn(String from, String to, int port, int segment) {
        byte[] bytes = ipv4(from, to, TCP, 24);
        ByteBuffer packet = ByteBuffer.wrap(bytes);
        int at = IPV4_LENGTH;
        packet.putShort(at, (short) (5000 + segment))
                .putShort(at + 2, (short) port)
                .putInt(at + 4, 1);
        packet.put(at + 12, (byte) 0x60).put(at + 13, (byte) SYN).putShort(at + 14, (short) 8192);
        packet.putInt(at + 20, 2 << 24 | 4 << 16 | segment);
        long pseudo = sum(packet, SOURCE_OFFSET, 8) + TCP + 24;
        packet.putShort(at + 16, fold(pseudo + sum(packet, at, 24)));
        return bytes;
    }

    private static byte[] ipv4(String from, String to, int protocol, int payloadLength) {
        byte[] bytes = new byte[IPV4_LENGTH + payloadLength];
        ByteBuffer packet = ByteBuffer.wrap(bytes);
        packet.put(0, (byte) 0x45).putShort(2, (short) packet.capacity()).put(8, (byte) 64);
        packet.put(PROTOCOL_OFFSET, (byte) protocol);
        packet.put(SOURCE_OFFSET, InetAddress.ofLiteral(from).getAddress());
        packet.put(DESTINATION_OFFSET, InetAddress.ofLiteral(to).getAddress());
        packet.putShort(10, fold(sum(packet, 0, IPV4_LENGTH)));
        return bytes;
    }

    private static long sum(ByteBuffer packet, int offset, int length) {
        long sum = 0;
        for (int i = 0; i < length; i += 2) {
            sum += Short.toUnsignedInt(packet.getShort(offset + i));
        }
        return sum;
    }

    private static short fold(long sum) {
        long folded = sum;
        while (folded > 0xffff) {
            folded = (folded >>> 16) + (folded & 0xffff);
        }
        return (short) ~folded;
    }
}
