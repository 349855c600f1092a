package io.penstock.node.portmap.core;

/** Tells by a gateway's clock whether it has forgotten its mappings since it spoke last. Times of the gateway in seconds, unsigned 32 bits. */
final class Epoch {
    private static final long SECOND_NS = 1_000_000_000L;

    private boolean isKnown;
    private long lastSeconds;
    private long lastNs;

    /**
     * RFC 6887 section 8.5, which is as strict as RFC 6886 section 3.6 and looks at both sides.
     *
     * @return whether it has lost its state
     */
    boolean isLost(long seconds, long nowNs) {
        boolean isLost = false;
        if (isKnown) {
            long clientSeconds = (nowNs - lastNs) / SECOND_NS;
            long serverSeconds = seconds - lastSeconds;
            isLost = serverSeconds < -1
                    || clientSeconds + 2 < serverSeconds - serverSeconds / 16
                    || serverSeconds + 2 < clientSeconds - clientSeconds / 16;
        }
        isKnown = true;
        lastSeconds = seconds;
        lastNs = nowNs;
        return isLost;
    }
}
