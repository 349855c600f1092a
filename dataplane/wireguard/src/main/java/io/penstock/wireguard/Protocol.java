package io.penstock.wireguard;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * The numbers of WireGuard, in one place. Names as in the whitepaper where it has one; durations in nanoseconds.
 * A comment says where a value comes from when it is not in the whitepaper.
 */
public final class Protocol {

    // Section 6.1, table of constants.

    /** A sender asks for new keys after this many messages. */
    public static final long REKEY_AFTER_MESSAGES = 1L << 60;

    /** No counter at or above this is sent or accepted; an unsigned number, 2^64 - 2^13 - 1. */
    public static final long REJECT_AFTER_MESSAGES = -(1L << 13) - 1;

    public static final long REKEY_AFTER_TIME_NS = 120_000_000_000L;
    public static final long REJECT_AFTER_TIME_NS = 180_000_000_000L;
    public static final long REKEY_ATTEMPT_TIME_NS = 90_000_000_000L;
    public static final long REKEY_TIMEOUT_NS = 5_000_000_000L;
    public static final long KEEPALIVE_TIMEOUT_NS = 10_000_000_000L;

    // Section 6.1 to 6.5 in words; the exact figures are those of the Linux module and wireguard-go.

    /** Uniform jitter of the handshake retry and of the new-handshake timer is below this (Linux, wireguard-go). */
    public static final long REKEY_TIMEOUT_JITTER_MAX_NS = 333_000_000L;

    /** Data sent and nothing authentic back for this long: a new handshake (section 6.5). */
    public static final long NEW_HANDSHAKE_AFTER_NS = KEEPALIVE_TIMEOUT_NS + REKEY_TIMEOUT_NS;

    /** Age at which a received message makes the initiator renew the session (section 6.2). */
    public static final long REKEY_AFTER_RECEIVE_NS = REJECT_AFTER_TIME_NS - KEEPALIVE_TIMEOUT_NS - REKEY_TIMEOUT_NS;

    /** All keys of a silent peer are zeroed after this (section 6.3). */
    public static final long ZERO_KEYS_AFTER_NS = 3 * REJECT_AFTER_TIME_NS;

    /** Retries are abandoned once the attempt counter has passed this: 20 initiations in all (Linux, wireguard-go). */
    public static final int MAX_TIMER_HANDSHAKES = 18;

    /** Accepted initiations of one peer are farther apart than this (Linux, wireguard-go: 50 a second). */
    public static final long INITIATION_INTERVAL_NS = 20_000_000L;

    // Denial of service: section 5.4.7 and 5.3; queue and rate figures of the Linux module.

    /** Life of a cookie and of the secret it is made of (section 5.4.7). */
    public static final long COOKIE_LIFE_NS = 120_000_000_000L;

    /** A received cookie is given up this much earlier, for the time it travelled (Linux). */
    public static final long COOKIE_LATENCY_NS = 5_000_000_000L;

    /** The under-load state outlives its cause by this (Linux, wireguard-go). */
    public static final long UNDER_LOAD_HOLD_NS = 1_000_000_000L;

    /** Under load means: at least one part in this many of the handshake queue is filled (Linux, wireguard-go). */
    public static final int UNDER_LOAD_QUEUE_DIVISOR = 8;

    /** Handshake messages waiting for the control agent (Linux). */
    public static final int MAX_QUEUED_HANDSHAKES = 4096;

    /** Handshake messages a second from one source with a valid cookie (Linux, wireguard-go). */
    public static final int RATE_LIMIT_PER_SECOND = 20;

    /** How many of them may come at once (Linux, wireguard-go). */
    public static final int RATE_LIMIT_BURST = 5;

    // Packets.

    /** Plaintext of a data message is padded to a multiple of this (section 5.4.6). */
    public static final int PADDING_MULTIPLE = 16;

    /** Packets kept for a peer without a usable key, the oldest dropped first (Linux). */
    public static final int MAX_STAGED_PACKETS = 128;

    /** How far behind the highest counter a message may arrive (section 5.4.6; size of Linux and wireguard-go). */
    public static final int REPLAY_WINDOW = 8128;

    /** Peers of one device (wireguard-go). */
    public static final int MAX_PEERS = 1 << 16;

    /** Traffic class of initiations and responses: AF41, no ECN (Linux). */
    public static final int HANDSHAKE_TRAFFIC_CLASS = 0x88;

    /** Seconds of a TAI64 label at the Unix epoch, as Linux and wireguard-go count them. */
    public static final long TAI64_EPOCH = 0x4000_0000_0000_000AL;

    /** Nanoseconds between two timestamps: the low 24 bits are cleared to hide the fine clock (Linux, wireguard-go). */
    public static final int TIMESTAMP_STEP_NS = 1 << 24;

    /**
     * Stamps are reserved this far ahead in persistent storage, so that a clock set back cannot block handshakes. Whoever
     * ends without a word loses so much; a reservation costs a write to the disk.
     */
    public static final int TIMESTAMP_RESERVE_SECONDS = 10;

    // Lengths in bytes (section 5.4).

    public static final int KEY_LENGTH = 32;
    public static final int HASH_LENGTH = 32;
    public static final int TAG_LENGTH = 16;
    public static final int MAC_LENGTH = 16;
    public static final int COOKIE_LENGTH = 16;
    public static final int COOKIE_NONCE_LENGTH = 24;
    public static final int TIMESTAMP_LENGTH = 12;

    private static final byte[] CONSTRUCTION = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s".getBytes(US_ASCII);
    private static final byte[] IDENTIFIER = "WireGuard v1 zx2c4 Jason@zx2c4.com".getBytes(US_ASCII);
    private static final byte[] LABEL_MAC1 = "mac1----".getBytes(US_ASCII);
    private static final byte[] LABEL_COOKIE = "cookie--".getBytes(US_ASCII);

    private Protocol() {}

    /** Name of the Noise construction, hashed into the first chaining key (section 5.4). */
    public static byte[] construction() {
        return CONSTRUCTION.clone();
    }

    /** Name of the protocol, mixed into the first hash (section 5.4). */
    public static byte[] identifier() {
        return IDENTIFIER.clone();
    }

    /** Label of the key of mac1 (section 5.4.4). */
    public static byte[] labelMac1() {
        return LABEL_MAC1.clone();
    }

    /** Label of the key that seals cookies (section 5.4.7). */
    public static byte[] labelCookie() {
        return LABEL_COOKIE.clone();
    }
}
