package io.penstock.wireguard.noise;

import static io.penstock.wireguard.Protocol.COOKIE_NONCE_LENGTH;
import static io.penstock.wireguard.Protocol.KEY_LENGTH;
import static io.penstock.wireguard.Protocol.TAG_LENGTH;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The AEADs of handshakes and cookies, ChaCha20-Poly1305 (RFC 8439) and XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), for
 * short messages in heap arrays; packets go through the engine's batch ciphers. Nothing of a message stays behind in the
 * object. Sealed text is ciphertext and then the tag of 16 bytes.
 */
public final class ChaCha20Poly1305 {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final ChaCha20 chaCha20 = new ChaCha20();
    private final Poly1305 poly1305 = new Poly1305();
    private final byte[] subkey = new byte[KEY_LENGTH];
    private final byte[] tag = new byte[TAG_LENGTH];

    /**
     * WireGuard's AEAD: the nonce is four zero bytes and {@code counter}. Seals all of {@code plaintext} into the first
     * {@code plaintext.length + 16} bytes of {@code sealed}, another array.
     */
    public void seal(byte[] key, long counter, byte[] plaintext, byte[] additional, byte[] sealed) {
        seal(key, 0, counter, plaintext, additional, sealed);
    }

    /**
     * Opens what {@link #seal} made, all of {@code sealed}, into the first {@code sealed.length - 16} bytes of
     * {@code plaintext}.
     *
     * @return whether it is authentic; if not, {@code plaintext} is untouched
     */
    public boolean open(byte[] key, long counter, byte[] sealed, byte[] additional, byte[] plaintext) {
        return open(key, 0, counter, sealed, additional, plaintext);
    }

    /** XAEAD: as {@link #seal}, with a random nonce of 24 bytes. */
    public void sealExtended(byte[] key, byte[] nonce, byte[] plaintext, byte[] additional, byte[] sealed) {
        chaCha20.subkey(key, nonce, subkey);
        seal(subkey, 0, tailOf(nonce), plaintext, additional, sealed);
        Arrays.fill(subkey, (byte) 0);
    }

    /** XAEAD: as {@link #open}, with a nonce of 24 bytes. */
    public boolean openExtended(byte[] key, byte[] nonce, byte[] sealed, byte[] additional, byte[] plaintext) {
        chaCha20.subkey(key, nonce, subkey);
        boolean authentic = open(subkey, 0, tailOf(nonce), sealed, additional, plaintext);
        Arrays.fill(subkey, (byte) 0);
        return authentic;
    }

    /** With any nonce of 12 bytes: its first word and the other two. */
    void seal(byte[] key, int nonceHead, long nonceTail, byte[] plaintext, byte[] additional, byte[] sealed) {
        startWith(key, nonceHead, nonceTail);
        xorKeyStream(plaintext, plaintext.length, sealed);
        authenticate(additional, sealed, plaintext.length);
        System.arraycopy(tag, 0, sealed, plaintext.length, TAG_LENGTH);
        wipe();
    }

    /** With any nonce of 12 bytes: its first word and the other two. */
    boolean open(byte[] key, int nonceHead, long nonceTail, byte[] sealed, byte[] additional, byte[] plaintext) {
        int length = sealed.length - TAG_LENGTH;
        if (length < 0) {
            return false;
        }
        startWith(key, nonceHead, nonceTail);
        authenticate(additional, sealed, length);
        int difference = 0;
        for (int i = 0; i < TAG_LENGTH; i++) {
            difference |= tag[i] ^ sealed[length + i]; // all bytes, whatever the first ones say
        }
        if (difference == 0) {
            xorKeyStream(sealed, length, plaintext);
        }
        wipe();
        return difference == 0;
    }

    private static long tailOf(byte[] nonce) {
        return (long) LONGS.get(nonce, COOKIE_NONCE_LENGTH - Long.BYTES);
    }

    private void startWith(byte[] key, int nonceHead, long nonceTail) {
        chaCha20.start(key, nonceHead, nonceTail);
        poly1305.start(chaCha20.nextBlock());
    }

    private void xorKeyStream(byte[] input, int length, byte[] output) {
        for (int done = 0; done < length; done += ChaCha20.BLOCK_LENGTH) {
            byte[] keyStream = chaCha20.nextBlock();
            int part = Math.min(length - done, ChaCha20.BLOCK_LENGTH);
            for (int i = 0; i < part; i++) {
                output[done + i] = (byte) (input[done + i] ^ keyStream[i]);
            }
        }
    }

    private void authenticate(byte[] additional, byte[] ciphertext, int length) {
        poly1305.update(additional, 0, additional.length);
        poly1305.update(ciphertext, 0, length);
        poly1305.updateLengths(additional.length, length);
        poly1305.finish(tag, 0);
    }

    private void wipe() {
        chaCha20.wipe();
        Arrays.fill(tag, (byte) 0);
    }
}
