package io.penstock.relay.core;

/**
 * How much is kept for a receiver that does not take it at once.
 *
 * @param discoPackets messages of discovery
 * @param packets other packets
 * @param bytes of the frames of those
 * @param notices pongs and other words of the relay's own
 * @param changes of who is here, each key's latest; a relay of the region that watches may have more, one for each client
 */
public record QueueLimits(int discoPackets, int packets, int bytes, int notices, int changes) {
    /** A tenth of a second at 80 Mbit/s, and the largest packet many times over. */
    public static final QueueLimits DEFAULT = new QueueLimits(32, 1024, 1 << 20, 64, 1024);

    private static final int LARGEST_PARCEL = 128 << 10;

    public QueueLimits {
        if (discoPackets < 1 || packets < 1 || notices < 1 || changes < 1) {
            throw new IllegalArgumentException("a queue has room for something");
        }
        if (bytes < LARGEST_PARCEL) {
            throw new IllegalArgumentException("a queue has room for " + LARGEST_PARCEL + " bytes");
        }
    }
}
