package io.penstock.engine.aead;

import java.util.Arrays;

/**
 * What {@link VectorKernels} works on: rows of 512 bits in two heap arrays. The places below are relative to {@link #intLine} and
 * {@link #longLine}. Holds keys and key stream while a batch is under way; {@link #wipe} overwrites them.
 */
final class GroupScratch {
    /** Ints and longs in a row. */
    static final int INTS = 16;

    static final int LONGS = 8;

    // Ints. Lanes 0 to 7 are one block of each packet, lanes 8 to 15 the next.
    /** ChaCha20's 16 words: constants, key, block counter, nonce. */
    static final int STATE = 0;

    static final int KEY = STATE + 4 * INTS;
    static final int COUNTER = STATE + 12 * INTS;
    static final int NONCE = STATE + 13 * INTS;
    /** The block counters of the second set. */
    static final int COUNTER_2 = STATE + 16 * INTS;
    /** What the rounds make of state, for two sets. */
    static final int WORK = COUNTER_2 + INTS;

    private static final int INT_LENGTH = WORK + 2 * 16 * INTS;

    // Longs, a packet in each lane.
    static final int ZERO = 0;
    static final int ONES = ZERO + 2 * LONGS;
    /** For each of the blocks of a ragged end and the lengths: which lanes have it. */
    static final int MASKS = ONES + LONGS;
    /** Poly1305 blocks, two rows each: 4 chunks of 64 bytes, or a ragged end and the lengths. */
    static final int MESSAGE = MASKS + 5 * LONGS;
    /** Poly1305's sum, key and key squared, in 5 limbs each. */
    static final int H = MESSAGE + 4 * 8 * LONGS;

    static final int R1 = H + 5 * LONGS;
    static final int R2 = R1 + 5 * LONGS;
    /** What is added to the sum at the end, two rows. */
    static final int PAD = R2 + 5 * LONGS;
    /** Key stream, packet after packet. */
    static final int KEYSTREAM = PAD + 2 * LONGS;
    /** Longs from one packet's key stream to the next: 4 blocks, and a row against aliasing at 4 KiB. */
    static final int STRIDE = 5 * LONGS;

    private static final int LONG_LENGTH = KEYSTREAM + 8 * STRIDE;

    private static final int[] SIGMA = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

    final int[] ints = new int[INT_LENGTH + INTS];
    final long[] longs = new long[LONG_LENGTH + LONGS];

    /** Index in the arrays of the first row. */
    final int intLine = 0;

    final int longLine = 0;

    GroupScratch() {
        for (int i = 0; i < SIGMA.length; i++) {
            int row = intLine + STATE + i * INTS;
            Arrays.fill(ints, row, row + INTS, SIGMA[i]);
        }
        Arrays.fill(longs, longLine + ONES, longLine + ONES + LONGS, -1L);
    }

    /** Overwrites keys, key stream and what they follow from. The message rows hold ciphertext and lengths only. */
    void wipe() {
        Arrays.fill(ints, intLine + KEY, intLine + INT_LENGTH, 0);
        Arrays.fill(longs, longLine + H, longLine + LONG_LENGTH, 0);
    }
}
