package io.penstock.engine.io;

/** What a datagram looks like before any key is known, and so which socket of a port gets it. In the order of their places. */
public enum DatagramKind {
    /** Transport data. */
    DATA,
    /** Initiations and responses of those who hold no cookie: what a flood from spoofed sources is made of. */
    HANDSHAKE,
    /** Initiations and responses of those who hold one, or say so; cookie replies. */
    COOKIE,
    /** What is no WireGuard message. */
    OTHER
}
