package io.penstock.engine.offload;

import java.util.Arrays;
import java.util.Random;

/** Builds inner packets as byte arrays, slowly and with checksums of its own. */
final class TestPacket {
    boolean v6;
    int protocol = 6;
    int flow = 1;
    int trafficClass;
    int ttl = 64;
    int id = 1;
    int fragment = 0x4000;
    int ipOptions; // bytes, multiple of 4; in IPv6 the bytes of a destination-options header, multiple of 8
    int sequence = 1000;
    int acknowledgement = 77;
    int flags = 0x10;
    int window = 512;
    int tcpOptions; // bytes, multiple of 4
    int optionByte = 1;
    byte[] payload = new byte[0];

    TestPacket v6(boolean v6) {
        this.v6 = v6;
        return this;
    }

    TestPacket udp() {
        protocol = 17;
        return this;
    }

    TestPacket payload(int length, int seed) {
        payload = new byte[length];
        new Random(seed).nextBytes(payload);
        return this;
    }

    int networkLength() {
        return (v6 ? 40 : 20) + ipOptions;
    }

    int transportLength() {
        return switch (protocol) {
            case 6 -> 20 + tcpOptions;
            case 17 -> 8;
            default -> 0;
        };
    }

    /** The finished packet. */
    byte[] build() {
        byte[] p = new byte[networkLength() + transportLength() + payload.length];
        System.arraycopy(payload, 0, p, p.length - payload.length, payload.length);
        if (v6) {
            put16(p, 0, 0x6000 | trafficClass << 4);
            put16(p, 4, p.length - 40);
            p[6] = (byte) (ipOptions > 0 ? 60 : protocol);
            p[7] = (byte) ttl;
            fillAddresses(p, 8, 32);
            if (ipOptions > 0) {
                p[40] = (byte) protocol;
                p[41] = (byte) (ipOptions / 8 - 1);
                p[42] = 1; // PadN over the rest
                p[43] = (byte) (ipOptions - 4);
            }
        } else {
            p[0] = (byte) (0x45 + ipOptions / 4);
            p[1] = (byte) trafficClass;
            put16(p, 2, p.length);
            put16(p, 4, id);
            put16(p, 6, fragment);
            p[8] = (byte) ttl;
            p[9] = (byte) protocol;
            fillAddresses(p, 12, 8);
            Arrays.fill(p, 20, 20 + ipOptions, (byte) 1);
            put16(p, 10, checksum(p, 0, networkLength(), 0));
        }
        buildTransport(p, networkLength());
        return p;
    }

    private void buildTransport(byte[] p, int t) {
        if (protocol == 6 || protocol == 17) {
            put16(p, t, 40_000 + flow);
            put16(p, t + 2, 443);
        }
        if (protocol == 6) {
            put32(p, t + 4, sequence);
            put32(p, t + 8, acknowledgement);
            put16(p, t + 12, ((20 + tcpOptions) / 4) << 12 | flags);
            put16(p, t + 14, window);
            Arrays.fill(p, t + 20, t + 20 + tcpOptions, (byte) optionByte);
            put16(p, t + 16, transportChecksum(p, t, 6));
        } else if (protocol == 17) {
            put16(p, t + 4, p.length - t);
            int checksum = transportChecksum(p, t, 17);
            put16(p, t + 6, checksum == 0 ? 0xffff : checksum);
        }
    }

    private void fillAddresses(byte[] p, int from, int length) {
        for (int i = from; i < from + length; i++) {
            p[i] = (byte) (i * 7 + (i == from + length - 1 ? flow : 0));
        }
    }

    /** Internet checksum over a range plus a start value, one byte pair at a time with end-around carry. */
    static int checksum(byte[] p, int from, int to, int start) {
        int sum = start;
        for (int i = from; i < to; i += 2) {
            sum += u8(p, i) << 8 | (i + 1 < to ? u8(p, i + 1) : 0);
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return ~sum & 0xffff;
    }

    static int pseudoSum(byte[] p, int protocol, int transportLength) {
        boolean v6 = u8(p, 0) >> 4 == 6;
        int from = v6 ? 8 : 12;
        int to = from + (v6 ? 32 : 8);
        int sum = ~checksum(p, from, to, protocol) & 0xffff;
        sum += transportLength;
        return (sum & 0xffff) + (sum >>> 16);
    }

    static int transportChecksum(byte[] p, int transport, int protocol) {
        return checksum(p, transport, p.length, pseudoSum(p, protocol, p.length - transport));
    }

    /** Whether lengths and all checksums of a finished TCP or UDP packet are right. */
    static boolean isSound(byte[] p, int transport, int protocol) {
        boolean v6 = u8(p, 0) >> 4 == 6;
        boolean lengths = v6 ? u16(p, 4) + 40 == p.length : u16(p, 2) == p.length;
        boolean header = v6 || checksum(p, 0, (u8(p, 0) & 15) * 4, 0) == 0;
        boolean udp = protocol != 17 || (u16(p, transport + 4) == p.length - transport && u16(p, transport + 6) != 0);
        return lengths && header && udp && transportChecksum(p, transport, protocol) == 0;
    }

    static int u8(byte[] p, int at) {
        return p[at] & 0xff;
    }

    static int u16(byte[] p, int at) {
        return u8(p, at) << 8 | u8(p, at + 1);
    }

    static int u32(byte[] p, int at) {
        return u16(p, at) << 16 | u16(p, at + 2);
    }

    static void put16(byte[] p, int at, int value) {
        p[at] = (byte) (value >> 8);
        p[at + 1] = (byte) value;
    }

    static void put32(byte[] p, int at, int value) {
        put16(p, at, value >>> 16);
        put16(p, at + 2, value);
    }

    /** A virtio header, little-endian host order, before a packet. */
    static byte[] read(int flags, int gsoType, int headerLength, int gsoSize, int start, int offset, byte[] packet) {
        byte[] read = new byte[10 + packet.length];
        read[0] = (byte) flags;
        read[1] = (byte) gsoType;
        int[] words = {headerLength, gsoSize, start, offset};
        for (int i = 0; i < 4; i++) {
            read[2 + 2 * i] = (byte) words[i];
            read[3 + 2 * i] = (byte) (words[i] >> 8);
        }
        System.arraycopy(packet, 0, read, 10, packet.length);
        return read;
    }

    /** The packet as the stack hands it to a device that computes checksums: the field holds the pseudo header sum. */
    byte[] partial() {
        byte[] p = build();
        int t = networkLength();
        put16(p, t + checksumOffset(), pseudoSum(p, protocol, p.length - t));
        return p;
    }

    int checksumOffset() {
        return protocol == 6 ? 16 : 6;
    }

    /** The packet as one TUN read to be split by {@code gsoSize}; 0: only the checksum is missing. */
    byte[] superRead(int gsoSize) {
        int tcpType = v6 ? 4 : 1;
        int type = protocol == 6 ? tcpType : 5;
        return read(1, gsoSize == 0 ? 0 : type, 9999, gsoSize, networkLength(), checksumOffset(), partial());
    }
}
