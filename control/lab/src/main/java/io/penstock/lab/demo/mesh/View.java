package io.penstock.lab.demo.mesh;

import java.util.Optional;

/**
 * The mesh at one moment, as its gateways and the probes between the hosts show it.
 *
 * @param a gateway A
 * @param b gateway B
 * @param silentNs how long probes have had no answer, 0 unless that is a gap
 * @param hasAnswer whether any probe was ever answered
 */
public record View(Node a, Node b, long silentNs, boolean hasAnswer) {
    /** What goes on after so long was only held up, as by a relay that is busy; it counts as a gap all the same. */
    static final long HELD_UP_NS = 500_000_000L;

    /** How traffic goes from one gateway to the other. */
    public enum Way {
        NONE,
        DIRECT,
        RELAY
    }

    /**
     * One gateway.
     *
     * @param answers whether its daemon does
     * @param isConnected with the coordinator
     * @param way to the other gateway
     */
    public record Node(boolean answers, boolean isConnected, Way way) {
        /** Of a daemon that does not run. */
        public static final Node GONE = new Node(false, false, Way.NONE);
    }

    boolean flows() {
        return hasAnswer && silentNs < HELD_UP_NS;
    }

    boolean isBoth(Way way) {
        return a.way() == way && b.way() == way;
    }

    boolean isConnected() {
        return a.isConnected() && b.isConnected();
    }

    /** The way that both take; empty while they differ, or one has none. */
    public Optional<Way> way() {
        return a.way() == b.way() && a.way() != Way.NONE ? Optional.of(a.way()) : Optional.empty();
    }
}
