package io.penstock.protocol.ts2021;

/**
 * The growing number by which a node says what it understands. A coordinator writes its messages by it, so a node must not
 * announce more than it has, and a coordinator must not use what is newer than the oldest node it admits.
 */
public final class CapabilityVersion {
    /** What our node announces: the encodings up to here are the ones that this package reads. */
    public static final int OURS = 131;

    /** The oldest node that our coordinator admits, of release 1.80 (January 2025). */
    public static final int OLDEST_ADMITTED = 113;

    /** The newest node that our coordinator was seen to work with; newer ones are admitted, since they read old encodings. */
    public static final int NEWEST_KNOWN = 145;

    private CapabilityVersion() {}

    /** Whether our coordinator admits a node of this version. */
    public static boolean isAdmitted(int version) {
        return version >= OLDEST_ADMITTED;
    }
}
