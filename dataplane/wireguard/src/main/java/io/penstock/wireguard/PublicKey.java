package io.penstock.wireguard;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.agrona.MutableDirectBuffer;
import org.jspecify.annotations.Nullable;

/** A Curve25519 public key: 32 bytes that name a peer. Immutable, usable as a map key. Whitepaper section 2. */
public final class PublicKey {
    public static final int LENGTH = Protocol.KEY_LENGTH;

    private static final int BASE64_LENGTH = 44;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;
    private final int hash;

    private PublicKey(byte[] bytes) {
        this.bytes = bytes;
        long mixed = 0;
        for (int i = 0; i < LENGTH; i += Long.BYTES) {
            mixed = (mixed ^ (long) LONGS.get(bytes, i)) * 0x9E37_79B9_7F4A_7C15L;
            mixed ^= mixed >>> 32;
        }
        hash = (int) mixed;
    }

    /**
     * The key in a copy of these bytes.
     *
     * @throws IllegalArgumentException unless there are exactly 32
     */
    public static PublicKey of(byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException("a public key has 32 bytes, not " + bytes.length);
        }
        return new PublicKey(bytes.clone());
    }

    /**
     * Reads the form {@code wg} shows.
     *
     * @throws IllegalArgumentException unless the text is the base64 of exactly 32 bytes
     */
    public static PublicKey parseBase64(String text) {
        // The last character carries two bits that mean nothing; the text must be the one that we would write.
        if (text.length() == BASE64_LENGTH) {
            PublicKey key = of(Base64.getDecoder().decode(text));
            if (key.toBase64().equals(text)) {
                return key;
            }
        }
        throw new IllegalArgumentException("not the base64 form of a key");
    }

    /**
     * Reads the form of the control socket, in either case.
     *
     * @throws IllegalArgumentException unless the text is the hexadecimal form of exactly 32 bytes
     */
    public static PublicKey parseHex(String text) {
        if (text.length() != 2 * LENGTH) {
            throw new IllegalArgumentException("not the hexadecimal form of a key");
        }
        return new PublicKey(HexFormat.of().parseHex(text));
    }

    public byte[] toBytes() {
        return bytes.clone();
    }

    /** Copies the 32 bytes to {@code destination} at {@code offset}. */
    public void copyTo(byte[] destination, int offset) {
        System.arraycopy(bytes, 0, destination, offset, LENGTH);
    }

    /** Copies the 32 bytes to {@code destination} at {@code offset}. */
    public void copyTo(MutableDirectBuffer destination, int offset) {
        destination.putBytes(offset, bytes);
    }

    /** Whether all bytes are zero, which the tools use for "no key". */
    public boolean isZero() {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    public String toBase64() {
        return Base64.getEncoder().encodeToString(bytes);
    }

    public String toHex() {
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PublicKey key && hash == key.hash && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** The base64 form: public keys are no secret and name the peer in logs. */
    @Override
    public String toString() {
        return toBase64();
    }
}
