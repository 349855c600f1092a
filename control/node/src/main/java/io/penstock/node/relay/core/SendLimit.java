package io.penstock.node.relay.core;

/** How much a relay allows us to send, as it said in its welcome: a bucket of tokens that are bytes of frames. Not thread-safe. */
public final class SendLimit {
    private final double bytesPerNs;
    private final double burst;
    private double tokens;
    private long atNs;

    /**
     * A full bucket.
     *
     * @param bytesPerSecond 0 or less for no limit
     */
    public SendLimit(int bytesPerSecond, int burstBytes, long nowNs) {
        bytesPerNs = Math.max(0, bytesPerSecond) / 1e9;
        burst = Math.max(0, burstBytes);
        tokens = burst;
        atNs = nowNs;
    }

    /** Whether a frame of this length may be sent now; it counts then. */
    public boolean take(int lengthBytes, long nowNs) {
        if (bytesPerNs == 0) {
            return true;
        }
        tokens = Math.min(burst, tokens + (nowNs - atNs) * bytesPerNs);
        atNs = nowNs;
        if (tokens < lengthBytes) {
            return false;
        }
        tokens -= lengthBytes;
        return true;
    }
}
