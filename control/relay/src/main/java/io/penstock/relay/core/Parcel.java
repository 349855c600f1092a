package io.penstock.relay.core;

/**
 * Packets of one sender for one receiver, one behind the other as frames that are ready to be written. Has one owner at a time,
 * who passes it on or releases it.
 */
public non-sealed interface Parcel extends Outgoing {
    /** How many packets; at least one. */
    int packets();

    /** Bytes of all frames, headers included. */
    int bytes();

    /** Whether it is a message of discovery, which goes before other packets. */
    boolean isDisco();

    /** Gives its memory back. It must not be used again. */
    void release();
}
