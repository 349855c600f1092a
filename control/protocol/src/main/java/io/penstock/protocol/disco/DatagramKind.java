package io.penstock.protocol.disco;

/** What a datagram on a node's one UDP port is, by its first bytes. Whether it is authentic is for its reader to find out. */
public enum DatagramKind {
    STUN,
    /** Came through a peer relay; behind the header is a discovery packet or a WireGuard message. */
    GENEVE,
    DISCO,
    WIREGUARD,
    OTHER;

    private static final int STUN_HEADER_LENGTH = 20;
    private static final int SHORTEST_WIREGUARD = 32;

    public static DatagramKind of(byte[] datagram, int offset, int length) {
        if (isStun(datagram, offset, length)) {
            return STUN;
        } else if (GeneveHeader.isOne(datagram, offset, length)) {
            return GENEVE;
        } else if (DiscoPacket.looksLikeOne(datagram, offset, length)) {
            return DISCO;
        }
        return isWireGuard(datagram, offset, length) ? WIREGUARD : OTHER;
    }

    /** A binding message; other methods of STUN have no business here. */
    private static boolean isStun(byte[] datagram, int offset, int length) {
        return length >= STUN_HEADER_LENGTH
                && (datagram[offset] & 0xC0) == 0
                && datagram[offset + 1] == 1
                && datagram[offset + 4] == 0x21
                && datagram[offset + 5] == 0x12
                && datagram[offset + 6] == (byte) 0xA4
                && datagram[offset + 7] == 0x42;
    }

    private static boolean isWireGuard(byte[] datagram, int offset, int length) {
        return length >= SHORTEST_WIREGUARD
                && datagram[offset] >= 1
                && datagram[offset] <= 4
                && datagram[offset + 1] == 0
                && datagram[offset + 2] == 0
                && datagram[offset + 3] == 0;
    }
}
