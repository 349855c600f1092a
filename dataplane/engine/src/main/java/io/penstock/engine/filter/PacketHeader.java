package io.penstock.engine.filter;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.penstock.wireguard.DropReason;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the filter has to know of a packet: addresses, protocol, ports. A flyweight over the packet of the last {@link #read}; owned by
 * one thread at a time.
 *
 * <p>Reads nothing beyond the packet, and believes nothing: what could be understood in two ways is refused. A first fragment has to
 * hold the whole transport header, a later one has to begin behind where any could be (RFC 1858, 3128, 7112). Source routes of IPv4 and
 * routing headers of IPv6 that have a way to go name another destination than the one that the rules are asked for.
 */
final class PacketHeader {
    /** Where a later fragment may begin: behind the longest IPv4 header and a TCP header, in units of 8 bytes. So stock nodes do it. */
    private static final int MIN_FRAGMENT_OFFSET = 80 / 8;

    private static final int MAX_EXTENSION_HEADERS = 8;

    private static final int TCP_LENGTH = 20;
    private static final int UDP_LENGTH = 8;
    private static final int SCTP_LENGTH = 12;
    private static final int ICMP_LENGTH = 8;
    private static final int IGMP_LENGTH = 8;
    private static final int TSMP_LENGTH = 7;

    static final int TCP_DATA_OFFSET = 12; // u8: header words in the high nibble
    private static final int TCP_MIN_WORDS = 5;

    private static final int OPTION_END = 0;
    private static final int OPTION_NONE = 1;
    private static final int OPTION_LOOSE_ROUTE = 131;
    private static final int OPTION_STRICT_ROUTE = 137;

    private DirectBuffer buffer = new UnsafeBuffer(0, 0);
    private int offset;
    private int length;

    boolean isV6;
    int protocol;
    int transport; // offset of the transport header in the buffer
    int sourcePort; // 0 if the protocol has none, as the next
    int destinationPort;
    int tcpFlags;
    boolean isLaterFragment; // has no transport header

    /**
     * Reads a packet.
     *
     * @param length of the IP packet, at least a header of its version
     * @return null, or why it cannot be judged; then only the addresses are valid
     */
    @Nullable DropReason read(DirectBuffer buffer, int offset, int length) {
        this.buffer = buffer;
        this.offset = offset;
        this.length = length;
        isLaterFragment = false;
        sourcePort = 0;
        destinationPort = 0;
        tcpFlags = 0;
        isV6 = (buffer.getByte(offset) & 0xf0) == 0x60;
        return isV6 ? read6() : read4();
    }

    private @Nullable DropReason read4() {
        int headerLength = (u8(0) & 0xf) << 2;
        if (headerLength < Ip.V4_HEADER_LENGTH || headerLength > length) {
            return DropReason.FILTERED_MALFORMED;
        }
        if (headerLength > Ip.V4_HEADER_LENGTH && hasSourceRoute(headerLength)) {
            return DropReason.FILTERED_MALFORMED;
        }
        protocol = u8(Ip.V4_PROTOCOL);
        int fragment = u16(Ip.V4_FRAGMENT);
        int fragmentOffset = fragment & Ip.V4_FRAGMENT_OFFSET;
        if (fragmentOffset != 0) {
            return laterFragment(fragmentOffset);
        }
        return readTransport(headerLength, (fragment & Ip.V4_MORE_FRAGMENTS) != 0);
    }

    /** Whether the packet is to take a way of its own choice; also if its options cannot be read. RFC 791 section 3.1. */
    private boolean hasSourceRoute(int headerLength) {
        int at = Ip.V4_HEADER_LENGTH;
        while (at < headerLength) {
            int option = u8(at);
            if (option == OPTION_END) {
                return false;
            }
            if (option == OPTION_NONE) {
                at++;
                continue;
            }
            int optionLength = at + 1 < headerLength ? u8(at + 1) : 0;
            boolean isBroken = optionLength < 2 || at + optionLength > headerLength;
            if (isBroken || option == OPTION_LOOSE_ROUTE || option == OPTION_STRICT_ROUTE) {
                return true;
            }
            at += optionLength;
        }
        return false;
    }

    private @Nullable DropReason read6() {
        int next = u8(Ip.V6_NEXT_HEADER);
        int at = Ip.V6_HEADER_LENGTH;
        for (int headers = 0; isExtension(next); headers++) {
            if (headers == MAX_EXTENSION_HEADERS || at + 8 > length) {
                return DropReason.FILTERED_MALFORMED;
            }
            if (next == Ip.FRAGMENT) {
                return readFragment6(at);
            }
            boolean isMisplaced = next == Ip.HOP_BY_HOP && at != Ip.V6_HEADER_LENGTH;
            if (isMisplaced || (next == Ip.ROUTING && u8(at + 3) != 0)) { // segments left
                return DropReason.FILTERED_MALFORMED;
            }
            int units = u8(at + 1);
            int headerLength = next == Ip.AUTHENTICATION ? (units + 2) << 2 : (units + 1) << 3;
            next = u8(at);
            at += headerLength;
        }
        if (at > length) {
            return DropReason.FILTERED_MALFORMED;
        }
        protocol = next;
        return readTransport(at, false);
    }

    private static boolean isExtension(int next) {
        return next == Ip.HOP_BY_HOP
                || next == Ip.ROUTING
                || next == Ip.FRAGMENT
                || next == Ip.AUTHENTICATION
                || next == Ip.DESTINATION_OPTIONS;
    }

    /** The transport header has to follow at once, so that no later fragment can hold a part of it. */
    private @Nullable DropReason readFragment6(int at) {
        protocol = u8(at);
        int fragment = u16(at + 2);
        if (isExtension(protocol)) {
            return DropReason.FILTERED_FRAGMENT;
        }
        int fragmentOffset = fragment >>> 3;
        if (fragmentOffset != 0) {
            return laterFragment(fragmentOffset);
        }
        return readTransport(at + 8, (fragment & 1) != 0);
    }

    private @Nullable DropReason laterFragment(int fragmentOffset) {
        isLaterFragment = true;
        boolean isRefused = fragmentOffset < MIN_FRAGMENT_OFFSET || protocol == Ip.TSMP; // which is never fragmented
        return isRefused ? DropReason.FILTERED_FRAGMENT : null;
    }

    private @Nullable DropReason readTransport(int at, boolean isFragment) {
        transport = offset + at;
        if (length - at < shortest(protocol)) {
            return isFragment ? DropReason.FILTERED_FRAGMENT : DropReason.FILTERED_MALFORMED;
        }
        if (PortSet.hasPorts(protocol)) {
            sourcePort = u16(at);
            destinationPort = u16(at + 2);
        }
        if (protocol == Ip.TCP) {
            tcpFlags = u8(at + Ip.TCP_FLAGS);
            if (u8(at + TCP_DATA_OFFSET) >>> 4 < TCP_MIN_WORDS || !areUsual(tcpFlags)) {
                return DropReason.FILTERED_MALFORMED;
            }
        }
        return protocol == Ip.TSMP && isFragment ? DropReason.FILTERED_FRAGMENT : null;
    }

    private static int shortest(int protocol) {
        return switch (protocol) {
            case Ip.TCP -> TCP_LENGTH;
            case Ip.UDP -> UDP_LENGTH;
            case Ip.SCTP -> SCTP_LENGTH;
            case Ip.ICMP4, Ip.ICMP6 -> ICMP_LENGTH;
            case Ip.IGMP -> IGMP_LENGTH;
            case Ip.TSMP -> TSMP_LENGTH;
            default -> 0;
        };
    }

    /** Every segment acknowledges but the first and some resets, and opens, closes or resets at most one of them (RFC 9293). */
    private static boolean areUsual(int flags) {
        return switch (flags & (Ip.SYN | Ip.ACK | Ip.FIN | Ip.RST)) {
            case Ip.SYN, Ip.SYN | Ip.ACK, Ip.ACK, Ip.ACK | Ip.FIN, Ip.RST, Ip.RST | Ip.ACK -> true;
            default -> false;
        };
    }

    /** Whether this opens a connection of TCP. */
    boolean opensTcp() {
        return (tcpFlags & (Ip.SYN | Ip.ACK)) == Ip.SYN;
    }

    int source4() {
        return buffer.getInt(offset + Ip.V4_SOURCE, BIG_ENDIAN);
    }

    int destination4() {
        return buffer.getInt(offset + Ip.V4_DESTINATION, BIG_ENDIAN);
    }

    long sourceHigh() {
        return buffer.getLong(offset + Ip.V6_SOURCE, BIG_ENDIAN);
    }

    long sourceLow() {
        return buffer.getLong(offset + Ip.V6_SOURCE + 8, BIG_ENDIAN);
    }

    long destinationHigh() {
        return buffer.getLong(offset + Ip.V6_DESTINATION, BIG_ENDIAN);
    }

    long destinationLow() {
        return buffer.getLong(offset + Ip.V6_DESTINATION + 8, BIG_ENDIAN);
    }

    /** Type of an ICMP message; the one of a broken or other packet means nothing. */
    int icmpType() {
        return buffer.getByte(transport) & 0xff;
    }

    int icmpCode() {
        return buffer.getByte(transport + 1) & 0xff;
    }

    /** Bytes of the packet from the transport header on. */
    int transportLength() {
        return offset + length - transport;
    }

    private int u8(int at) {
        return buffer.getByte(offset + at) & 0xff;
    }

    private int u16(int at) {
        return buffer.getShort(offset + at, BIG_ENDIAN) & 0xffff;
    }
}
