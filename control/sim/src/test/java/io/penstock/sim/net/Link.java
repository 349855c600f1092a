package io.penstock.sim.net;

/** How good an attachment is, for each way. Changed at any time by whoever makes the weather. */
public final class Link {
    /** One way. */
    public static final class Way {
        public double loss;
        public double duplication;

        /** How often one is held up, so that later ones overtake it. */
        public double reordering;

        public boolean isCut;

        /** Longest datagram, with headers, that passes whole; nothing tells the sender. */
        public int mtu = 1500;

        /** Whether fragments get lost, and so whatever is longer. */
        public boolean isHole;
    }

    public final Way out = new Way();
    public final Way in = new Way();
    public long delayNs;

    /** Spread of the delay, by which one is later at most. */
    public long jitterNs;

    public Link(long delayNs) {
        this.delayNs = delayNs;
    }
}
