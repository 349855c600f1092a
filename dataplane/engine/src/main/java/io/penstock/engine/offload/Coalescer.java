package io.penstock.engine.offload;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.penstock.ffm.tun.VirtioNetHeader;
import java.util.Objects;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Joins decrypted packets into superpackets for the TUN: {@link #begin}, {@link #add} in order of arrival, {@link #finish}, then one
 * {@code writev} per item. Nothing is copied: an item is an iovec array of "virtio header, headers and first payload" and the
 * payloads that follow, all where they were decrypted. The 10 bytes before a packet (its old WireGuard header) become the virtio
 * header, so at least 16 bytes before each packet must be free.
 *
 * <p>Each flow has at most one open item, its newest; a packet that cannot join it starts a new one or, being none that could be
 * merged, closes it. So packets of a flow leave in the order of arrival, save that a TCP packet may be put before the segments that
 * follow it in sequence. All packets of an item were in one batch: merging never delays.
 *
 * <p>Inner checksums are not verified before merging, though merging makes the host compute new ones and so would hide a checksum
 * that was wrong already when the peer sealed the packet. Poly1305 has shown that the bytes are those the peer sealed; the
 * kernel's WireGuard draws the same conclusion (it marks what it decrypts as verified before GRO), and a verification would cost
 * about a twentieth of the decryption. A packet that stays alone is written as it is, for the host to check.
 *
 * <p>Owned by one lane. Allocates nothing after construction.
 */
public final class Coalescer {
    /** An iovec array longer than this is refused by the kernel (UIO_MAXIOV). */
    public static final int MAX_IOVECS = 1024;

    /** Kernels before 6.9 refuse UDP superpackets of more segments. */
    public static final int MAX_UDP_SEGMENTS = 64;

    private static final int IOVEC_LENGTH = 16;
    private static final int END = -1;

    private final int capacity;
    private final FlowTable flows = new FlowTable();
    private final FlowHeader packet = new FlowHeader();
    private UnsafeBuffer slab = new UnsafeBuffer(0, 0);
    private boolean tcpEnabled = true;
    private boolean udpEnabled = true;

    // Packets, by arrival.
    private final int[] offsets;
    private final int[] lengths;
    private final int[] next; // of the same item
    private int packets;

    // Items, by creation.
    private final int[] firsts;
    private final int[] lasts;
    private final int[] counts;
    private final int[] totals; // length of the merged IP packet
    private final int[] gsoSizes;
    private final int[] headerLengths;
    private final int[] startSequences;
    private final int[] endSequences;
    private final boolean[] complete; // nothing can be appended: pushed, or its last segment is short
    private final boolean[] pushed;
    private final int[] flowHashes;
    private final int[] iovStarts;
    private final int[] savedNetwork; // words of the first packet that merging overwrites
    private final int[] savedTransport;
    private int items;

    private final UnsafeBuffer iovecs;

    /** @param capacity packets in a batch at most */
    public Coalescer(int capacity) {
        this.capacity = capacity;
        offsets = new int[capacity];
        lengths = new int[capacity];
        next = new int[capacity];
        firsts = new int[capacity];
        lasts = new int[capacity];
        counts = new int[capacity];
        totals = new int[capacity];
        gsoSizes = new int[capacity];
        headerLengths = new int[capacity];
        startSequences = new int[capacity];
        endSequences = new int[capacity];
        complete = new boolean[capacity];
        pushed = new boolean[capacity];
        flowHashes = new int[capacity];
        iovStarts = new int[capacity];
        savedNetwork = new int[capacity];
        savedTransport = new int[capacity];
        iovecs = new UnsafeBuffer(BufferUtil.allocateDirectAligned(capacity * IOVEC_LENGTH, IOVEC_LENGTH));
    }

    /** Switches merging of TCP segments on or off, from the next packet on. */
    public void tcpEnabled(boolean enabled) {
        tcpEnabled = enabled;
    }

    /** Switches merging of UDP datagrams on or off (Linux 6.2 has the receiving side of it), from the next packet on. */
    public void udpEnabled(boolean enabled) {
        udpEnabled = enabled;
    }

    public boolean tcpEnabled() {
        return tcpEnabled;
    }

    public boolean udpEnabled() {
        return udpEnabled;
    }

    /** Forgets the batch before and starts one whose packets lie in {@code slab}. */
    public void begin(UnsafeBuffer slab) {
        this.slab = slab;
        packets = 0;
        items = 0;
        flows.clear();
    }

    /**
     * Adds the next packet in order of arrival, which has passed {@link InnerPacket#trimmedLength} with {@code length} as result.
     *
     * @return false if the batch is full: finish and write it, begin a new one, add the packet again
     */
    public boolean add(int offset, int length) {
        if (packets == capacity) {
            return false;
        }
        int index = packets++;
        offsets[index] = offset;
        lengths[index] = length;
        next[index] = END;
        packet.read(slab, offset, length);
        switch (packet.kind) {
            case TCP -> addToFlow(index, tcpEnabled);
            case UDP -> addToFlow(index, udpEnabled);
            case ODD -> {
                closeAddressPair();
                newItem(index);
            }
            case OTHER -> newItem(index);
        }
        return true;
    }

    private void addToFlow(int index, boolean enabled) {
        if (!enabled) {
            newItem(index);
            return;
        }
        int set = flows.set(packet.hash());
        int place = find(set);
        if (place != FlowTable.NONE) {
            if (packet.mergeable && merge(flows.item(place), index)) {
                return;
            }
            flows.close(place);
        }
        int item = newItem(index);
        if (packet.mergeable) {
            flows.open(set, item);
        }
    }

    private int find(int set) {
        for (int place = set; place < set + FlowTable.WAYS; place++) {
            int item = flows.item(place);
            if (item != FlowTable.NONE && packet.sameFlow(offsets[firsts[item]])) {
                return place;
            }
        }
        return FlowTable.NONE;
    }

    private void closeAddressPair() {
        if (flows.isEmpty()) {
            return;
        }
        for (int place = 0; place < FlowTable.CAPACITY; place++) {
            int item = flows.item(place);
            if (item != FlowTable.NONE && packet.sameAddresses(offsets[firsts[item]])) {
                flows.close(place);
            }
        }
    }

    private int newItem(int index) {
        int item = items++;
        firsts[item] = index;
        lasts[item] = index;
        counts[item] = 1;
        totals[item] = packet.length;
        gsoSizes[item] = packet.payloadLength;
        headerLengths[item] = packet.headerLength;
        startSequences[item] = packet.sequence;
        endSequences[item] = packet.sequence + packet.payloadLength;
        complete[item] = packet.pushes;
        pushed[item] = packet.pushes;
        flowHashes[item] = packet.isPlain() ? packet.hash() : 0;
        return item;
    }

    private boolean merge(int item, int index) {
        if (packet.headerLength != headerLengths[item]
                || totals[item] + packet.payloadLength > Ip.MAX_LENGTH
                || counts[item] == MAX_IOVECS
                || !packet.sameHeaders(offsets[firsts[item]])) {
            return false;
        }
        boolean isTcp = packet.kind == FlowHeader.Kind.TCP;
        if (isTcp && packet.sequence + packet.payloadLength == startSequences[item]) {
            return prepend(item, index);
        }
        boolean follows = isTcp ? packet.sequence == endSequences[item] : counts[item] < MAX_UDP_SEGMENTS;
        return follows && append(item, index);
    }

    private boolean append(int item, int index) {
        if (complete[item] || packet.payloadLength > gsoSizes[item]) {
            return false;
        }
        next[lasts[item]] = index;
        lasts[item] = index;
        endSequences[item] += packet.payloadLength;
        pushed[item] = packet.pushes;
        complete[item] = packet.pushes || packet.payloadLength < gsoSizes[item];
        grow(item);
        return true;
    }

    private boolean prepend(int item, int index) {
        boolean isLarger = packet.payloadLength > gsoSizes[item];
        if (packet.pushes || packet.payloadLength < gsoSizes[item] || (isLarger && counts[item] > 1)) {
            return false;
        }
        next[index] = firsts[item];
        firsts[item] = index;
        startSequences[item] = packet.sequence;
        gsoSizes[item] = packet.payloadLength;
        complete[item] |= isLarger;
        grow(item);
        return true;
    }

    private void grow(int item) {
        counts[item]++;
        totals[item] += packet.payloadLength;
    }

    /**
     * Ends the batch: writes virtio headers, merged headers and iovecs.
     *
     * @return the number of items, in the order in which they have to be written
     */
    public int finish() {
        int iov = 0;
        for (int item = 0; item < items; item++) {
            iovStarts[item] = iov;
            int first = firsts[item];
            int start = offsets[first] - VirtioNetHeader.SIZE;
            if (counts[item] == 1) {
                clearVirtioHeader(start);
            } else {
                mergeHeaders(item);
            }
            putIovec(iov++, start, VirtioNetHeader.SIZE + lengths[first]);
            for (int index = next[first]; index != END; index = next[index]) {
                putIovec(iov++, offsets[index] + headerLengths[item], lengths[index] - headerLengths[item]);
            }
        }
        return items;
    }

    private void clearVirtioHeader(int offset) {
        slab.putLong(offset, 0);
        slab.putShort(offset + 8, (short) 0);
    }

    private void putIovec(int iov, int offset, int length) {
        iovecs.putLong(iov * IOVEC_LENGTH, slab.addressOffset() + offset);
        iovecs.putLong(iov * IOVEC_LENGTH + 8, length);
    }

    private void mergeHeaders(int item) {
        int offset = offsets[firsts[item]];
        int total = totals[item];
        boolean v6 = InnerPacket.isV6(slab, offset);
        int transportOffset = v6 ? Ip.V6_HEADER_LENGTH : Ip.V4_HEADER_LENGTH;
        int protocol = slab.getByte(offset + (v6 ? Ip.V6_NEXT_HEADER : Ip.V4_PROTOCOL));
        boolean isTcp = protocol == Ip.TCP;
        int transport = offset + transportOffset;
        int transportLength = total - transportOffset;

        int header = offset - VirtioNetHeader.SIZE;
        int tcpType = v6 ? VirtioNetHeader.VIRTIO_NET_HDR_GSO_TCPV6 : VirtioNetHeader.VIRTIO_NET_HDR_GSO_TCPV4;
        slab.putByte(header + VirtioNetHeader.FLAGS_OFFSET, (byte) VirtioNetHeader.VIRTIO_NET_HDR_F_NEEDS_CSUM);
        slab.putByte(header + VirtioNetHeader.GSO_TYPE_OFFSET, (byte)
                (isTcp ? tcpType : VirtioNetHeader.VIRTIO_NET_HDR_GSO_UDP_L4));
        slab.putShort(header + VirtioNetHeader.HDR_LEN_OFFSET, (short) headerLengths[item]);
        slab.putShort(header + VirtioNetHeader.GSO_SIZE_OFFSET, (short) gsoSizes[item]);
        slab.putShort(header + VirtioNetHeader.CSUM_START_OFFSET, (short) transportOffset);
        int checksumOffset = isTcp ? Ip.TCP_CHECKSUM : Ip.UDP_CHECKSUM;
        slab.putShort(header + VirtioNetHeader.CSUM_OFFSET_OFFSET, (short) checksumOffset);

        long pseudo = v6
                ? Checksum.pseudo6(slab, offset, protocol, transportLength)
                : Checksum.pseudo4(slab, offset, protocol, transportLength);
        savedTransport[item] = Ip.u16(slab, transport + checksumOffset);
        putWord(transport + checksumOffset, Checksum.fold(pseudo));
        if (isTcp) {
            savedTransport[item] |= slab.getByte(transport + Ip.TCP_FLAGS) << 16;
            if (pushed[item]) {
                slab.putByte(transport + Ip.TCP_FLAGS, (byte) (Ip.TCP_ACK | Ip.TCP_PSH));
            }
        } else {
            putWord(transport + Ip.UDP_LENGTH, transportLength);
        }
        if (v6) {
            putWord(offset + Ip.V6_PAYLOAD_LENGTH, total - Ip.V6_HEADER_LENGTH);
        } else {
            savedNetwork[item] = Ip.u16(slab, offset + Ip.V4_CHECKSUM);
            putWord(offset + Ip.V4_TOTAL_LENGTH, total);
            putWord(offset + Ip.V4_CHECKSUM, 0);
            putWord(offset + Ip.V4_CHECKSUM, Checksum.finish(Checksum.sum(slab, offset, Ip.V4_HEADER_LENGTH)));
        }
    }

    /**
     * Takes a merged item apart again, for a kernel that refused it: every packet gets its own header back, and each of the
     * item's iovecs becomes one whole packet with an empty virtio header, to be written by itself, in order.
     *
     * @return the number of packets, the same as {@link #iovCount}
     */
    public int separate(int item) {
        Objects.checkIndex(item, items);
        int first = firsts[item];
        if (counts[item] > 1) {
            restoreHeaders(item, offsets[first], lengths[first]);
        }
        int iov = iovStarts[item];
        for (int index = first; index != END; index = next[index]) {
            int start = offsets[index] - VirtioNetHeader.SIZE;
            clearVirtioHeader(start);
            putIovec(iov++, start, VirtioNetHeader.SIZE + lengths[index]);
        }
        return counts[item];
    }

    private void restoreHeaders(int item, int offset, int length) {
        boolean v6 = InnerPacket.isV6(slab, offset);
        int transport = offset + (v6 ? Ip.V6_HEADER_LENGTH : Ip.V4_HEADER_LENGTH);
        if (slab.getByte(offset + (v6 ? Ip.V6_NEXT_HEADER : Ip.V4_PROTOCOL)) == Ip.TCP) {
            slab.putByte(transport + Ip.TCP_FLAGS, (byte) (savedTransport[item] >>> 16));
            putWord(transport + Ip.TCP_CHECKSUM, savedTransport[item]);
        } else {
            putWord(transport + Ip.UDP_LENGTH, offset + length - transport);
            putWord(transport + Ip.UDP_CHECKSUM, savedTransport[item]);
        }
        if (v6) {
            putWord(offset + Ip.V6_PAYLOAD_LENGTH, length - Ip.V6_HEADER_LENGTH);
        } else {
            putWord(offset + Ip.V4_TOTAL_LENGTH, length);
            putWord(offset + Ip.V4_CHECKSUM, savedNetwork[item]);
        }
    }

    private void putWord(int offset, int value) {
        slab.putShort(offset, (short) value, BIG_ENDIAN);
    }

    public int items() {
        return items;
    }

    /** Packets added since {@link #begin}. */
    public int packets() {
        return packets;
    }

    /** Address of the item's iovec array. */
    public long iovAddress(int item) {
        Objects.checkIndex(item, items);
        return iovecs.addressOffset() + (long) iovStarts[item] * IOVEC_LENGTH;
    }

    /** Entries of the item's iovec array, which is also the number of packets in it. */
    public int iovCount(int item) {
        Objects.checkIndex(item, items);
        return counts[item];
    }

    /** A number, not negative, that all items of a flow have in common, and other flows seldom. */
    public int flow(int item) {
        Objects.checkIndex(item, items);
        return flowHashes[item] & Integer.MAX_VALUE;
    }

    /** Bytes that writing the merged item moves: virtio header and IP packet. */
    public int lengthBytes(int item) {
        Objects.checkIndex(item, items);
        return VirtioNetHeader.SIZE + totals[item];
    }

    /** Whether the item is a UDP superpacket, so that the caller knows what to switch off when the kernel refuses it. */
    public boolean isUdpSuperpacket(int item) {
        Objects.checkIndex(item, items);
        return counts[item] > 1
                && slab.getByte(offsets[firsts[item]] - VirtioNetHeader.SIZE + VirtioNetHeader.GSO_TYPE_OFFSET)
                        == VirtioNetHeader.VIRTIO_NET_HDR_GSO_UDP_L4;
    }
}
