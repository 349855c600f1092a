package io.penstock.engine.filter;

import io.penstock.wireguard.IpText;
import java.nio.ByteBuffer;

/** IP packets as a filter reads them: headers only as right as it takes, without checksums. Slow and plain on purpose. */
final class FilterPacket {
    static final int SYN = 0x02;
    static final int ACK = 0x10;

    private FilterPacket() {}

    /** A packet of IPv4 or IPv6 around {@code payload}; addresses as text, of one family. */
    static byte[] ip(String source, String destination, int protocol, byte... payload) {
        return source.indexOf(':') < 0
                ? ip4(IpText.parse4(source), IpText.parse4(destination), protocol, 0, payload)
                : ip6(IpText.parse6(source), IpText.parse6(destination), protocol, payload);
    }

    /** @param fragment the 16 bits with flags and offset */
    static byte[] ip4(int source, int destination, int protocol, int fragment, byte... payload) {
        return ByteBuffer.allocate(20 + payload.length)
                .putShort((short) 0x4500)
                .putShort((short) (20 + payload.length))
                .putShort((short) 7)
                .putShort((short) fragment)
                .put((byte) 64)
                .put((byte) protocol)
                .putShort((short) 0)
                .putInt(source)
                .putInt(destination)
                .put(payload)
                .array();
    }

    static byte[] ip6(long[] source, long[] destination, int next, byte... payload) {
        return ByteBuffer.allocate(40 + payload.length)
                .putInt(0x60000000)
                .putShort((short) payload.length)
                .put((byte) next)
                .put((byte) 64)
                .putLong(source[0])
                .putLong(source[1])
                .putLong(destination[0])
                .putLong(destination[1])
                .put(payload)
                .array();
    }

    static byte[] tcp(String source, String destination, int sourcePort, int destinationPort, int flags) {
        return ip(source, destination, 6, tcpHeader(sourcePort, destinationPort, flags));
    }

    static byte[] udp(String source, String destination, int sourcePort, int destinationPort) {
        return ip(source, destination, 17, udpHeader(sourcePort, destinationPort));
    }

    static byte[] sctp(String source, String destination, int sourcePort, int destinationPort) {
        byte[] header = ByteBuffer.allocate(12)
                .putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .array();
        return ip(source, destination, 132, header);
    }

    static byte[] tcpHeader(int sourcePort, int destinationPort, int flags) {
        return ByteBuffer.allocate(20)
                .putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putInt(1)
                .putInt(1)
                .put((byte) 0x50)
                .put((byte) flags)
                .array();
    }

    static byte[] udpHeader(int sourcePort, int destinationPort) {
        return ByteBuffer.allocate(8)
                .putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putShort((short) 8)
                .array();
    }

    /** A message of ICMP of the family's own. */
    static byte[] icmp(String source, String destination, int type, int code, byte... body) {
        byte[] message = ByteBuffer.allocate(8 + body.length)
                .put((byte) type)
                .put((byte) code)
                .position(8)
                .put(body)
                .array();
        return ip(source, destination, source.indexOf(':') < 0 ? 1 : 58, message);
    }

    /** A fragment of IPv4, its offset in units of 8 bytes. */
    static byte[] fragment4(
            String source, String destination, int protocol, int offset, boolean more, byte... payload) {
        int word = offset | (more ? 0x2000 : 0);
        return ip4(IpText.parse4(source), IpText.parse4(destination), protocol, word, payload);
    }

    /** A fragment of IPv6, its offset in units of 8 bytes. */
    static byte[] fragment6(
            String source, String destination, int protocol, int offset, boolean more, byte... payload) {
        return ip(source, destination, 44, fragmentHeader(protocol, offset, more, payload));
    }

    static byte[] fragmentHeader(int protocol, int offset, boolean more, byte... payload) {
        return ByteBuffer.allocate(8 + payload.length)
                .put((byte) protocol)
                .put((byte) 0)
                .putShort((short) (offset << 3 | (more ? 1 : 0)))
                .putInt(99)
                .put(payload)
                .array();
    }

    /** An extension header of {@code 8 * (units + 1)} bytes and what follows. */
    static byte[] extension(int next, int units, int fourth, byte... rest) {
        int length = 8 * (units + 1);
        return ByteBuffer.allocate(length + rest.length)
                .put((byte) next)
                .put((byte) units)
                .put((byte) 0)
                .put((byte) fourth)
                .position(length)
                .put(rest)
                .array();
    }
}
