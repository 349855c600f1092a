package io.penstock.sim.net;

import io.penstock.wireguard.Endpoint;

/** A UDP datagram on its way. Immutable; the bytes are nobody's to change. */
public final class Datagram {
    private static final int V4_HEADERS = 28;
    private static final int V6_HEADERS = 48;

    private final Endpoint from;
    private final Endpoint to;
    private final byte[] bytes;
    private final int length;
    private final boolean isWhole;

    /**
     * One that somebody sends.
     *
     * @param length of its content, which may be more than what is kept of it in {@code bytes}
     * @param isWhole whether no router may cut it into fragments
     */
    Datagram(Endpoint from, Endpoint to, byte[] bytes, int length, boolean isWhole) {
        this.from = from;
        this.to = to;
        this.bytes = bytes;
        this.length = length;
        this.isWhole = isWhole;
    }

    public Endpoint from() {
        return from;
    }

    public Endpoint to() {
        return to;
    }

    public byte[] bytes() {
        return bytes;
    }

    boolean isWhole() {
        return isWhole;
    }

    /** With the headers of IP and UDP. */
    int wireLength() {
        return length + (to.isV6() ? V6_HEADERS : V4_HEADERS);
    }

    Datagram from(Endpoint other) {
        return new Datagram(other, to, bytes, length, isWhole);
    }

    Datagram to(Endpoint other) {
        return new Datagram(from, other, bytes, length, isWhole);
    }

    @Override
    public String toString() {
        return from + " > " + to + ", " + length + " bytes";
    }
}
