package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadBatch;
import io.penstock.engine.aead.AeadEngine;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Packets on their way through a {@link SlotRing}, as batches that any thread may claim and run. Filled by the lane, then
 * published; from there on a batch belongs to whoever claimed it, and the whole again to whoever retires it.
 */
abstract class Slot {
    private static final VarHandle CLAIM;
    private static final VarHandle UNFINISHED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            CLAIM = lookup.findVarHandle(Slot.class, "claim", long.class);
            UNFINISHED = lookup.findVarHandle(Slot.class, "unfinished", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What {@link #tryClaim} returns when there is nothing to claim. */
    static final int NONE = -1;

    private static final int NEXT_BITS = 16;
    private static final int COUNT_BITS = 16;
    private static final int POSITION_SHIFT = NEXT_BITS + COUNT_BITS;
    private static final long NEXT_MASK = (1L << NEXT_BITS) - 1;
    private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;

    private final int index;
    private @Nullable AeadBatch[] batches = new @Nullable AeadBatch[1];
    private int batchCount;

    /** Position in the ring, batches, and the next batch to be claimed: one word, so that a claim cannot mix two lives. */
    @SuppressWarnings("unused") // through CLAIM
    private long claim;

    @SuppressWarnings("unused") // through UNFINISHED
    private int unfinished;

    /** @param index in the ring's array of slots */
    Slot(int index) {
        this.index = index;
    }

    final int index() {
        return index;
    }

    final int batchCount() {
        return batchCount;
    }

    final AeadBatch batch(int i) {
        AeadBatch batch = batches[i];
        if (batch == null) {
            throw new IndexOutOfBoundsException(i);
        }
        return batch;
    }

    /**
     * The batch to add the next packet to, which has room. Makes an object the first time that a slot holds so many
     * packets. Lane thread, before publication.
     */
    final AeadBatch filling() {
        if (batchCount > 0 && !batch(batchCount - 1).isFull()) {
            return batch(batchCount - 1);
        }
        if (batchCount == batches.length) {
            batches = Arrays.copyOf(batches, 2 * batches.length);
        }
        AeadBatch batch = batches[batchCount];
        if (batch == null) {
            batch = new AeadBatch();
            batches[batchCount] = batch;
        }
        onBatch(batchCount++);
        return batch;
    }

    /** Makes room for what goes with the packets of batch {@code i}. */
    abstract void onBatch(int i);

    /** Seals or opens the packets of batch {@code i}; whoever claimed it. */
    abstract void run(int i, AeadEngine engine);

    /** Empties the batches; whoever retires the slot. */
    final void clearBatches() {
        for (int i = 0; i < batchCount; i++) {
            batch(i).clear();
        }
        batchCount = 0;
    }

    /** Lets the batches be claimed under {@code position}. Lane thread. */
    final void publish(int position) {
        UNFINISHED.setOpaque(this, batchCount);
        CLAIM.setRelease(this, word(position, batchCount, 0)); // whoever claims sees the batches
    }

    /** Takes a batch that nobody else gets, or {@link #NONE}, also when the slot is no longer at {@code position}. */
    final int tryClaim(int position) {
        long word = (long) CLAIM.getAcquire(this);
        while (hasClaimable(word, position)) {
            long seen = (long) CLAIM.compareAndExchange(this, word, word + 1);
            if (seen == word) {
                return (int) (word & NEXT_MASK);
            }
            word = seen;
        }
        return NONE;
    }

    /** Whether {@link #tryClaim} might succeed. */
    final boolean hasClaimable(int position) {
        return hasClaimable((long) CLAIM.getAcquire(this), position);
    }

    private static boolean hasClaimable(long word, int position) {
        long next = word & NEXT_MASK;
        long count = (word >>> NEXT_BITS) & COUNT_MASK;
        return (int) (word >>> POSITION_SHIFT) == position && next < count;
    }

    private static long word(int position, int count, int next) {
        if (count > COUNT_MASK) {
            throw new IllegalStateException("too many batches: " + count);
        }
        return ((long) position << POSITION_SHIFT) | ((long) count << NEXT_BITS) | next;
    }

    /** A claimed batch has been run; true for the last one. */
    final boolean finish() {
        return (int) UNFINISHED.getAndAdd(this, -1) == 1;
    }

    /** Whether all batches have been run, seen with what they wrote. */
    final boolean isFinished() {
        return (int) UNFINISHED.getVolatile(this) == 0;
    }
}
