package io.penstock.node.path.core;

/** Why a packet changed nothing. Each has a counter. */
public enum Ignored {
    /** Not by a key that a peer has; nothing was computed for it. */
    UNKNOWN_SENDER,
    /** Not sealed by the key that it names, or for another of ours, or of a kind that we do not know. */
    NOT_AUTHENTIC,
    /** A ping that was answered already. */
    DUPLICATE_PING,
    /** A ping of a disco key that several peers have, of which it does not say which it is. */
    AMBIGUOUS_PING,
    /** A pong to a ping that we did not send, or that came too late or another way. */
    UNEXPECTED_PONG,
    /** A call that did not come through a relay from the node whose key it is sealed with. */
    CALL_BY_OTHER_WAY,
    /** A call right after another one. */
    CALL_TOO_SOON,
    /** From an address that no peer can have. */
    BAD_ADDRESS,
    /** About peer relays, which we neither are nor use. */
    PEER_RELAY,
    /** A STUN message that we did not ask for. */
    UNEXPECTED_STUN,
    /** No discovery message and no STUN. */
    OTHER_DATAGRAM
}
