package io.penstock.bench;

import io.penstock.engine.aead.AeadBatch;
import io.penstock.engine.aead.AeadEngine;
import io.penstock.ffm.Memory;
import io.penstock.wireguard.wire.Data;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;

/**
 * Batches of transport messages in off-heap memory, laid out back to back as a lane does it, and taken in turn. Either so many that
 * each is out of the inner caches when its turn comes, or so few that all stay there, but never one alone: a cipher that
 * had to wait for its own last stores would be measured too slow. Owned by one thread.
 */
final class MessageRing {
    static final int COLD_BYTES = 16 << 20;
    static final int HOT_BYTES = 16 << 10;

    private static final int LINE = 64;
    private static final int NOISE_BYTES = 64 << 10;
    private static final int KEY_LINE = 64;
    private static final int SUPERPACKET_LENGTH = 1420;
    private static final int SUPERPACKET_REST = 708;

    private final int[] lengths;
    private final int[] offsets; // of the plaintexts in a batch
    private final int strideBytes;
    private final int batches;
    private final long key;
    private final long messages;
    private int next;

    /** @param shape {@code 8x1420}, or {@code 44-superpacket}: packets of a TCP superpacket whose last one is short */
    MessageRing(String shape, boolean isCold, Arena arena) {
        lengths = lengths(shape);
        offsets = new int[lengths.length];
        int end = 0;
        for (int i = 0; i < lengths.length; i++) {
            offsets[i] = end + Data.HEADER_LENGTH;
            end += Data.OVERHEAD + lengths[i];
        }
        strideBytes = (end + LINE - 1) / LINE * LINE;
        batches = Math.max(1, (isCold ? COLD_BYTES : HOT_BYTES) / strideBytes);
        long memory =
                arena.allocate(KEY_LINE + (long) batches * strideBytes, LINE).address();
        key = memory;
        messages = memory + KEY_LINE;
        byte[] noise = new byte[NOISE_BYTES];
        new Random(1).nextBytes(noise);
        int total = KEY_LINE + batches * strideBytes;
        for (int at = 0; at < total; at += NOISE_BYTES) {
            Memory.copy(noise, 0, memory + at, Math.min(NOISE_BYTES, total - at));
        }
    }

    private static int[] lengths(String shape) {
        int end = 0;
        while (Character.isDigit(shape.charAt(end))) {
            end++;
        }
        int[] lengths = new int[Integer.parseInt(shape, 0, end, 10)];
        boolean isSuperpacket = shape.startsWith("-", end);
        int length = isSuperpacket ? SUPERPACKET_LENGTH : Integer.parseInt(shape, end + 1, shape.length(), 10);
        Arrays.fill(lengths, length);
        if (isSuperpacket) {
            lengths[lengths.length - 1] = SUPERPACKET_REST;
        }
        return lengths;
    }

    int batches() {
        return batches;
    }

    int packets() {
        return lengths.length;
    }

    /** The bits that {@link AeadEngine#open} returns if all of a batch are authentic. */
    long allAuthentic() {
        return -1L >>> (Long.SIZE - lengths.length);
    }

    /** Memory for one batch that is written to and never read. */
    static long spare(Arena arena) {
        return arena.allocate(AeadBatch.CAPACITY * 2048L, LINE).address();
    }

    /** Fills the batch with the next one, to be worked on in place under counters from {@code firstCounter} on. */
    void nextInPlace(AeadBatch batch, long firstCounter) {
        long base = messages + (long) turn() * strideBytes;
        batch.clear();
        for (int i = 0; i < lengths.length; i++) {
            long at = base + offsets[i];
            batch.add(key, firstCounter + i, at, at, lengths[i]);
        }
    }

    /** Fills the batch with the next one, to be written elsewhere, under the counters that {@link #sealAll} used. */
    void nextApart(AeadBatch batch, long destination) {
        int turn = turn();
        long base = messages + (long) turn * strideBytes;
        batch.clear();
        for (int i = 0; i < lengths.length; i++) {
            batch.add(key, counter(turn, i), base + offsets[i], destination + offsets[i], lengths[i]);
        }
    }

    private int turn() {
        int turn = next;
        next = turn + 1 == batches ? 0 : turn + 1;
        return turn;
    }

    private long counter(int turn, int i) {
        return (long) turn * lengths.length + i;
    }

    /** Makes every message what its counter makes of it. */
    void sealAll(AeadEngine engine, AeadBatch batch) {
        next = 0;
        for (int turn = 0; turn < batches; turn++) {
            nextInPlace(batch, counter(turn, 0));
            engine.seal(batch);
        }
    }
}
