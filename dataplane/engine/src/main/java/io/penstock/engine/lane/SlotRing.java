package io.penstock.engine.lane;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The pipeline of one direction of a lane: slots are published in order by the lane, their batches are claimed and run by
 * any thread, and whoever finishes the one at the head retires every finished slot, in order. No lock, no thread that
 * only sends, and no reordering; a lane that is alone does all of it by itself.
 *
 * <p>Retiring is a single writer's work without being a thread's: a flag taken by compare-and-set gives it to one thread at a
 * time, with everything that the one before has written. Who fails to take it goes on; the holder looks once more after
 * letting go, and of the two stores (finished, flag) in sequential order one is seen by the other's load, so no finished
 * slot is left.
 *
 * <p>Bounded by its slots: a lane that finds none free helps until there is one.
 *
 * @param <S> what passes through
 */
final class SlotRing<S extends Slot> {
    /** Does with a finished slot what has to be in order, on any thread, one at a time. */
    @FunctionalInterface
    interface Retirer<S extends Slot> {
        void retire(S slot, Hands hands);
    }

    /** A ring's slots at most: bits of the word of free ones. */
    static final int MAX_SLOTS = 64;

    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    // Words two cache lines apart: the lane writes some, whoever retires the others.
    private static final int TAIL = 16; // positions published; lane
    private static final int HEAD = 32; // positions retired; who holds the flag
    private static final int RETIRING = 48; // the flag
    private static final int FREE = 64; // a bit for each slot that is free
    private static final int LENGTH = 80;

    private final long[] words = new long[LENGTH];
    private final S[] slots;
    private final int mask;
    private final int[] order; // slot by position
    private final Retirer<S> retirer;
    private final Workers workers;

    /**
     * @param slots a power of two of them, each with its place in the array as index
     * @param workers who may hold slots while the lane waits
     */
    SlotRing(S[] slots, Retirer<S> retirer, Workers workers) {
        int count = slots.length;
        if (count == 0 || count > MAX_SLOTS || Integer.bitCount(count) != 1) {
            throw new IllegalArgumentException("slots: " + count);
        }
        this.slots = slots;
        this.retirer = retirer;
        this.workers = workers;
        mask = count - 1;
        order = new int[count];
        words[FREE] = count == MAX_SLOTS ? -1 : (1L << count) - 1;
    }

    // The lane's side.

    /**
     * Takes a free slot, always the same one while there is no backlog, so that its memory stays in the cache. Helps until
     * there is one: all are in the hands of workers then, who take microseconds.
     */
    S take(Hands hands) {
        long free = (long) WORDS.getAcquire(words, FREE); // with what the retirer has written
        for (int tries = 1; free == 0; tries++) {
            if (!work(hands)) {
                workers.awaitProgress(tries);
            }
            free = (long) WORDS.getAcquire(words, FREE);
        }
        int index = Long.numberOfTrailingZeros(free);
        WORDS.getAndBitwiseXorAcquire(words, FREE, 1L << index); // others only add bits
        return slots[index];
    }

    /** Gives back a slot that has not been published. */
    void giveBack(S slot) {
        slot.clearBatches();
        free(slot);
    }

    private void free(S slot) {
        WORDS.getAndBitwiseOrRelease(words, FREE, 1L << slot.index());
    }

    /** Puts a taken slot behind all others; it must have batches. */
    void publish(S slot) {
        long position = words[TAIL]; // single writer
        order[(int) position & mask] = slot.index();
        slot.publish((int) position);
        WORDS.setVolatile(words, TAIL, position + 1); // before the question whether a worker sleeps
    }

    /** Runs what is published until all of it is finished or in other hands. */
    void workOff(Hands hands) {
        boolean found;
        do {
            found = work(hands);
        } while (found);
    }

    /** Returns once everything that was published is retired, and nobody is at it. */
    void settle(Hands hands) {
        for (int tries = 1; !isEmpty(); tries++) {
            if (!work(hands)) {
                workers.awaitProgress(tries);
            }
        }
    }

    private boolean isEmpty() {
        return (long) WORDS.getAcquire(words, HEAD) == words[TAIL] && (long) WORDS.getAcquire(words, RETIRING) == 0;
    }

    // Any thread.

    /** Whether {@link #work} would find something to claim. */
    boolean hasClaimable() {
        long tail = (long) WORDS.getVolatile(words, TAIL);
        for (long position = (long) WORDS.getAcquire(words, HEAD); position < tail; position++) {
            if (slotAt(position).hasClaimable((int) position)) {
                return true;
            }
        }
        return false;
    }

    /** Claims one batch, runs it, and retires what that has finished; false if there was nothing to claim. */
    boolean work(Hands hands) {
        long tail = (long) WORDS.getAcquire(words, TAIL);
        for (long position = (long) WORDS.getAcquire(words, HEAD); position < tail; position++) {
            S slot = slotAt(position);
            int batch = slot.tryClaim((int) position);
            if (batch != Slot.NONE) {
                slot.run(batch, hands.aead());
                if (slot.finish()) {
                    retire(hands);
                }
                return true;
            }
        }
        return false;
    }

    /** May be another slot than the one at {@code position} if that was retired meanwhile; its own word tells. */
    private S slotAt(long position) {
        return slots[order[(int) position & mask]];
    }

    private void retire(Hands hands) {
        do {
            if (!WORDS.compareAndSet(words, RETIRING, 0L, 1L)) {
                return; // the holder will look again
            }
            try {
                while (isHeadFinished()) {
                    long head = words[HEAD];
                    S slot = slotAt(head);
                    retirer.retire(slot, hands);
                    slot.clearBatches();
                    WORDS.setRelease(words, HEAD, head + 1);
                    free(slot);
                }
            } finally {
                WORDS.setVolatile(words, RETIRING, 0L);
            }
        } while (isHeadFinished());
    }

    private boolean isHeadFinished() {
        // Volatile: not before the flag's release. Without the flag the head may move on meanwhile; taking it tells.
        long head = (long) WORDS.getVolatile(words, HEAD);
        return head != (long) WORDS.getVolatile(words, TAIL) && slotAt(head).isFinished();
    }
}
