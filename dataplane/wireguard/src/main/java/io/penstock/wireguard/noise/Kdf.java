package io.penstock.wireguard.noise;

import static io.penstock.wireguard.Protocol.HASH_LENGTH;

import java.util.Arrays;

/** HMAC over BLAKE2s, and the key derivation KDF1 to KDF3 that is HKDF over it. Whitepaper section 5.4. */
public final class Kdf {
    private static final byte INNER_PAD = 0x36;
    private static final byte OUTER_PAD = 0x5c;
    private static final byte[] NO_BYTES = {};

    private final Blake2s blake2s;
    private final byte[] pad = new byte[Blake2s.BLOCK_LENGTH];
    private final byte[] innerDigest = new byte[HASH_LENGTH];
    private final byte[] pseudoRandomKey = new byte[HASH_LENGTH];

    /** Hashes with {@code blake2s}, between messages of its other users. */
    public Kdf(Blake2s blake2s) {
        this.blake2s = blake2s;
    }

    /** Writes the 32 bytes of HMAC({@code key}, {@code input}); the key has at most 64 bytes. */
    public void hmac(byte[] key, byte[] input, byte[] mac) {
        hmac(key, NO_BYTES, input, (byte) 0, 0, mac);
    }

    /** KDF1: one output of 32 bytes, which may be {@code key} itself. */
    public void derive(byte[] key, byte[] input, byte[] first) {
        hmac(key, input, pseudoRandomKey);
        expand(NO_BYTES, 1, first);
        Arrays.fill(pseudoRandomKey, (byte) 0);
    }

    /** KDF2: two outputs of 32 bytes; {@code first} may be {@code key} itself. */
    public void derive(byte[] key, byte[] input, byte[] first, byte[] second) {
        hmac(key, input, pseudoRandomKey);
        expand(NO_BYTES, 1, first);
        expand(first, 2, second);
        Arrays.fill(pseudoRandomKey, (byte) 0);
    }

    /** KDF3: three outputs of 32 bytes; {@code first} may be {@code key} itself. */
    public void derive(byte[] key, byte[] input, byte[] first, byte[] second, byte[] third) {
        hmac(key, input, pseudoRandomKey);
        expand(NO_BYTES, 1, first);
        expand(first, 2, second);
        expand(second, 3, third);
        Arrays.fill(pseudoRandomKey, (byte) 0);
    }

    private void expand(byte[] before, int step, byte[] output) {
        hmac(pseudoRandomKey, before, NO_BYTES, (byte) step, 1, output);
    }

    /** HMAC over {@code head}, {@code tail} and, if {@code stepLength} is 1, the byte {@code step}. */
    private void hmac(byte[] key, byte[] head, byte[] tail, byte step, int stepLength, byte[] mac) {
        keyWith(key, INNER_PAD);
        blake2s.update(head).update(tail);
        if (stepLength == 1) {
            blake2s.update(step);
        }
        blake2s.finish(innerDigest, 0);
        keyWith(key, OUTER_PAD);
        blake2s.update(innerDigest).finish(mac, 0);
        Arrays.fill(pad, (byte) 0);
        Arrays.fill(innerDigest, (byte) 0);
    }

    private void keyWith(byte[] key, byte padding) {
        Arrays.fill(pad, padding);
        for (int i = 0; i < key.length; i++) {
            pad[i] ^= key[i];
        }
        blake2s.start(HASH_LENGTH).update(pad);
    }
}
