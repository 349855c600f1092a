package io.penstock.engine.offload;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.penstock.ffm.tun.VirtioNetHeader;
import java.util.Objects;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One TUN read taken apart: a virtio header and an IP packet become one or more finished IP packets. The host's stack
 * left checksums (NEEDS_CSUM) or the cutting into segments (TCP and UDP GSO) to the device; this is the device.
 *
 * <p>{@link #begin} validates and sums the constant header words once; {@link #write} then needs only the changed words and the
 * payload for each segment. {@code hdr_len} is never believed. A negative result means: bad packet, drop it, go on; the getters
 * are undefined then. Owned by one lane; the buffer must stay as it is between {@code begin} and the last {@code write}.
 */
public final class Splitter {
    /** Bytes of the virtio header before the IP packet. */
    public static final int VIRTIO_HEADER_LENGTH = VirtioNetHeader.SIZE;

    /** How the packet becomes segments. */
    private enum Kind {
        FINISHED,
        NEEDS_CHECKSUM,
        TCP,
        UDP
    }

    private UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private int packetOffset;
    private int packetLength;
    private int networkHeaderLength; // IPv4 with options; IPv6 without extension headers
    private boolean v6;

    private Kind kind = Kind.FINISHED;
    private int checksumStart; // of the transport header, from the packet's first byte
    private int checksumOffset;
    private int headerLength; // network and transport header, repeated in every segment
    private int gsoSize;
    private int segments;

    private int identification;
    private int sequence;
    private int dataOffsetAndFlags;
    private long networkSum; // IPv4 header without length, identification, checksum
    private long transportSum; // pseudo header without length, transport header without the words that change

    /**
     * Takes the result of one TUN read: virtio header at {@code offset}, {@code length} bytes in all.
     *
     * @return the number of segments, at least 1, or a negative {@link PacketFault#code()}
     */
    public int begin(UnsafeBuffer buffer, int offset, int length) {
        if (length < VirtioNetHeader.SIZE) {
            segments = 0;
            return PacketFault.TOO_SHORT.code();
        }
        int fault = beginPlain(buffer, offset + VirtioNetHeader.SIZE, length - VirtioNetHeader.SIZE);
        if (fault < 0) {
            return fault;
        }
        boolean needsChecksum =
                (buffer.getByte(offset + VirtioNetHeader.FLAGS_OFFSET) & VirtioNetHeader.VIRTIO_NET_HDR_F_NEEDS_CSUM)
                        != 0;
        int gsoType = buffer.getByte(offset + VirtioNetHeader.GSO_TYPE_OFFSET)
                & 0xff
                & ~VirtioNetHeader.VIRTIO_NET_HDR_GSO_ECN;
        checksumStart = buffer.getShort(offset + VirtioNetHeader.CSUM_START_OFFSET) & 0xffff;
        checksumOffset = buffer.getShort(offset + VirtioNetHeader.CSUM_OFFSET_OFFSET) & 0xffff;
        gsoSize = buffer.getShort(offset + VirtioNetHeader.GSO_SIZE_OFFSET) & 0xffff;
        boolean accepted =
                switch (gsoType) {
                    case VirtioNetHeader.VIRTIO_NET_HDR_GSO_NONE -> !needsChecksum || acceptChecksum();
                    case VirtioNetHeader.VIRTIO_NET_HDR_GSO_TCPV4 -> !v6 && acceptSuperpacket(Kind.TCP, needsChecksum);
                    case VirtioNetHeader.VIRTIO_NET_HDR_GSO_TCPV6 -> v6 && acceptSuperpacket(Kind.TCP, needsChecksum);
                    case VirtioNetHeader.VIRTIO_NET_HDR_GSO_UDP_L4 -> acceptSuperpacket(Kind.UDP, needsChecksum);
                    default -> false;
                };
        if (!accepted) {
            segments = 0;
            return PacketFault.BAD_OFFLOAD.code();
        }
        return segments;
    }

    /**
     * Takes a finished IP packet that has no virtio header before it. Bytes after the length that its header tells are ignored.
     *
     * @return 1, or a negative {@link PacketFault#code()}
     */
    public int beginPlain(UnsafeBuffer buffer, int offset, int length) {
        this.buffer = buffer;
        packetOffset = offset;
        kind = Kind.FINISHED;
        segments = 0;
        packetLength = InnerPacket.trimmedLength(buffer, offset, length);
        if (packetLength < 0) {
            return packetLength;
        }
        v6 = InnerPacket.isV6(buffer, offset);
        networkHeaderLength = v6 ? Ip.V6_HEADER_LENGTH : (buffer.getByte(offset) & 0xf) << 2;
        if (networkHeaderLength < Ip.V4_HEADER_LENGTH || networkHeaderLength > packetLength) {
            return PacketFault.BAD_LENGTH.code();
        }
        headerLength = packetLength;
        segments = 1;
        return 1;
    }

    private boolean acceptChecksum() {
        kind = Kind.NEEDS_CHECKSUM;
        return checksumStart >= networkHeaderLength && checksumStart + checksumOffset + 2 <= packetLength;
    }

    private boolean acceptSuperpacket(Kind superpacket, boolean needsChecksum) {
        kind = superpacket;
        int protocol = superpacket == Kind.TCP ? Ip.TCP : Ip.UDP;
        if (!needsChecksum) { // a forwarded packet whose whole checksum the NIC has verified: no start and no offset
            // given
            checksumStart = networkHeaderLength;
            checksumOffset = checksumField();
        }
        return gsoSize > 0
                && checksumOffset == checksumField()
                && isTransport(protocol)
                && acceptTransportHeader()
                && sumConstantWords(protocol, needsChecksum);
    }

    private int checksumField() {
        return kind == Kind.TCP ? Ip.TCP_CHECKSUM : Ip.UDP_CHECKSUM;
    }

    private boolean isTransport(int protocol) {
        if (v6) { // extension headers may lie between; then only checksumStart tells
            return checksumStart > networkHeaderLength
                    || (checksumStart == networkHeaderLength && nextHeader(Ip.V6_NEXT_HEADER) == protocol);
        }
        return checksumStart == networkHeaderLength
                && nextHeader(Ip.V4_PROTOCOL) == protocol
                && (Ip.u16(buffer, packetOffset + Ip.V4_FRAGMENT) & Ip.V4_FRAGMENTED) == 0;
    }

    private int nextHeader(int at) {
        return buffer.getByte(packetOffset + at) & 0xff;
    }

    private boolean acceptTransportHeader() {
        int shortest = kind == Kind.TCP ? Ip.TCP_HEADER_LENGTH : Ip.UDP_HEADER_LENGTH;
        if (checksumStart + shortest > packetLength) {
            return false;
        }
        int transportLength = shortest;
        if (kind == Kind.TCP) {
            transportLength = (buffer.getByte(packetOffset + checksumStart + Ip.TCP_DATA_OFFSET) & 0xf0) >> 2;
        }
        headerLength = checksumStart + transportLength;
        if (transportLength < shortest || headerLength > packetLength) {
            return false;
        }
        int payloadLength = packetLength - headerLength;
        segments = Math.max(1, (payloadLength + gsoSize - 1) / gsoSize);
        return true;
    }

    /** Words that differ between segments are taken out by adding their complements. */
    private boolean sumConstantWords(int protocol, boolean needsChecksum) {
        if (!v6) {
            identification = Ip.u16(buffer, packetOffset + Ip.V4_IDENTIFICATION);
            networkSum = Checksum.sum(buffer, packetOffset, networkHeaderLength)
                    + without(packetOffset + Ip.V4_TOTAL_LENGTH)
                    + without(packetOffset + Ip.V4_IDENTIFICATION)
                    + without(packetOffset + Ip.V4_CHECKSUM);
        }
        int transport = packetOffset + checksumStart;
        transportSum = Checksum.sum(buffer, transport, headerLength - checksumStart)
                + without(transport + checksumOffset)
                + pseudoHeader(protocol, needsChecksum);
        if (kind == Kind.UDP) {
            transportSum += without(transport + Ip.UDP_LENGTH);
            return true;
        }
        sequence = buffer.getInt(transport + Ip.TCP_SEQUENCE, BIG_ENDIAN);
        dataOffsetAndFlags = Ip.u16(buffer, transport + Ip.TCP_DATA_OFFSET);
        transportSum += without(transport + Ip.TCP_SEQUENCE)
                + without(transport + Ip.TCP_SEQUENCE + 2)
                + without(transport + Ip.TCP_DATA_OFFSET);
        return true;
    }

    private long without(int wordOffset) {
        return ~Ip.u16(buffer, wordOffset) & 0xffffL;
    }

    /** Pseudo header without the length. */
    private long pseudoHeader(int protocol, boolean needsChecksum) {
        if (!v6) {
            return Checksum.pseudo4(buffer, packetOffset, protocol, 0);
        }
        if (checksumStart == networkHeaderLength || !needsChecksum) {
            return Checksum.pseudo6(buffer, packetOffset, protocol, 0);
        }
        // With a routing header the final destination is not the one in the IP header; the stack's own sum knows it.
        int transportLength = packetLength - checksumStart;
        return Ip.u16(buffer, packetOffset + checksumStart + checksumOffset) + (~transportLength & 0xffffL);
    }

    public int segments() {
        return segments;
    }

    /** Length of the IP packet that {@link #write} makes of segment {@code k}. */
    public int segmentLength(int k) {
        return headerLength + payloadLength(k);
    }

    private int payloadLength(int k) {
        return kind == Kind.TCP || kind == Kind.UDP
                ? Math.min(gsoSize, packetLength - headerLength - k * gsoSize)
                : packetLength - headerLength;
    }

    /**
     * Writes segment {@code k} as a finished IP packet. The destination must not overlap the packet.
     *
     * @return its length, {@link #segmentLength}
     * @throws IndexOutOfBoundsException if there is no such segment or no room for it
     */
    public int write(int k, UnsafeBuffer destination, int destinationOffset) {
        Objects.checkIndex(k, segments);
        destination.putBytes(destinationOffset, buffer, packetOffset, headerLength);
        switch (kind) {
            case FINISHED -> {}
            case NEEDS_CHECKSUM -> complete(destination, destinationOffset);
            case TCP, UDP -> writeSegment(k, destination, destinationOffset);
        }
        return segmentLength(k);
    }

    /** The field holds the folded pseudo header sum and is added up as it is. */
    private void complete(UnsafeBuffer destination, int offset) {
        int start = offset + checksumStart;
        int checksum = Checksum.finish(Checksum.sum(destination, start, packetLength - checksumStart));
        putChecksum(destination, start + checksumOffset, checksum, checksumOffset == Ip.UDP_CHECKSUM);
    }

    private void writeSegment(int k, UnsafeBuffer destination, int offset) {
        int payloadLength = payloadLength(k);
        int payloadOffset = packetOffset + headerLength + k * gsoSize;
        destination.putBytes(offset + headerLength, buffer, payloadOffset, payloadLength);

        int length = headerLength + payloadLength;
        if (v6) {
            putWord(destination, offset + Ip.V6_PAYLOAD_LENGTH, length - Ip.V6_HEADER_LENGTH);
        } else {
            int id = identification + k & 0xffff;
            putWord(destination, offset + Ip.V4_TOTAL_LENGTH, length);
            putWord(destination, offset + Ip.V4_IDENTIFICATION, id);
            putWord(destination, offset + Ip.V4_CHECKSUM, Checksum.finish(networkSum + length + id));
        }
        int transport = offset + checksumStart;
        int transportLength = length - checksumStart;
        long sum = transportSum + transportLength + Checksum.sum(buffer, payloadOffset, payloadLength);
        if (kind == Kind.UDP) {
            putWord(destination, transport + Ip.UDP_LENGTH, transportLength);
            putChecksum(destination, transport + checksumOffset, Checksum.finish(sum + transportLength), true);
            return;
        }
        int segmentSequence = sequence + k * gsoSize;
        int flags = segmentFlags(k);
        destination.putInt(transport + Ip.TCP_SEQUENCE, segmentSequence, BIG_ENDIAN);
        putWord(destination, transport + Ip.TCP_DATA_OFFSET, flags);
        sum += (segmentSequence >>> 16) + (segmentSequence & 0xffff) + flags;
        putChecksum(destination, transport + checksumOffset, Checksum.finish(sum), false);
    }

    private int segmentFlags(int k) {
        int flags = dataOffsetAndFlags;
        if (k < segments - 1) {
            flags &= ~(Ip.TCP_FIN | Ip.TCP_PSH);
        }
        return k > 0 ? flags & ~Ip.TCP_CWR : flags;
    }

    /** A UDP checksum of 0 would mean "none" and is written as its other representation. */
    private static void putChecksum(UnsafeBuffer destination, int offset, int checksum, boolean isUdp) {
        putWord(destination, offset, isUdp && checksum == 0 ? 0xffff : checksum);
    }

    private static void putWord(UnsafeBuffer destination, int offset, int value) {
        destination.putShort(offset, (short) value, BIG_ENDIAN);
    }

    public boolean isV6() {
        return v6;
    }

    /** ECN bits of the traffic class, for the outer header. */
    public int ecn() {
        return InnerPacket.ecn(buffer, packetOffset);
    }

    public int source4() {
        return InnerPacket.source4(buffer, packetOffset);
    }

    public long sourceHigh() {
        return InnerPacket.sourceHigh(buffer, packetOffset);
    }

    public long sourceLow() {
        return InnerPacket.sourceLow(buffer, packetOffset);
    }

    public int destination4() {
        return InnerPacket.destination4(buffer, packetOffset);
    }

    public long destinationHigh() {
        return InnerPacket.destinationHigh(buffer, packetOffset);
    }

    public long destinationLow() {
        return InnerPacket.destinationLow(buffer, packetOffset);
    }
}
