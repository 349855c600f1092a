package io.penstock.engine.offload;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;

/** Offsets and constants of IPv4, IPv6, TCP and UDP headers (RFC 791, 8200, 9293, 768), and reads of a 16-bit field. */
final class Ip {
    static final int V4_HEADER_LENGTH = 20;
    static final int V4_TRAFFIC_CLASS = 1;
    static final int V4_TOTAL_LENGTH = 2;
    static final int V4_IDENTIFICATION = 4;
    static final int V4_FRAGMENT = 6; // u16: reserved, DF, MF, 13 bits of offset
    static final int V4_FRAGMENTED = 0x3fff; // MF and offset
    static final int V4_TTL = 8;
    static final int V4_PROTOCOL = 9;
    static final int V4_CHECKSUM = 10;
    static final int V4_SOURCE = 12;
    static final int V4_DESTINATION = 16;

    static final int V6_HEADER_LENGTH = 40;
    static final int V6_PAYLOAD_LENGTH = 4;
    static final int V6_NEXT_HEADER = 6;
    static final int V6_HOP_LIMIT = 7;
    static final int V6_SOURCE = 8;
    static final int V6_DESTINATION = 24;

    static final int TCP = 6;
    static final int UDP = 17;

    static final int TCP_SEQUENCE = 4;
    static final int TCP_ACKNOWLEDGEMENT = 8;
    static final int TCP_DATA_OFFSET = 12; // u8: header words in the high nibble
    static final int TCP_FLAGS = 13;
    static final int TCP_WINDOW = 14;
    static final int TCP_CHECKSUM = 16;
    static final int TCP_URGENT = 18;
    static final int TCP_HEADER_LENGTH = 20;
    static final int TCP_FIN = 0x01;
    static final int TCP_PSH = 0x08;
    static final int TCP_ACK = 0x10;
    static final int TCP_CWR = 0x80;

    static final int UDP_LENGTH = 4;
    static final int UDP_CHECKSUM = 6;
    static final int UDP_HEADER_LENGTH = 8;

    /** The largest IP packet that this package makes. */
    static final int MAX_LENGTH = 65_535;

    static int u16(DirectBuffer buffer, int offset) {
        return buffer.getShort(offset, BIG_ENDIAN) & 0xffff;
    }

    private Ip() {}
}
