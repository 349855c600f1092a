package io.penstock.sim.net;

import io.penstock.sim.Timeline;

/**
 * How a NAT behaves, in the words of RFC 4787.
 *
 * @param mapping what a mapping depends on
 * @param filtering what an outer host must have been sent to be let in
 * @param lifetimeNs of a mapping and of a permission, after the last datagram
 * @param inboundRefreshes whether datagrams from outside prolong it as well
 */
public record NatKind(
        Depends mapping, Depends filtering, Ports ports, Hairpin hairpin, long lifetimeNs, boolean inboundRefreshes) {
    /** On what of the other side. */
    public enum Depends {
        /** Endpoint-independent. */
        NOTHING,
        ADDRESS,
        ADDRESS_AND_PORT
    }

    /** Which outer port a mapping gets. */
    public enum Ports {
        /** The inner one, if it is free; else the next that is. */
        PRESERVED,
        ASCENDING,
        RANDOM
    }

    /** What happens to a datagram from inside to a mapping of the same NAT. */
    public enum Hairpin {
        NO,
        /** It comes back, from the sender's mapping. */
        YES
    }

    /** The usual one of a home. */
    public static final NatKind EASY = new NatKind(
            Depends.NOTHING, Depends.ADDRESS_AND_PORT, Ports.PRESERVED, Hairpin.NO, 120 * Timeline.SECOND, true);

    /** Symmetric. */
    public static final NatKind HARD = new NatKind(
            Depends.ADDRESS_AND_PORT, Depends.ADDRESS_AND_PORT, Ports.RANDOM, Hairpin.NO, 120 * Timeline.SECOND, true);
}
