package io.penstock.protocol.key;

import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.X25519;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An X25519 private key of a node, a machine, a relay or a coordinator. Holds the only copy of its bytes until
 * {@link #wipe}; its {@code toString} says nothing. Not thread-safe against {@code wipe}.
 */
public final class PrivateKey {
    public static final int LENGTH = PublicKey.LENGTH;

    /** Of the text form in a state file. */
    public static final String PREFIX = "privkey:";

    private final byte[] bytes;

    private PrivateKey(byte[] bytes) {
        this.bytes = bytes;
    }

    /** A new key, clamped as RFC 7748 section 5 says. */
    public static PrivateKey generate(Entropy entropy) {
        byte[] bytes = new byte[LENGTH];
        entropy.fill(bytes);
        bytes[0] &= (byte) 0xf8;
        bytes[LENGTH - 1] = (byte) ((bytes[LENGTH - 1] & 0x7f) | 0x40);
        return new PrivateKey(bytes);
    }

    /**
     * The key in a copy of these bytes, as they are; the caller wipes its own.
     *
     * @throws IllegalArgumentException unless there are exactly 32
     */
    public static PrivateKey of(byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException("a private key has 32 bytes, not " + bytes.length);
        }
        return new PrivateKey(bytes.clone());
    }

    /**
     * Reads {@code privkey:} and 64 lower-case hexadecimal digits; takes any sequence of characters, so that the text need
     * not become a {@code String}.
     *
     * @throws IllegalArgumentException for anything else; its message does not repeat the text
     */
    public static PrivateKey parse(CharSequence text) {
        return new PrivateKey(KeyText.parseBytes(PREFIX, text));
    }

    /** The text form in ASCII, for a file; the caller wipes it. */
    public byte[] toText() {
        byte[] prefix = PREFIX.getBytes(StandardCharsets.US_ASCII);
        byte[] digits = KeyText.digits(bytes);
        byte[] text = Arrays.copyOf(prefix, prefix.length + digits.length);
        System.arraycopy(digits, 0, text, prefix.length, digits.length);
        Arrays.fill(digits, (byte) 0);
        return text;
    }

    /** The bytes, in a copy that the caller wipes. */
    public byte[] toBytes() {
        return bytes.clone();
    }

    /** The public key that belongs to this one. */
    public PublicKey publicKey(X25519 x25519) {
        byte[] key = new byte[LENGTH];
        x25519.publicKey(bytes, key);
        return PublicKey.of(key);
    }

    /**
     * Writes the secret that this key shares with {@code other}, 32 bytes.
     *
     * @return false if {@code other} is a point of low order and must be refused
     */
    public boolean agree(X25519 x25519, PublicKey other, byte[] sharedSecret) {
        return x25519.agree(bytes, other.toBytes(), sharedSecret);
    }

    /** Zeroes the bytes; the key must not be used again. */
    public void wipe() {
        Arrays.fill(bytes, (byte) 0);
    }

    @Override
    public String toString() {
        return "PrivateKey";
    }
}
