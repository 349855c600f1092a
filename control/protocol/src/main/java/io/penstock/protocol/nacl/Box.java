package io.penstock.protocol.nacl;

import io.penstock.protocol.key.PrivateKey;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.X25519;
import java.security.MessageDigest;
import java.util.Arrays;
import org.bouncycastle.crypto.macs.Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.jspecify.annotations.Nullable;

/**
 * Seals and opens what two keys say to each other: XSalsa20-Poly1305 under the secret that they share, which is computed once.
 * A sealed message is a random nonce of 24 bytes, a tag of 16 and the ciphertext. Not thread-safe.
 */
public final class Box {
    public static final int NONCE_LENGTH = 24;
    public static final int TAG_LENGTH = 16;

    /** Bytes that sealing adds, nonce included. */
    public static final int OVERHEAD = NONCE_LENGTH + TAG_LENGTH;

    private static final int SUBKEY_NONCE_LENGTH = 16;

    private final byte[] sharedKey;
    private final Salsa20 salsa20 = new Salsa20();
    private final Poly1305 poly1305 = new Poly1305();
    private final byte[] subkey = new byte[Salsa20.KEY_LENGTH];
    private final byte[] block = new byte[Salsa20.BLOCK_LENGTH];

    private Box(byte[] sharedKey) {
        this.sharedKey = sharedKey;
    }

    /** The box between two keys, or null if {@code other} is a point of low order, with which there is no secret. */
    public static @Nullable Box between(X25519 x25519, PrivateKey own, PublicKey other) {
        byte[] secret = new byte[PublicKey.LENGTH];
        if (!own.agree(x25519, other, secret)) {
            return null;
        }
        byte[] sharedKey = new byte[Salsa20.KEY_LENGTH];
        Salsa20 salsa20 = new Salsa20();
        salsa20.subkey(secret, new byte[SUBKEY_NONCE_LENGTH], 0, sharedKey);
        salsa20.wipe();
        Arrays.fill(secret, (byte) 0);
        return new Box(sharedKey);
    }

    /** A sealed copy of {@code plaintext}, with a nonce from {@code entropy} in front. */
    public byte[] seal(byte[] plaintext, Entropy entropy) {
        byte[] nonce = new byte[NONCE_LENGTH];
        entropy.fill(nonce);
        byte[] sealed = new byte[OVERHEAD + plaintext.length];
        System.arraycopy(nonce, 0, sealed, 0, NONCE_LENGTH);
        start(nonce);
        xorStream(plaintext, 0, plaintext.length, sealed, OVERHEAD);
        poly1305.update(sealed, OVERHEAD, plaintext.length);
        poly1305.doFinal(sealed, NONCE_LENGTH);
        wipe();
        return sealed;
    }

    /** What {@link #seal} was given, or null if this is no sealed message of these two keys. */
    public byte @Nullable [] open(byte[] sealed) {
        if (sealed.length < OVERHEAD) {
            return null;
        }
        int length = sealed.length - OVERHEAD;
        start(Arrays.copyOf(sealed, NONCE_LENGTH));
        poly1305.update(sealed, OVERHEAD, length);
        byte[] tag = new byte[TAG_LENGTH];
        poly1305.doFinal(tag, 0);
        byte[] plaintext = null;
        if (MessageDigest.isEqual(tag, Arrays.copyOfRange(sealed, NONCE_LENGTH, OVERHEAD))) {
            plaintext = new byte[length];
            xorStream(sealed, OVERHEAD, length, plaintext, 0);
        }
        wipe();
        return plaintext;
    }

    /** Makes the first block, whose first half is the key of the tag. */
    private void start(byte[] nonce) {
        salsa20.subkey(sharedKey, nonce, 0, subkey);
        salsa20.start(subkey, nonce, SUBKEY_NONCE_LENGTH);
        salsa20.nextBlock(block);
        poly1305.init(new KeyParameter(block, 0, Salsa20.KEY_LENGTH));
    }

    /** The stream begins in the middle of the first block, behind the tag's key. */
    private void xorStream(byte[] input, int inputOffset, int length, byte[] output, int outputOffset) {
        int inBlock = Salsa20.KEY_LENGTH;
        for (int i = 0; i < length; i++) {
            if (inBlock == Salsa20.BLOCK_LENGTH) {
                salsa20.nextBlock(block);
                inBlock = 0;
            }
            output[outputOffset + i] = (byte) (input[inputOffset + i] ^ block[inBlock++]);
        }
    }

    private void wipe() {
        salsa20.wipe();
        Arrays.fill(subkey, (byte) 0);
        Arrays.fill(block, (byte) 0);
    }
}
