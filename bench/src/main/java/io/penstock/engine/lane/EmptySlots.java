package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.io.TunPort;
import io.penstock.ffm.LibC;

/**
 * The lane's {@link SlotRing} with slots whose one batch has nothing to be done with, so that only the ring's own work is left. In the
 * lane's package, since nobody else may use a ring. Timed by {@code io.penstock.bench.QueueBench}.
 */
public final class EmptySlots {
    /** Result of {@link #take} when nothing has been retired. */
    public static final int NONE = -1;

    private static final class Empty extends Slot {
        private int number;

        Empty(int index) {
            super(index);
        }

        @Override
        void onBatch(int i) {}

        @Override
        void run(int i, AeadEngine engine) {}
    }

    private final SlotRing<Empty> ring;
    private final Hands lane = hands();
    private final Hands worker = hands();
    private int retired = NONE; // of who holds the ring's flag

    /** @param count a power of two */
    public EmptySlots(int count) {
        Empty[] slots = new Empty[count];
        for (int i = 0; i < count; i++) {
            slots[i] = new Empty(i);
        }
        ring = new SlotRing<>(slots, (slot, hands) -> retired = slot.number, Workers.NONE);
    }

    @SuppressWarnings("NullAway") // a ring only passes them on, and these slots use nothing of them
    private static Hands hands() {
        return new Hands(new LibC(), null, new TunPort[0], null, null);
    }

    /** As the lane: takes a slot, fills it and publishes it. */
    public void publish(int number) {
        Empty slot = ring.take(lane);
        slot.number = number;
        slot.filling().add(0, 0, 0, 0, 0);
        ring.publish(slot);
    }

    /** As a worker: claims what is published, runs it and retires it; the number of the last one, or {@link #NONE}. */
    public int take() {
        retired = NONE;
        ring.work(worker);
        return retired;
    }
}
