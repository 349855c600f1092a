package io.penstock.protocol.nacl;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The core of Salsa20 with 20 rounds and what NaCl makes of it: HSalsa20 and the key stream. Not thread-safe. */
final class Salsa20 {
    static final int BLOCK_LENGTH = 64;
    static final int KEY_LENGTH = 32;

    private static final int DOUBLE_ROUNDS = 10;
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int[] SUBKEY_WORDS = {0, 5, 10, 15, 6, 7, 8, 9};

    private final int[] input = new int[16];
    private final int[] x = new int[16];

    /** HSalsa20: writes the 32 bytes for a key of 32 and the 16 bytes of {@code nonce} from {@code offset} on. */
    void subkey(byte[] key, byte[] nonce, int offset, byte[] subkey) {
        setKey(key);
        for (int i = 0; i < 4; i++) {
            input[6 + i] = (int) INTS.get(nonce, offset + i * Integer.BYTES);
        }
        rounds();
        for (int i = 0; i < SUBKEY_WORDS.length; i++) {
            INTS.set(subkey, i * Integer.BYTES, x[SUBKEY_WORDS[i]]);
        }
    }

    /** Begins the stream of a key and the 8 bytes of {@code nonce} from {@code offset} on. */
    void start(byte[] key, byte[] nonce, int offset) {
        setKey(key);
        input[6] = (int) INTS.get(nonce, offset);
        input[7] = (int) INTS.get(nonce, offset + Integer.BYTES);
        input[8] = 0;
        input[9] = 0;
    }

    /** Writes the next 64 bytes of the stream. */
    void nextBlock(byte[] block) {
        rounds();
        for (int i = 0; i < x.length; i++) {
            INTS.set(block, i * Integer.BYTES, x[i] + input[i]);
        }
        if (++input[8] == 0) {
            input[9]++;
        }
    }

    void wipe() {
        Arrays.fill(input, 0);
        Arrays.fill(x, 0);
    }

    private void setKey(byte[] key) {
        input[0] = 0x61707865; // "expand 32-byte k", spread over the diagonal
        input[5] = 0x3320646e;
        input[10] = 0x79622d32;
        input[15] = 0x6b206574;
        for (int i = 0; i < 4; i++) {
            input[1 + i] = (int) INTS.get(key, i * Integer.BYTES);
            input[11 + i] = (int) INTS.get(key, 16 + i * Integer.BYTES);
        }
    }

    private void rounds() {
        System.arraycopy(input, 0, x, 0, x.length);
        for (int i = 0; i < DOUBLE_ROUNDS; i++) {
            quarterRound(0, 4, 8, 12);
            quarterRound(5, 9, 13, 1);
            quarterRound(10, 14, 2, 6);
            quarterRound(15, 3, 7, 11);
            quarterRound(0, 1, 2, 3);
            quarterRound(5, 6, 7, 4);
            quarterRound(10, 11, 8, 9);
            quarterRound(15, 12, 13, 14);
        }
    }

    private void quarterRound(int a, int b, int c, int d) {
        x[b] ^= Integer.rotateLeft(x[a] + x[d], 7);
        x[c] ^= Integer.rotateLeft(x[b] + x[a], 9);
        x[d] ^= Integer.rotateLeft(x[c] + x[b], 13);
        x[a] ^= Integer.rotateLeft(x[d] + x[c], 18);
    }
}
