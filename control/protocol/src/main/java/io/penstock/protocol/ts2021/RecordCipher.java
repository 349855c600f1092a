package io.penstock.protocol.ts2021;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * ChaCha20-Poly1305 for one direction of records. Unlike Noise says, the counter is big-endian in the last eight bytes of the
 * nonce. The JDK's cipher: for 4 KB it is many times as fast as the handshake's, at the price of a key that cannot be wiped.
 */
final class RecordCipher {
    private static final int NONCE_LENGTH = 12;
    private static final int COUNTER_OFFSET = 4;
    private static final long LAST_COUNTER = -2; // 2^64 - 2, unsigned: the highest value is never used

    private final Cipher cipher;
    private final SecretKeySpec key;
    private final byte[] nonce = new byte[NONCE_LENGTH];
    private long counter;

    /** Takes the key and wipes the caller's array. */
    RecordCipher(byte[] key, long firstCounter) {
        try {
            cipher = Cipher.getInstance("ChaCha20-Poly1305");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a JDK without ChaCha20-Poly1305", e);
        }
        this.key = new SecretKeySpec(key, "ChaCha20");
        Arrays.fill(key, (byte) 0);
        counter = firstCounter;
    }

    /** Whether every counter was used. */
    boolean isExhausted() {
        return Long.compareUnsigned(counter, LAST_COUNTER) > 0;
    }

    void seal(ByteBuffer plaintext, ByteBuffer sealed) {
        try {
            start(Cipher.ENCRYPT_MODE);
            cipher.doFinal(plaintext, sealed);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // sizes were checked, and the nonce is new
        }
        counter++;
    }

    /** False, with {@code plaintext} as it was, if the record is not authentic. */
    boolean open(ByteBuffer sealed, ByteBuffer plaintext) {
        try {
            start(Cipher.DECRYPT_MODE);
            cipher.doFinal(sealed, plaintext);
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // sizes were checked, and the nonce is new
        }
        counter++;
        return true;
    }

    private void start(int mode) throws GeneralSecurityException {
        ByteBuffer.wrap(nonce).putLong(COUNTER_OFFSET, counter);
        cipher.init(mode, key, new IvParameterSpec(nonce));
    }
}
