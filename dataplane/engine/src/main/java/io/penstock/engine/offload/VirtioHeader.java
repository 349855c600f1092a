package io.penstock.engine.offload;

/** Fields of {@code struct virtio_net_hdr} in its 10-byte form, host byte order. */
final class VirtioHeader {
    static final int LENGTH = 10;

    static final int FLAGS = 0;
    static final int GSO_TYPE = 1;
    static final int HEADER_LENGTH = 2;
    static final int GSO_SIZE = 4;
    static final int CHECKSUM_START = 6; // from the first byte of the IP header
    static final int CHECKSUM_OFFSET = 8; // from CHECKSUM_START

    static final int NEEDS_CHECKSUM = 1;

    static final int GSO_NONE = 0;
    static final int GSO_TCP4 = 1;
    static final int GSO_TCP6 = 4;
    static final int GSO_UDP = 5;
    static final int GSO_ECN = 0x80; // a bit beside the type

    private VirtioHeader() {}
}
