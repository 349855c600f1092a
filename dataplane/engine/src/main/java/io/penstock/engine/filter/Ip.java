package io.penstock.engine.filter;

/** Numbers of the headers that the filter reads (RFC 791, 8200, 9293, 768, 9260, 792, 4443, 4302). */
final class Ip {
    static final int V4_HEADER_LENGTH = 20;
    static final int V4_PROTOCOL = 9;
    static final int V4_FRAGMENT = 6; // u16: reserved, DF, MF, 13 bits of offset
    static final int V4_MORE_FRAGMENTS = 0x2000;
    static final int V4_FRAGMENT_OFFSET = 0x1fff;
    static final int V4_SOURCE = 12;
    static final int V4_DESTINATION = 16;

    static final int V6_HEADER_LENGTH = 40;
    static final int V6_NEXT_HEADER = 6;
    static final int V6_SOURCE = 8;
    static final int V6_DESTINATION = 24;

    static final int HOP_BY_HOP = 0;
    static final int ICMP4 = 1;
    static final int IGMP = 2;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int ROUTING = 43;
    static final int FRAGMENT = 44;
    static final int AUTHENTICATION = 51;
    static final int ICMP6 = 58;
    static final int DESTINATION_OPTIONS = 60;

    /** Tailscale's own messages between nodes. */
    static final int TSMP = 99;

    static final int SCTP = 132;

    static final int TCP_FLAGS = 13;
    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int ACK = 0x10;

    private Ip() {}
}
