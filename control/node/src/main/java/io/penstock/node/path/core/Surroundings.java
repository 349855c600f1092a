package io.penstock.node.path.core;

/** What the paths to all peers have in common. Owned by {@link PathCore}. */
final class Surroundings {
    /** What IPv6 needs at least, and what stock nodes have. */
    private static final int LEAST_MTU = 1280;

    private final AddressRules rules;
    private final PathLog.Budget notes = new PathLog.Budget();
    private int tunnelMtu = LEAST_MTU;

    Surroundings(AddressRules rules) {
        this.rules = rules;
    }

    AddressRules rules() {
        return rules;
    }

    /** Room for notes of what happens. */
    PathLog.Budget notes() {
        return notes;
    }

    /** The longest packet that goes into the tunnel, in bytes. */
    int tunnelMtu() {
        return tunnelMtu;
    }

    void setTunnelMtu(int bytes) {
        tunnelMtu = bytes;
    }
}
