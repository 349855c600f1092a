package io.penstock.engine.lane;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Packets as a TUN device hands them over, virtio header included. Slow and plain on purpose. */
final class Packets {
    static final int VNET = 10; // bytes of the virtio header

    /** A UDP datagram in IPv4 whose checksums are all there. */
    static byte[] udp4(int source, int destination, byte[] payload) {
        ByteBuffer packet = ByteBuffer.allocate(VNET + 28 + payload.length);
        packet.position(VNET);
        packet.put((byte) 0x45).put((byte) 0).putShort((short) (28 + payload.length));
        packet.putShort((short) 7)
                .putShort((short) 0x4000)
                .put((byte) 64)
                .put((byte) 17)
                .putShort((short) 0);
        packet.putInt(source).putInt(destination);
        packet.putShort((short) 4000).putShort((short) 5000);
        packet.putShort((short) (8 + payload.length)).putShort((short) 0).put(payload);
        packet.putShort(VNET + 10, (short) ~sum(packet, VNET, 20, 0));
        int pseudo = sum(packet, VNET + 12, 8, 17 + 8 + payload.length);
        packet.putShort(VNET + 26, (short) ~sum(packet, VNET + 20, 8 + payload.length, pseudo));
        return packet.array();
    }

    /** Gives an IPv4 packet another TOS byte, with the checksum for it. */
    static byte[] withTrafficClass(byte[] headerAndPacket, int trafficClass) {
        ByteBuffer packet = ByteBuffer.wrap(headerAndPacket.clone());
        packet.put(VNET + 1, (byte) trafficClass).putShort(VNET + 10, (short) 0);
        packet.putShort(VNET + 10, (short) ~sum(packet, VNET, 20, 0));
        return packet.array();
    }

    /** Gives an IPv4 packet another hop limit, with the checksum for it. */
    static byte[] withHopLimit(byte[] headerAndPacket, int hopLimit) {
        ByteBuffer packet = ByteBuffer.wrap(headerAndPacket.clone());
        packet.put(VNET + 8, (byte) hopLimit).putShort(VNET + 10, (short) 0);
        packet.putShort(VNET + 10, (short) ~sum(packet, VNET, 20, 0));
        return packet.array();
    }

    /** Gives an IPv4 packet another protocol, with the checksum for it. */
    static byte[] withProtocol(byte[] headerAndPacket, int protocol) {
        ByteBuffer packet = ByteBuffer.wrap(headerAndPacket.clone());
        packet.put(VNET + 9, (byte) protocol).putShort(VNET + 10, (short) 0);
        packet.putShort(VNET + 10, (short) ~sum(packet, VNET, 20, 0));
        return packet.array();
    }

    /** A TCP superpacket in IPv4, to be cut at {@code gsoSize}; the checksum field holds the pseudo header's sum. */
    static byte[] tcpSuperpacket4(int source, int destination, int sequence, byte[] payload, int gsoSize) {
        ByteBuffer packet = ByteBuffer.allocate(VNET + 40 + payload.length);
        packet.order(java.nio.ByteOrder.nativeOrder());
        packet.put((byte) 1).put((byte) 1).putShort((short) 40).putShort((short) gsoSize);
        packet.putShort((short) 20).putShort((short) 16);
        packet.order(java.nio.ByteOrder.BIG_ENDIAN);
        packet.put((byte) 0x45).put((byte) 0).putShort((short) (40 + payload.length));
        packet.putShort((short) 9)
                .putShort((short) 0x4000)
                .put((byte) 64)
                .put((byte) 6)
                .putShort((short) 0);
        packet.putInt(source).putInt(destination);
        packet.putShort((short) 4000).putShort((short) 5000).putInt(sequence).putInt(1);
        packet.put((byte) 0x50)
                .put((byte) 0x10)
                .putShort((short) 500)
                .putShort((short) 0)
                .putShort((short) 0);
        packet.put(payload);
        packet.putShort(VNET + 10, (short) ~sum(packet, VNET, 20, 0));
        packet.putShort(VNET + 36, (short) sum(packet, VNET + 12, 8, 6 + 20 + payload.length));
        return packet.array();
    }

    /** A TCP segment in IPv4 whose checksums are all there. */
    static byte[] tcp4(int source, int destination, int sequence, byte[] payload) {
        byte[] bytes = tcpSuperpacket4(source, destination, sequence, payload, payload.length);
        ByteBuffer packet = ByteBuffer.wrap(bytes);
        packet.putLong(0, 0).putShort(8, (short) 0); // complete, so the virtio header is empty
        packet.putShort(VNET + 36, (short) 0);
        int pseudo = sum(packet, VNET + 12, 8, 6 + 20 + payload.length);
        packet.putShort(VNET + 36, (short) ~sum(packet, VNET + 20, 20 + payload.length, pseudo));
        return bytes;
    }

    /** The TCP payload of a write, merged or not. */
    static byte[] tcpPayload(byte[] written) {
        return Arrays.copyOfRange(written, VNET + 40, written.length);
    }

    static byte[] withoutHeader(byte[] headerAndPacket) {
        return Arrays.copyOfRange(headerAndPacket, VNET, headerAndPacket.length);
    }

    private static int sum(ByteBuffer buffer, int offset, int length, int start) {
        int sum = start;
        for (int i = 0; i < length; i++) {
            int b = buffer.get(offset + i) & 0xff;
            sum += (i & 1) == 0 ? b << 8 : b;
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return sum;
    }

    private Packets() {}
}
