package io.penstock.engine.filter;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * The flow whose packet was let in last, so that those that follow it cost a few comparisons. Knows TCP and UDP without options and
 * extension headers, and of TCP only segments that carry data or acknowledge; all others are read in full. Owned by one thread at a
 * time.
 */
final class LastFlow {
    private static final int TCP_LENGTH = 20;
    private static final int UDP_LENGTH = 8;
    private static final int V4_FRAGMENTED = Ip.V4_MORE_FRAGMENTS | Ip.V4_FRAGMENT_OFFSET;
    private static final int V4_VERSION_AND_LENGTH = 0x45;
    private static final int CONTROL_FLAGS = Ip.SYN | Ip.ACK | Ip.FIN | Ip.RST;
    private static final int MIN_DATA_OFFSET = 5 << 4;

    private int firstByte; // version and header length of IPv4; 0: no flow
    private int protocol;
    private int shortest;
    private int ports; // in the packet's own byte order, as the addresses
    private long addresses4;
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;

    void forget() {
        firstByte = 0;
    }

    /** Takes the packet that was read, if it is of a kind that can be continued. */
    void remember(PacketHeader packet, UnsafeBuffer buffer, int offset) {
        int header = packet.isV6 ? Ip.V6_HEADER_LENGTH : Ip.V4_HEADER_LENGTH;
        boolean isTcp = packet.protocol == Ip.TCP && !packet.opensTcp();
        if (!(isTcp || packet.protocol == Ip.UDP) || packet.transport != offset + header) {
            return;
        }
        firstByte = packet.isV6 ? 0x60 : V4_VERSION_AND_LENGTH;
        protocol = packet.protocol;
        shortest = header + (isTcp ? TCP_LENGTH : UDP_LENGTH);
        ports = buffer.getInt(packet.transport);
        if (packet.isV6) {
            sourceHigh = buffer.getLong(offset + Ip.V6_SOURCE);
            sourceLow = buffer.getLong(offset + Ip.V6_SOURCE + 8);
            destinationHigh = buffer.getLong(offset + Ip.V6_DESTINATION);
            destinationLow = buffer.getLong(offset + Ip.V6_DESTINATION + 8);
        } else {
            addresses4 = buffer.getLong(offset + Ip.V4_SOURCE);
        }
    }

    /** Whether a packet would be judged as the last one was. */
    boolean isContinuedBy(UnsafeBuffer buffer, int offset, int length) {
        int first = buffer.getByte(offset);
        if (firstByte == V4_VERSION_AND_LENGTH) {
            return first == V4_VERSION_AND_LENGTH
                    && length >= shortest
                    && buffer.getLong(offset + Ip.V4_SOURCE) == addresses4
                    && buffer.getInt(offset + Ip.V4_HEADER_LENGTH) == ports
                    && buffer.getByte(offset + Ip.V4_PROTOCOL) == protocol
                    && (buffer.getShort(offset + Ip.V4_FRAGMENT, BIG_ENDIAN) & V4_FRAGMENTED) == 0
                    && isPlain(buffer, offset + Ip.V4_HEADER_LENGTH);
        }
        return firstByte != 0
                && (first & 0xf0) == 0x60
                && length >= shortest
                && buffer.getLong(offset + Ip.V6_DESTINATION + 8) == destinationLow
                && buffer.getLong(offset + Ip.V6_SOURCE + 8) == sourceLow
                && buffer.getLong(offset + Ip.V6_DESTINATION) == destinationHigh
                && buffer.getLong(offset + Ip.V6_SOURCE) == sourceHigh
                && buffer.getInt(offset + Ip.V6_HEADER_LENGTH) == ports
                && buffer.getByte(offset + Ip.V6_NEXT_HEADER) == protocol
                && isPlain(buffer, offset + Ip.V6_HEADER_LENGTH);
    }

    private boolean isPlain(UnsafeBuffer buffer, int transport) {
        return protocol == Ip.UDP
                || ((buffer.getByte(transport + Ip.TCP_FLAGS) & CONTROL_FLAGS) == Ip.ACK
                        && (buffer.getByte(transport + PacketHeader.TCP_DATA_OFFSET) & 0xff) >= MIN_DATA_OFFSET);
    }
}
