package io.penstock.lab.nat;

/** What stands between a site and the internet, in the words of RFC 4787. */
public enum NatKind {
    /** Whoever knows the mapping may use it. */
    FULL_CONE("full cone", Mapping.ENDPOINT_INDEPENDENT, Filtering.ENDPOINT_INDEPENDENT, false),
    /** Whoever was sent something may answer, from any port. */
    RESTRICTED("restricted", Mapping.ENDPOINT_INDEPENDENT, Filtering.ADDRESS_DEPENDENT, false),
    /** What Linux does by itself, and most routers at home. */
    PORT_RESTRICTED("port-restricted", Mapping.ENDPOINT_INDEPENDENT, Filtering.ADDRESS_AND_PORT_DEPENDENT, false),
    /** Another public port for each destination, at random. */
    SYMMETRIC("symmetric", Mapping.ADDRESS_AND_PORT_DEPENDENT, Filtering.ADDRESS_AND_PORT_DEPENDENT, false),
    /** A port-restricted router behind another one, which is the provider's. */
    DOUBLE("double", Mapping.ENDPOINT_INDEPENDENT, Filtering.ADDRESS_AND_PORT_DEPENDENT, false),
    /** A provider's, as RFC 6888 wants them: its customers reach each other at their public addresses, and only there. */
    HAIRPIN("hairpin", Mapping.ENDPOINT_INDEPENDENT, Filtering.ENDPOINT_INDEPENDENT, true),
    /** A firewall that lets TCP out and nothing else. */
    UDP_BLOCKED("UDP blocked", Mapping.NONE, Filtering.ADDRESS_AND_PORT_DEPENDENT, false);

    /** Which destinations see the same public port; RFC 4787 section 4.1. */
    public enum Mapping {
        ENDPOINT_INDEPENDENT,
        ADDRESS_AND_PORT_DEPENDENT,
        /** No datagram gets out. */
        NONE
    }

    /** From whom datagrams come in; RFC 4787 section 5. */
    public enum Filtering {
        ENDPOINT_INDEPENDENT,
        ADDRESS_DEPENDENT,
        ADDRESS_AND_PORT_DEPENDENT
    }

    private final String title;
    private final Mapping mapping;
    private final Filtering filtering;
    private final boolean hairpins;

    NatKind(String title, Mapping mapping, Filtering filtering, boolean hairpins) {
        this.title = title;
        this.mapping = mapping;
        this.filtering = filtering;
        this.hairpins = hairpins;
    }

    public Mapping mapping() {
        return mapping;
    }

    public Filtering filtering() {
        return filtering;
    }

    /** Whether a datagram from inside to a public mapping of its own comes back in. */
    public boolean hairpins() {
        return hairpins;
    }

    /** The router itself, where there are two: the one next to the site. */
    NatKind nearest() {
        return this == DOUBLE ? PORT_RESTRICTED : this;
    }

    /**
     * Whether two nodes behind such routers can talk without a relay if both send at the same time and know what a STUN server saw.
     * Guessing the ports of a symmetric one does not count.
     */
    public boolean canMeet(NatKind other) {
        if (mapping == Mapping.NONE || other.mapping == Mapping.NONE) {
            return false;
        }
        return (mapping == Mapping.ENDPOINT_INDEPENDENT || other.ignoresPorts())
                && (other.mapping == Mapping.ENDPOINT_INDEPENDENT || ignoresPorts());
    }

    /** Whether a datagram of somebody whose address is known comes in from a port that nobody could know. */
    private boolean ignoresPorts() {
        return mapping == Mapping.ENDPOINT_INDEPENDENT && filtering != Filtering.ADDRESS_AND_PORT_DEPENDENT;
    }

    /** As people say it, such as {@code port-restricted}. */
    @Override
    public String toString() {
        return title;
    }
}
