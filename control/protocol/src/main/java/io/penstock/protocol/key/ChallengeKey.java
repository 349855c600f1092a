package io.penstock.protocol.key;

import io.penstock.wireguard.PublicKey;

/**
 * The public key of the challenge in the coordinator's early payload.
 */
public record ChallengeKey(PublicKey value) {
    public static final String PREFIX = "chalpub:";

    /** Stands for "none" on the wire, where a key is never left out. */
    public static final ChallengeKey ZERO = new ChallengeKey(PublicKey.of(new byte[PublicKey.LENGTH]));

    /**
     * Reads {@code chalpub:} and 64 lower-case hexadecimal digits; the zero key too.
     *
     * @throws IllegalArgumentException for anything else; its message does not repeat the text
     */
    public static ChallengeKey parse(String text) {
        return new ChallengeKey(KeyText.parse(PREFIX, text));
    }

    /**
     * The key in a copy of these bytes.
     *
     * @throws IllegalArgumentException unless there are exactly 32
     */
    public static ChallengeKey of(byte[] bytes) {
        return new ChallengeKey(PublicKey.of(bytes));
    }

    public boolean isZero() {
        return value.isZero();
    }

    /** The text form, which {@link #parse} reads. */
    @Override
    public String toString() {
        return KeyText.format(PREFIX, value);
    }
}
