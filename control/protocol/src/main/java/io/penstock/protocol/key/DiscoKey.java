package io.penstock.protocol.key;

import io.penstock.wireguard.PublicKey;

/**
 * The public key under which a node seals path discovery messages. Made new at each start of a node.
 */
public record DiscoKey(PublicKey value) {
    public static final String PREFIX = "discokey:";

    /** Stands for "none" on the wire, where a key is never left out. */
    public static final DiscoKey ZERO = new DiscoKey(PublicKey.of(new byte[PublicKey.LENGTH]));

    /**
     * Reads {@code discokey:} and 64 lower-case hexadecimal digits; the zero key too.
     *
     * @throws IllegalArgumentException for anything else; its message does not repeat the text
     */
    public static DiscoKey parse(String text) {
        return new DiscoKey(KeyText.parse(PREFIX, text));
    }

    /**
     * The key in a copy of these bytes.
     *
     * @throws IllegalArgumentException unless there are exactly 32
     */
    public static DiscoKey of(byte[] bytes) {
        return new DiscoKey(PublicKey.of(bytes));
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
