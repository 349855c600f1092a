package io.penstock.relay.core;

/** Why a packet, or a word of the relay's own, did not reach its receiver. */
public enum DropReason {
    /** Nobody has the key. */
    UNKNOWN_DESTINATION,
    /** The receiver is slow, and newer packets came. */
    QUEUE_FULL,
    /** The receiver left with the packet in its queue. */
    RECEIVER_GONE,
    /** The receiver is slow, and its queue of pongs and notices is full. */
    NOTICE_QUEUE_FULL,
    /** A sender was told often enough lately that somebody is not here. */
    NOT_HERE_LIMIT,
    /** Somebody who received from very many keys will not be told that one of them has left. */
    HEARD_LIMIT
}
