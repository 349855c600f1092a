package io.penstock.protocol.key;

import io.penstock.wireguard.PublicKey;

/**
 * A node's WireGuard public key. It names the node to its peers and to relays, and changes when the node renews it.
 */
public record NodeKey(PublicKey value) {
    public static final String PREFIX = "nodekey:";

    /** Stands for "none" on the wire, where a key is never left out. */
    public static final NodeKey ZERO = new NodeKey(PublicKey.of(new byte[PublicKey.LENGTH]));

    /**
     * Reads {@code nodekey:} and 64 lower-case hexadecimal digits; the zero key too.
     *
     * @throws IllegalArgumentException for anything else; its message does not repeat the text
     */
    public static NodeKey parse(String text) {
        return new NodeKey(KeyText.parse(PREFIX, text));
    }

    /**
     * The key in a copy of these bytes.
     *
     * @throws IllegalArgumentException unless there are exactly 32
     */
    public static NodeKey of(byte[] bytes) {
        return new NodeKey(PublicKey.of(bytes));
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
