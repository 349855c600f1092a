package io.penstock.wireguard.noise;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The ChaCha20 block function, RFC 8439 section 2.3, and HChaCha20, draft-irtf-cfrg-xchacha section 2.2. */
final class ChaCha20 {
    static final int BLOCK_LENGTH = 64;

    private static final int DOUBLE_ROUNDS = 10;
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final int[] input = new int[16];
    private final int[] x = new int[16];
    private final byte[] keyStream = new byte[BLOCK_LENGTH];

    /** Takes a key of 32 bytes and a nonce of 12, given as its first word and the other two; the block counter is 0. */
    void start(byte[] key, int nonceHead, long nonceTail) {
        setKey(key);
        input[12] = 0;
        input[13] = nonceHead;
        input[14] = (int) nonceTail;
        input[15] = (int) (nonceTail >>> 32);
    }

    /** The next 64 bytes of key stream; the array is reused by the next call. */
    byte[] nextBlock() {
        rounds();
        for (int i = 0; i < x.length; i++) {
            INTS.set(keyStream, i * Integer.BYTES, x[i] + input[i]);
        }
        input[12]++;
        return keyStream;
    }

    /** HChaCha20: writes the subkey of 32 bytes for a key of 32 and the first 16 bytes of {@code nonce}. */
    void subkey(byte[] key, byte[] nonce, byte[] subkey) {
        setKey(key);
        for (int i = 0; i < 4; i++) {
            input[12 + i] = (int) INTS.get(nonce, i * Integer.BYTES);
        }
        rounds();
        for (int i = 0; i < 4; i++) {
            INTS.set(subkey, i * Integer.BYTES, x[i]);
            INTS.set(subkey, (4 + i) * Integer.BYTES, x[12 + i]);
        }
        wipe();
    }

    void wipe() {
        Arrays.fill(input, 0);
        Arrays.fill(x, 0);
        Arrays.fill(keyStream, (byte) 0);
    }

    private void setKey(byte[] key) {
        input[0] = 0x61707865; // "expand 32-byte k"
        input[1] = 0x3320646e;
        input[2] = 0x79622d32;
        input[3] = 0x6b206574;
        for (int i = 0; i < 8; i++) {
            input[4 + i] = (int) INTS.get(key, i * Integer.BYTES);
        }
    }

    private void rounds() {
        System.arraycopy(input, 0, x, 0, x.length);
        for (int i = 0; i < DOUBLE_ROUNDS; i++) {
            quarterRound(0, 4, 8, 12);
            quarterRound(1, 5, 9, 13);
            quarterRound(2, 6, 10, 14);
            quarterRound(3, 7, 11, 15);
            quarterRound(0, 5, 10, 15);
            quarterRound(1, 6, 11, 12);
            quarterRound(2, 7, 8, 13);
            quarterRound(3, 4, 9, 14);
        }
    }

    private void quarterRound(int a, int b, int c, int d) {
        x[a] += x[b];
        x[d] = Integer.rotateLeft(x[d] ^ x[a], 16);
        x[c] += x[d];
        x[b] = Integer.rotateLeft(x[b] ^ x[c], 12);
        x[a] += x[b];
        x[d] = Integer.rotateLeft(x[d] ^ x[a], 8);
        x[c] += x[d];
        x[b] = Integer.rotateLeft(x[b] ^ x[c], 7);
    }
}
