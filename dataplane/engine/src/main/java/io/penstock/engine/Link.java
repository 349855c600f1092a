package io.penstock.engine;

/** State of the interface's device as the control agent follows it; owned by that agent. */
interface Link {
    /** Readable when {@link #refresh} may have news. */
    int fd();

    boolean isUp();

    /** True once the device has been deleted; for good. */
    boolean isGone();

    /** Bytes; 0 when unknown. */
    int mtu();

    /** How long {@link #refresh} may wait for {@link #fd} to become readable; {@code Long.MAX_VALUE} for ever. */
    long retryInNs(long nowNs);

    /**
     * Takes in what has happened. When the kernel does not tell, for want of memory or descriptors, what was known
     * before still counts, and {@link #retryInNs} says when to ask again.
     *
     * @return true when state, MTU or existence differ from before
     */
    boolean refresh(long nowNs);
}
