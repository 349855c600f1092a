package io.penstock.engine.offload;

import static io.penstock.engine.offload.TestPacket.checksum;
import static io.penstock.engine.offload.TestPacket.put16;
import static io.penstock.engine.offload.TestPacket.put32;
import static io.penstock.engine.offload.TestPacket.transportChecksum;
import static io.penstock.engine.offload.TestPacket.u16;
import static io.penstock.engine.offload.TestPacket.u32;
import static io.penstock.engine.offload.TestPacket.u8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The splitting of one TUN read, copied byte by byte from the rules; the empty list stands for any fault. */
final class NaiveSplitter {
    static List<byte[]> split(byte[] read) {
        if (read.length < 10 + 20) {
            return List.of();
        }
        byte[] ip = trim(Arrays.copyOfRange(read, 10, read.length));
        if (ip.length == 0) {
            return List.of();
        }
        boolean v6 = u8(ip, 0) >> 4 == 6;
        int network = v6 ? 40 : (u8(ip, 0) & 15) * 4;
        boolean needsChecksum = (read[0] & 1) != 0;
        int type = read[1] & 0x7f;
        int gso = le16(read, 4);
        int start = le16(read, 6);
        int offset = le16(read, 8);
        if (type == 0) {
            return needsChecksum ? complete(ip, network, start, offset) : List.of(ip);
        }
        boolean tcp = type == 1 || type == 4;
        boolean known = (type == 1 && !v6) || (type == 4 && v6) || type == 5;
        int protocol = tcp ? 6 : 17;
        if (!needsChecksum) {
            start = network;
            offset = tcp ? 16 : 6;
        }
        if (!known || gso == 0 || offset != (tcp ? 16 : 6) || start < network || start + (tcp ? 20 : 8) > ip.length) {
            return List.of();
        }
        boolean direct = start == network;
        boolean wrongProtocol = direct && u8(ip, v6 ? 6 : 9) != protocol;
        boolean fragment = !v6 && (!direct || (u16(ip, 6) & 0x3fff) != 0);
        if (wrongProtocol || fragment) {
            return List.of();
        }
        int transport = tcp ? (u8(ip, start + 12) >> 4) * 4 : 8;
        int header = start + transport;
        if ((tcp && transport < 20) || header > ip.length) {
            return List.of();
        }
        return segments(ip, start, header, gso, tcp);
    }

    private static byte[] trim(byte[] ip) {
        int version = u8(ip, 0) >> 4;
        if (version == 4) {
            int total = u16(ip, 2);
            int header = (u8(ip, 0) & 15) * 4;
            return header >= 20 && total >= header && total <= ip.length ? Arrays.copyOf(ip, total) : new byte[0];
        }
        boolean whole = version == 6 && ip.length >= 40 && u16(ip, 4) + 40 <= ip.length;
        return whole ? Arrays.copyOf(ip, u16(ip, 4) + 40) : new byte[0];
    }

    private static List<byte[]> complete(byte[] ip, int network, int start, int offset) {
        if (start < network || start + offset + 2 > ip.length) {
            return List.of();
        }
        int checksum = checksum(ip, start, ip.length, 0);
        put16(ip, start + offset, offset == 6 && checksum == 0 ? 0xffff : checksum);
        return List.of(ip);
    }

    private static List<byte[]> segments(byte[] ip, int start, int header, int gso, boolean tcp) {
        boolean v6 = u8(ip, 0) >> 4 == 6;
        List<byte[]> segments = new ArrayList<>();
        for (int from = header, k = 0; from < ip.length || k == 0; from += gso, k++) {
            int to = Math.min(ip.length, from + gso);
            byte[] segment = Arrays.copyOf(ip, header + to - from);
            System.arraycopy(ip, from, segment, header, to - from);
            if (v6) {
                put16(segment, 4, segment.length - 40);
            } else {
                put16(segment, 2, segment.length);
                put16(segment, 4, u16(ip, 4) + k);
                put16(segment, 10, 0);
                put16(segment, 10, checksum(segment, 0, start, 0));
            }
            if (tcp) {
                put32(segment, start + 4, u32(ip, start + 4) + k * gso);
                segment[start + 13] &= (byte) (to < ip.length ? ~9 : ~0);
                segment[start + 13] &= (byte) (k > 0 ? ~0x80 : ~0);
                put16(segment, start + 16, 0);
                put16(segment, start + 16, transportChecksum(segment, start, 6));
            } else {
                put16(segment, start + 4, segment.length - start);
                put16(segment, start + 6, 0);
                int checksum = transportChecksum(segment, start, 17);
                put16(segment, start + 6, checksum == 0 ? 0xffff : checksum);
            }
            segments.add(segment);
        }
        return segments;
    }

    private static int le16(byte[] p, int at) {
        return u8(p, at) | u8(p, at + 1) << 8;
    }

    private NaiveSplitter() {}
}
