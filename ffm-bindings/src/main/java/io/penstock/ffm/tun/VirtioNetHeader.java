package io.penstock.ffm.tun;

import io.penstock.ffm.Memory;

/**
 * {@code struct virtio_net_hdr} of linux/virtio_net.h, by address: in front of every packet of a TUN with {@code IFF_VNET_HDR}.
 * Native byte order.
 */
public final class VirtioNetHeader {
    public static final int SIZE = 10;
    public static final int FLAGS_OFFSET = 0;
    public static final int GSO_TYPE_OFFSET = 1;
    public static final int HDR_LEN_OFFSET = 2;
    public static final int GSO_SIZE_OFFSET = 4;
    public static final int CSUM_START_OFFSET = 6;
    public static final int CSUM_OFFSET_OFFSET = 8;

    public static final int VIRTIO_NET_HDR_F_NEEDS_CSUM = 1;
    public static final int VIRTIO_NET_HDR_F_DATA_VALID = 2;
    public static final int VIRTIO_NET_HDR_GSO_NONE = 0;
    public static final int VIRTIO_NET_HDR_GSO_TCPV4 = 1;
    public static final int VIRTIO_NET_HDR_GSO_UDP = 3;
    public static final int VIRTIO_NET_HDR_GSO_TCPV6 = 4;
    public static final int VIRTIO_NET_HDR_GSO_UDP_L4 = 5;
    public static final int VIRTIO_NET_HDR_GSO_ECN = 0x80;

    public static int flags(long address) {
        return Memory.getByte(address + FLAGS_OFFSET) & 0xff;
    }

    public static int gsoType(long address) {
        return Memory.getByte(address + GSO_TYPE_OFFSET) & 0xff;
    }

    /** Not to be trusted on what is read: forwarded packets carry the length of their whole first fragment. */
    public static int hdrLen(long address) {
        return Memory.getShort(address + HDR_LEN_OFFSET) & 0xffff;
    }

    /** Payload bytes of each segment. */
    public static int gsoSize(long address) {
        return Memory.getShort(address + GSO_SIZE_OFFSET) & 0xffff;
    }

    /** Offset of the transport header from the first byte of the IP header. */
    public static int csumStart(long address) {
        return Memory.getShort(address + CSUM_START_OFFSET) & 0xffff;
    }

    /** Offset of the checksum field from {@link #csumStart}: 16 for TCP, 6 for UDP. */
    public static int csumOffset(long address) {
        return Memory.getShort(address + CSUM_OFFSET_OFFSET) & 0xffff;
    }

    /** Writes all fields. */
    public static void set(
            long address, int flags, int gsoType, int hdrLen, int gsoSize, int csumStart, int csumOffset) {
        Memory.putByte(address + FLAGS_OFFSET, (byte) flags);
        Memory.putByte(address + GSO_TYPE_OFFSET, (byte) gsoType);
        Memory.putShort(address + HDR_LEN_OFFSET, (short) hdrLen);
        Memory.putShort(address + GSO_SIZE_OFFSET, (short) gsoSize);
        Memory.putShort(address + CSUM_START_OFFSET, (short) csumStart);
        Memory.putShort(address + CSUM_OFFSET_OFFSET, (short) csumOffset);
    }

    /** A plain packet whose checksums are right. */
    public static void clear(long address) {
        Memory.putLong(address, 0);
        Memory.putShort(address + CSUM_OFFSET_OFFSET, (short) 0);
    }

    private VirtioNetHeader() {}
}
