package io.penstock.engine.offload;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.penstock.wireguard.wire.Data;
import org.agrona.DirectBuffer;

/**
 * Ends loops of tunnels. A route that leads transport messages of a tunnel into a tunnel again, this one or another of the host,
 * wraps them once more at each turn in a new packet with a new hop limit, and what grows too long goes on in fragments, so that nothing
 * in the network would ever end it. Therefore the packet around a transport message takes over the hop limit of that message's own
 * packet, less a step. At nothing left it is dropped, at the usual 64 in the eighth tunnel within a tunnel; no message has
 * grown beyond a usual MTU by then.
 *
 * <p>Only the first fragment shows what it is; the others are known by its addresses and identification. One that is not known any
 * more counts as something else. Owned by one lane.
 */
public final class NestedTunnel {
    /** No transport message inside, so the host chooses. */
    public static final int HOST_DEFAULT = 0;

    /** Went round too often. */
    public static final int LOOP = -1;

    /** Leaves a message that is meant to be in a tunnel in a tunnel enough of 64 for its way. */
    static final int STEP = 8;

    private static final int USUAL = 64;
    private static final int KNOWN = 16;
    private static final int MORE_FRAGMENTS4 = 0x2000;
    private static final int V6_FRAGMENT = 44;
    private static final int V6_FRAGMENT_HEADER_LENGTH = 8;
    private static final int V6_MORE_FRAGMENTS = 1;
    private static final int V6_FRAGMENT_OFFSET = 0xfff8;

    private final long[] knownAddresses = new long[KNOWN];
    private final long[] knownIdentification = new long[KNOWN];
    private int nextKnown;

    /**
     * What the hop limit of the outer header has to be. Allocates nothing.
     *
     * @param offset of an IP packet that has passed {@link InnerPacket#trimmedLength}; its segments, if it is a superpacket, are alike
     * @param length bytes that are there
     * @return 1 to 255, {@link #HOST_DEFAULT} or {@link #LOOP}
     */
    public int outerHopLimit(DirectBuffer buffer, int offset, int length) {
        if (InnerPacket.isV6(buffer, offset)) {
            return isNested6(buffer, offset, length) ? after(buffer.getByte(offset + Ip.V6_HOP_LIMIT)) : HOST_DEFAULT;
        }
        return isNested4(buffer, offset, length) ? after(buffer.getByte(offset + Ip.V4_TTL)) : HOST_DEFAULT;
    }

    private static int after(byte hopLimit) {
        int left = Math.min(USUAL, hopLimit & 0xff) - STEP;
        return left > 0 ? left : LOOP;
    }

    private boolean isNested4(DirectBuffer buffer, int offset, int length) {
        if (buffer.getByte(offset + Ip.V4_PROTOCOL) != Ip.UDP) {
            return false;
        }
        int header = (buffer.getByte(offset) & 0xf) << 2;
        int fragment = Ip.u16(buffer, offset + Ip.V4_FRAGMENT) & Ip.V4_FRAGMENTED;
        if (fragment == 0) {
            return isTransportMessage(buffer, offset + header, length - header);
        }
        long addresses = buffer.getLong(offset + Ip.V4_SOURCE, BIG_ENDIAN);
        long identification = 4L << 32 | Ip.u16(buffer, offset + Ip.V4_IDENTIFICATION);
        if (fragment != MORE_FRAGMENTS4) {
            return isKnown(addresses, identification);
        }
        return isTransportMessage(buffer, offset + header, length - header) && remember(addresses, identification);
    }

    private boolean isNested6(DirectBuffer buffer, int offset, int length) {
        int next = buffer.getByte(offset + Ip.V6_NEXT_HEADER);
        int header = Ip.V6_HEADER_LENGTH;
        if (next == Ip.UDP) {
            return isTransportMessage(buffer, offset + header, length - header);
        }
        int inner = header + V6_FRAGMENT_HEADER_LENGTH;
        if (next != V6_FRAGMENT || length < inner || buffer.getByte(offset + header) != Ip.UDP) {
            return false;
        }
        int fragment = Ip.u16(buffer, offset + header + 2);
        long addresses = InnerPacket.sourceHigh(buffer, offset)
                ^ Long.rotateLeft(InnerPacket.sourceLow(buffer, offset), 16)
                ^ Long.rotateLeft(InnerPacket.destinationHigh(buffer, offset), 32)
                ^ Long.rotateLeft(InnerPacket.destinationLow(buffer, offset), 48);
        long identification = 6L << 32 | Integer.toUnsignedLong(buffer.getInt(offset + header + 4, BIG_ENDIAN));
        if ((fragment & V6_FRAGMENT_OFFSET) != 0) {
            return isKnown(addresses, identification);
        }
        return isTransportMessage(buffer, offset + inner, length - inner)
                && ((fragment & V6_MORE_FRAGMENTS) == 0 || remember(addresses, identification));
    }

    private static boolean isTransportMessage(DirectBuffer buffer, int udp, int length) {
        return length >= Ip.UDP_HEADER_LENGTH + Data.OVERHEAD
                && buffer.getInt(udp + Ip.UDP_HEADER_LENGTH, LITTLE_ENDIAN) == Data.TYPE;
    }

    private boolean remember(long addresses, long identification) {
        knownAddresses[nextKnown] = addresses;
        knownIdentification[nextKnown] = identification;
        nextKnown = (nextKnown + 1) % KNOWN;
        return true;
    }

    private boolean isKnown(long addresses, long identification) {
        for (int i = 0; i < KNOWN; i++) {
            if (knownIdentification[i] == identification && knownAddresses[i] == addresses) {
                return true;
            }
        }
        return false;
    }
}
