package io.penstock.wireguard;

/** Why something was dropped. Every drop has one, and every one is counted by the object that drops. */
public enum DropReason {
    // Any datagram.
    UNKNOWN_TYPE("unknown-type"),
    WRONG_LENGTH("wrong-length"),
    DEVICE_DOWN("device-down"),
    NO_PRIVATE_KEY("no-private-key"),

    /** No WireGuard message, and more of them than whoever takes those keeps up with. */
    DATAGRAM_QUEUE_FULL("datagram-queue-full"),

    /** From the network, and says that it comes by a relay. */
    RELAY_SOURCE_FORGED("relay-source-forged"),

    /** A relay brings more than a lane keeps up with. */
    RELAYED_QUEUE_FULL("relayed-queue-full"),

    // Initiations and responses.
    MAC1_INVALID("mac1-invalid"),
    COOKIE_REQUIRED("cookie-required"),

    /** Likewise, and so many want one that this sender was not told. */
    COOKIE_WITHHELD("cookie-withheld"),
    RATE_LIMITED("rate-limited"),
    INITIATION_STATIC_INVALID("initiation-static-invalid"),
    INITIATION_UNKNOWN_PEER("initiation-unknown-peer"),
    INITIATION_PEER_UNUSABLE("initiation-peer-unusable"),
    INITIATION_TIMESTAMP_INVALID("initiation-timestamp-invalid"),
    INITIATION_TIMESTAMP_OLD("initiation-timestamp-old"),
    INITIATION_TOO_SOON("initiation-too-soon"),
    RESPONSE_UNEXPECTED("response-unexpected"),
    RESPONSE_INVALID("response-invalid"),
    NO_KEY_MEMORY("no-key-memory"),

    // Cookie replies.
    COOKIE_UNEXPECTED("cookie-unexpected"),
    COOKIE_INVALID("cookie-invalid"),

    // Data messages, on their way in.
    RECEIVE_FAILED("receive-failed"),
    HANDSHAKE_QUEUE_FULL("handshake-queue-full"),
    UNKNOWN_INDEX("unknown-index"),

    /** Data that came in one piece with handshake messages, and more of it than the lane takes. */
    STRAY_QUEUE_FULL("stray-queue-full"),
    KEYPAIR_EXPIRED("keypair-expired"),
    AUTHENTICATION_FAILED("authentication-failed"),
    REPLAYED("replayed"),
    BEHIND_REPLAY_WINDOW("behind-replay-window"),
    INNER_MALFORMED("inner-malformed"),
    SOURCE_NOT_ALLOWED("source-not-allowed"),
    FILTERED_MALFORMED("filtered-malformed"),
    FILTERED_FRAGMENT("filtered-fragment"),
    FILTERED_DESTINATION("filtered-destination"),
    FILTERED_NO_RULE("filtered-no-rule"),
    FILTERED_REVOKED("filtered-revoked"),
    FILTERED_ICMP_ERROR("filtered-icmp-error"),
    TUN_WRITE_FAILED("tun-write-failed"),

    /** More packets for the node itself than it keeps up with. */
    PACKET_QUEUE_FULL("packet-queue-full"),

    // Packets of the interface, on their way out.
    OUTGOING_MALFORMED("outgoing-malformed"),
    NO_PEER_FOR_DESTINATION("no-peer-for-destination"),
    ROUTING_LOOP("routing-loop"),
    STAGED_QUEUE_FULL("staged-queue-full"),
    STAGED_FLUSHED("staged-flushed"),

    /** More is to go through relays than they take. */
    RELAY_QUEUE_FULL("relay-queue-full"),
    SEND_FAILED("send-failed");

    private final String label;

    DropReason(String label) {
        this.label = label;
    }

    /** Stable kebab-case name for metrics and logs. */
    public String label() {
        return label;
    }
}
