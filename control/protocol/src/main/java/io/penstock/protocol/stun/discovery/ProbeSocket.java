package io.penstock.protocol.stun.discovery;

/** From which of three sockets a datagram goes, each with a port of its own: what one has opened in a NAT shall not answer for another. */
public enum ProbeSocket {
    MAPPING,
    /** Sends to the first address of a server only. RFC 5780 section 4.5. */
    FILTERING,
    HAIRPIN
}
