package io.penstock.engine.lane;

/**
 * What the packet path of a tunnel and whoever finds the paths to its peers hand each other; there are none where nobody does.
 * Every ring is bounded, and says who may use which end.
 */
public final class WireRings {
    private final DatagramRing datagrams = new DatagramRing();

    /** Datagrams that are no WireGuard message, from the receiving lane to the control agent. */
    public DatagramRing datagrams() {
        return datagrams;
    }
}
