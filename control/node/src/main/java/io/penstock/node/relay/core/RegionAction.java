package io.penstock.node.relay.core;

/** What is to be done next for the relay of a region. */
public enum RegionAction {
    /** Connect, then {@link RegionState#onConnected} or {@link RegionState#onLost}. */
    DIAL,
    /** End the connection, or the attempt; nothing is to be reported of it any more. */
    CLOSE,
    /** The same, and try other nodes of the region first: this one does not answer. */
    GIVE_UP,
    /** Tell the relay whether it is home. */
    NOTE_PREFERRED,
    /** Send a ping, which the relay answers. */
    PING,
    /** Tell whoever finds paths that packets get through. */
    TELL_UP,
    /** Tell whoever finds paths that they do not. */
    TELL_DOWN
}
