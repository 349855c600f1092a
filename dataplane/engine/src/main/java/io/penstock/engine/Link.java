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

    /** Takes in what has happened; true when state, MTU or existence differ from before. */
    boolean refresh();
}
