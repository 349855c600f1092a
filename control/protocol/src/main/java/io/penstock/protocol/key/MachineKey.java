package io.penstock.protocol.key;

import io.penstock.wireguard.PublicKey;

/**
 * A machine's public key: its static key in the Noise handshake with the coordinator. The coordinator's own is of this kind too.
 */
public record MachineKey(PublicKey value) {
    public static final String PREFIX = "mkey:";

    /** Stands for "none" on the wire, where a key is never left out. */
    public static final MachineKey ZERO = new MachineKey(PublicKey.of(new byte[PublicKey.LENGTH]));

    /**
     * Reads {@code mkey:} and 64 lower-case hexadecimal digits; the zero key too.
     *
     * @throws IllegalArgumentException for anything else; its message does not repeat the text
     */
    public static MachineKey parse(String text) {
        return new MachineKey(KeyText.parse(PREFIX, text));
    }

    /**
     * The key in a copy of these bytes.
     *
     * @throws IllegalArgumentException unless there are exactly 32
     */
    public static MachineKey of(byte[] bytes) {
        return new MachineKey(PublicKey.of(bytes));
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
