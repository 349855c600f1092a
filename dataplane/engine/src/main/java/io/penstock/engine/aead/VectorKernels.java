package io.penstock.engine.aead;

import jdk.incubator.vector.IntVector;
import org.jspecify.annotations.Nullable;

/**
 * The straight-line parts of {@link PacketGroup}, over the rows of a {@link GroupScratch}: on vectors as wide as a row, or half as
 * wide. Stateless.
 *
 * <p>Rules that keep C2 from boxing, which is silent and costs a factor of ten to a hundred. A method stays under about
 * 200 vector operations, since inlining stops when a compilation has made 18,000 nodes; scratch lies in heap arrays,
 * since an off-heap access costs three times the nodes; vectors cross no call that is not inlined; the big methods have
 * next to no broadcast; there is no loop around off-heap accesses, which would be tripled for range checks.
 */
abstract class VectorKernels {
    static final int WIDE_BITS = 512;
    static final int NARROW_BITS = 256;

    /** The widest that this machine works on at once, and that Java uses on it; null if it is narrower than all of these. */
    static @Nullable VectorKernels nativeOnes() {
        int bits = IntVector.SPECIES_PREFERRED.vectorBitSize();
        if (bits >= WIDE_BITS) {
            return new VectorKernels512();
        }
        return bits == NARROW_BITS ? new VectorKernels256() : null;
    }

    /** Bits of a vector. Where they are not native all here is right, but a hundred times as slow. */
    abstract int bits();

    /** 20 rounds over 32 blocks, the state with both rows of counters: of two sets one hides the latency of the other. */
    abstract void rounds32(int[] w, int line);

    /** 20 rounds over 16 blocks. */
    abstract void rounds16(int[] w, int line);

    /** Adds state to 16 rows of work and turns them into 16 blocks: lane l is block l / 8 of packet l % 8. */
    abstract void finish(int[] w, int state, int counter, int work, long[] m, int keystream);

    /** XORs 64 bytes of each of 8 packets; the ciphertext, which is the result, also goes to {@code message}, a packet in each lane. */
    abstract void seal(long[] m, int keystream, int message, long[] from, long[] to, long offset);

    /** As {@link #seal}, but the ciphertext is what is read. */
    abstract void open(long[] m, int keystream, int message, long[] from, long[] to, long offset);

    /** h = (h + m1) r^2 + m2 r for pairs of 16-byte blocks of 8 packets. */
    abstract void poly(long[] m, int line, int message, int pairs);

    /** h = (h + m1) r, block by block; a lane whose mask is 0 keeps its h. For ragged ends and r squared. */
    abstract void polyMasked(long[] m, int line, int message, int masks, int blocks, long bit128);
}
