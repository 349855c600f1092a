package io.penstock.server.store;

import io.penstock.wireguard.Entropy;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals the few secrets that must be read back (the Noise key, TOTP seeds) by a key that lies beside the database and not in it:
 * a stolen backup opens nothing. AES-256-GCM with a random nonce; the name of a secret is authenticated, so that none can be put
 * in another's place. Thread-safe if the entropy is.
 */
final class SecretBox {
    static final int KEY_LENGTH = 32;

    private static final int NONCE_LENGTH = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec key;
    private final Entropy entropy;

    SecretBox(byte[] key, Entropy entropy) {
        if (key.length != KEY_LENGTH) {
            throw new IllegalArgumentException("a sealing key has " + KEY_LENGTH + " bytes");
        }
        this.key = new SecretKeySpec(key, "AES");
        this.entropy = entropy;
    }

    String seal(String name, byte[] secret) {
        byte[] nonce = new byte[NONCE_LENGTH];
        entropy.fill(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, name).doFinal(secret);
            return HexFormat.of().formatHex(nonce) + HexFormat.of().formatHex(sealed);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e); // every Java has AES-GCM
        }
    }

    /**
     * The secret; the caller wipes it.
     *
     * @throws StoreException if it was sealed by another key or under another name, or was changed
     */
    byte[] open(String name, String sealed) {
        try {
            byte[] bytes = HexFormat.of().parseHex(sealed);
            byte[] nonce = Arrays.copyOf(bytes, NONCE_LENGTH);
            return cipher(Cipher.DECRYPT_MODE, nonce, name).doFinal(bytes, NONCE_LENGTH, bytes.length - NONCE_LENGTH);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new StoreException(
                    "the secret '" + name + "' does not open: is " + Store.SEALING_KEY_FILE
                            + " the one that belongs to this database?",
                    e);
        }
    }

    private Cipher cipher(int mode, byte[] nonce, String name) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
