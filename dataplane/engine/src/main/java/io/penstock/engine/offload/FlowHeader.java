package io.penstock.engine.offload;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the {@link Coalescer} has to know of one packet: its flow, whether it could be merged at all, and comparisons with the
 * packet that leads an item. A flyweight over the packet of the last {@link #read}; the packet has passed
 * {@link InnerPacket#trimmedLength}.
 */
final class FlowHeader {
    /** What order a packet has to keep with others. */
    enum Kind {
        TCP,
        UDP,
        /** TCP or UDP in an uncommon wrapping (fragment, options, extension headers): ordered with all of its address pair. */
        ODD,
        /** Ordered with nothing that is ever merged. */
        OTHER
    }

    private static final int PLAIN_ACK_MASK = 0x0fff & ~Ip.TCP_PSH; // reserved bits and flags of the data offset word

    private UnsafeBuffer slab = new UnsafeBuffer(0, 0);
    int offset;
    int length;
    Kind kind = Kind.OTHER;
    boolean v6;
    boolean mergeable;
    boolean pushes;
    int transportOffset; // from the packet's first byte
    int headerLength; // network and transport
    int payloadLength;
    int sequence;

    void read(UnsafeBuffer slab, int offset, int length) {
        this.slab = slab;
        this.offset = offset;
        this.length = length;
        mergeable = false;
        pushes = false;
        v6 = InnerPacket.isV6(slab, offset);
        kind = v6 ? networkKind6() : networkKind4();
        if (kind == Kind.TCP) {
            readTcp();
        } else if (kind == Kind.UDP) {
            readUdp();
        }
    }

    private Kind networkKind4() {
        int protocol = slab.getByte(offset + Ip.V4_PROTOCOL) & 0xff;
        if (protocol != Ip.TCP && protocol != Ip.UDP) {
            return Kind.OTHER;
        }
        transportOffset = Ip.V4_HEADER_LENGTH;
        boolean common = slab.getByte(offset) == 0x45
                && (Ip.u16(slab, offset + Ip.V4_FRAGMENT) & Ip.V4_FRAGMENTED) == 0
                && Ip.u16(slab, offset + Ip.V4_TOTAL_LENGTH) == length;
        return common ? transport(protocol) : Kind.ODD;
    }

    private Kind networkKind6() {
        int protocol = slab.getByte(offset + Ip.V6_NEXT_HEADER) & 0xff;
        transportOffset = Ip.V6_HEADER_LENGTH;
        boolean whole = Ip.u16(slab, offset + Ip.V6_PAYLOAD_LENGTH) + Ip.V6_HEADER_LENGTH == length;
        return switch (protocol) {
            case Ip.TCP, Ip.UDP -> whole ? transport(protocol) : Kind.ODD;
            case 0, 43, 44, 51, 60, 135, 139, 140 -> Kind.ODD; // extension headers, TCP or UDP may follow
            default -> Kind.OTHER;
        };
    }

    private Kind transport(int protocol) {
        int shortest = protocol == Ip.TCP ? Ip.TCP_HEADER_LENGTH : Ip.UDP_HEADER_LENGTH;
        if (transportOffset + shortest > length) {
            return Kind.ODD;
        }
        return protocol == Ip.TCP ? Kind.TCP : Kind.UDP;
    }

    private void readTcp() {
        int transport = offset + transportOffset;
        int word = Ip.u16(slab, transport + Ip.TCP_DATA_OFFSET);
        int tcpLength = (word >>> 12) << 2;
        headerLength = transportOffset + tcpLength;
        payloadLength = length - headerLength;
        sequence = slab.getInt(transport + Ip.TCP_SEQUENCE, BIG_ENDIAN);
        pushes = (word & Ip.TCP_PSH) != 0;
        mergeable = tcpLength >= Ip.TCP_HEADER_LENGTH && payloadLength > 0 && (word & PLAIN_ACK_MASK) == Ip.TCP_ACK;
    }

    private void readUdp() {
        int transport = offset + transportOffset;
        headerLength = transportOffset + Ip.UDP_HEADER_LENGTH;
        payloadLength = length - headerLength;
        // A datagram without a checksum stays alone: cut out of a superpacket it would come with one.
        mergeable = payloadLength > 0
                && Ip.u16(slab, transport + Ip.UDP_LENGTH) == length - transportOffset
                && Ip.u16(slab, transport + Ip.UDP_CHECKSUM) != 0;
    }

    /** Whether this is a TCP or UDP packet in the common wrapping, which has a flow. */
    boolean isPlain() {
        return kind == Kind.TCP || kind == Kind.UDP;
    }

    /** Hash of addresses, ports and protocol, if there are any. */
    int hash() {
        long mixed = slab.getInt(offset + transportOffset) * 0x9E3779B97F4A7C15L + kind.ordinal();
        if (v6) {
            mixed = (mixed ^ slab.getLong(offset + Ip.V6_SOURCE)) * 0x9E3779B97F4A7C15L;
            mixed = (mixed ^ slab.getLong(offset + Ip.V6_SOURCE + 8)) * 0x9E3779B97F4A7C15L;
            mixed = (mixed ^ slab.getLong(offset + Ip.V6_DESTINATION)) * 0x9E3779B97F4A7C15L;
            mixed = (mixed ^ slab.getLong(offset + Ip.V6_DESTINATION + 8)) * 0x9E3779B97F4A7C15L;
        } else {
            mixed = (mixed ^ slab.getLong(offset + Ip.V4_SOURCE)) * 0x9E3779B97F4A7C15L;
        }
        return (int) (mixed >>> 32) ^ (int) (mixed >>> 48);
    }

    /** Whether the packet at {@code other} has this packet's IP version and addresses. */
    boolean sameAddresses(int other) {
        if (InnerPacket.isV6(slab, other) != v6) {
            return false;
        }
        return v6
                ? sameLong(other, Ip.V6_SOURCE)
                        && sameLong(other, Ip.V6_SOURCE + 8)
                        && sameLong(other, Ip.V6_DESTINATION)
                        && sameLong(other, Ip.V6_DESTINATION + 8)
                : sameLong(other, Ip.V4_SOURCE);
    }

    /** Whether {@code other}, a TCP or UDP packet in the common wrapping, is of this packet's flow. */
    boolean sameFlow(int other) {
        int protocolAt = v6 ? Ip.V6_NEXT_HEADER : Ip.V4_PROTOCOL;
        return sameAddresses(other) && sameByte(other, protocolAt) && sameInt(other, transportOffset);
    }

    /** Whether this packet's headers differ from those of {@code other}, of the same flow, only where segments may. */
    boolean sameHeaders(int other) {
        boolean sameNetwork = v6
                ? sameInt(other, 0) && sameByte(other, Ip.V6_HOP_LIMIT) // version, traffic class, flow label
                : sameByte(other, Ip.V4_TRAFFIC_CLASS)
                        && sameByte(other, Ip.V4_TTL)
                        && sameByte(other, Ip.V4_FRAGMENT); // MF and offset are 0 in both
        return sameNetwork && (kind == Kind.UDP || sameTcp(other));
    }

    private boolean sameTcp(int other) {
        return sameInt(other, transportOffset + Ip.TCP_ACKNOWLEDGEMENT)
                && sameByte(other, transportOffset + Ip.TCP_DATA_OFFSET)
                && sameShort(other, transportOffset + Ip.TCP_WINDOW)
                && sameShort(other, transportOffset + Ip.TCP_URGENT)
                && sameOptions(other);
    }

    private boolean sameOptions(int other) {
        for (int at = transportOffset + Ip.TCP_HEADER_LENGTH; at < headerLength; at += 4) {
            if (!sameInt(other, at)) {
                return false;
            }
        }
        return true;
    }

    private boolean sameByte(int other, int at) {
        return slab.getByte(offset + at) == slab.getByte(other + at);
    }

    private boolean sameShort(int other, int at) {
        return slab.getShort(offset + at) == slab.getShort(other + at);
    }

    private boolean sameInt(int other, int at) {
        return slab.getInt(offset + at) == slab.getInt(other + at);
    }

    private boolean sameLong(int other, int at) {
        return slab.getLong(offset + at) == slab.getLong(other + at);
    }
}
