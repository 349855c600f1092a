package io.penstock.engine.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.aead.AeadBatch;
import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.io.FakeTunPort;
import io.penstock.engine.io.FakeUdpPort;
import io.penstock.engine.io.TunPort;
import io.penstock.ffm.LibC;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.peer.TouchedPeers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlotRingTest {
    private static final long SEED = Long.getLong("penstock.seed", 42);
    private static final int ROUNDS = Boolean.getBoolean("penstock.test.full") ? 20_000_000 : 300_000;

    private final List<Long> retired = new ArrayList<>();
    private final AtomicInteger retiring = new AtomicInteger();
    private final Counted[] slots = {new Counted(0), new Counted(1), new Counted(2), new Counted(3)};

    /** A slot whose batches count how often each was run. */
    private static final class Counted extends Slot {
        long number;
        final int[] runs = new int[64]; // by batch; whoever claimed it

        Counted(int index) {
            super(index);
        }

        void fill(long newNumber, int batches) {
            number = newNumber;
            for (int i = 0; i < batches; i++) {
                AeadBatch batch = filling();
                while (!batch.isFull()) {
                    batch.add(0, newNumber, 0, 0, 0);
                }
            }
        }

        @Override
        void onBatch(int i) {
            runs[i] = 0;
        }

        @Override
        void run(int i, AeadEngine engine) {
            if (batch(i).counter[0] != number) {
                throw new AssertionError("a batch of another life");
            }
            runs[i]++;
        }
    }

    private static final class NoEngine implements AeadEngine {
        @Override
        public String name() {
            return "none";
        }

        @Override
        public String describe() {
            return "none";
        }

        @Override
        public void seal(AeadBatch batch) {}

        @Override
        public long open(AeadBatch batch) {
            return 0;
        }

        @Override
        public void close() {}
    }

    private Hands hands() {
        LibC libc = new LibC();
        return new Hands(
                libc,
                new NoEngine(),
                new TunPort[] {new FakeTunPort()},
                new FakeUdpPort(new FakeUdpPort.Wire(), Endpoint.parse("192.0.2.1:1")),
                new ControlProxy(new TouchedPeers(), new HandshakeRing(), new SleepState(wakeup()), libc));
    }

    private static Wakeup wakeup() {
        try {
            return new Wakeup(new LibC());
        } catch (io.penstock.ffm.ErrnoException e) {
            throw new AssertionError(e);
        }
    }

    private void retire(Counted slot, Hands hands) {
        if (retiring.incrementAndGet() != 1) {
            throw new AssertionError("two retire at a time");
        }
        for (int i = 0; i < slot.batchCount(); i++) {
            assertEquals(1, slot.runs[i], "runs of a batch");
        }
        retired.add(slot.number);
        retiring.decrementAndGet();
    }

    private SlotRing<Counted> ring() {
        return new SlotRing<>(slots, this::retire, Workers.NONE);
    }

    private void publish(SlotRing<Counted> ring, Hands hands, long number, int batches) {
        Counted slot = ring.take(hands);
        slot.fill(number, batches);
        ring.publish(slot);
    }

    @Test
    void retiresAtOnceWhatTheLaneRunsAlone() {
        SlotRing<Counted> ring = ring();
        Hands hands = hands();
        publish(ring, hands, 7, 3);
        assertTrue(ring.work(hands));
        assertTrue(ring.work(hands));
        assertEquals(List.of(), retired, "one batch is not run yet");
        assertTrue(ring.work(hands));
        assertEquals(List.of(7L), retired);
        assertFalse(ring.work(hands));
        ring.settle(hands);
    }

    @Test
    void usesTheSameSlotWhileThereIsNoBacklog() {
        SlotRing<Counted> ring = ring();
        Hands hands = hands();
        for (int i = 0; i < 10; i++) {
            Counted slot = ring.take(hands);
            assertSame(slots[0], slot);
            slot.fill(i, 1);
            ring.publish(slot);
            ring.workOff(hands);
        }
        assertEquals(10, retired.size());
    }

    @Test
    void retiresInOrderWhateverIsFinishedFirst() {
        SlotRing<Counted> ring = ring();
        Hands hands = hands();
        publish(ring, hands, 0, 1);
        publish(ring, hands, 1, 1);
        assertEquals(0, slots[0].tryClaim(0), "a worker has the first");
        assertTrue(ring.work(hands), "the second is there to be claimed");
        assertEquals(List.of(), retired, "it waits for the first");
        slots[0].runs[0]++;
        assertTrue(slots[0].finish());
        publish(ring, hands, 2, 1);
        assertTrue(ring.work(hands));
        assertEquals(List.of(0L, 1L, 2L), retired, "whoever finishes next finds them finished");
    }

    @Test
    void claimsNothingOfAnEarlierLife() {
        SlotRing<Counted> ring = ring();
        Hands hands = hands();
        publish(ring, hands, 0, 1);
        ring.workOff(hands);
        Counted again = ring.take(hands);
        assertSame(slots[0], again);
        again.fill(1, 2);
        assertEquals(Slot.NONE, again.tryClaim(0), "its position is over");
        assertEquals(Slot.NONE, again.tryClaim(1), "it is not published yet");
        ring.publish(again);
        assertEquals(Slot.NONE, again.tryClaim(0));
        assertEquals(0, again.tryClaim(1));
        assertEquals(1, again.tryClaim(1));
        assertEquals(Slot.NONE, again.tryClaim(1));
    }

    @Test
    void givesBackWhatWasNotPublished() {
        SlotRing<Counted> ring = ring();
        Hands hands = hands();
        Counted slot = ring.take(hands);
        slot.fill(9, 2);
        ring.giveBack(slot);
        assertEquals(0, slot.batchCount());
        assertSame(slot, ring.take(hands));
        assertEquals(List.of(), retired);
    }

    @Test
    void failsTheLaneThatWaitsForAWorkerWhichHasFailed() throws InterruptedException {
        AtomicInteger told = new AtomicInteger();
        Workers workers =
                new Workers(System.getLogger("test"), List.of(new NoEngine(), new NoEngine()), told::incrementAndGet);
        SlotRing<Counted> ring = new SlotRing<>(slots, this::retire, workers);
        Hands hands = hands();
        publish(ring, hands, 0, 1);
        assertEquals(0, slots[0].tryClaim(0), "in the hands of a worker that never finishes");
        workers.fail(new AssertionError("broken"));
        assertEquals(1, told.get());
        assertThrows(IllegalStateException.class, () -> ring.settle(hands));
        workers.close();
    }

    /** One lane publishes, four workers and the lane itself run and retire: each batch once, each slot in its order. */
    @Test
    void losesDoublesAndReordersNothingAmongFiveThreads() throws InterruptedException {
        SlotRing<Counted> ring = ring();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        AtomicInteger left = new AtomicInteger(1);
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Hands hands = hands();
            workers.add(Thread.ofPlatform().start(() -> {
                try {
                    while (left.get() != 0) {
                        if (!ring.work(hands)) {
                            Thread.onSpinWait();
                        }
                    }
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
            }));
        }
        Hands hands = hands();
        Random random = new Random(SEED);
        try {
            for (long number = 0; number < ROUNDS && failure.get() == null; number++) {
                publish(ring, hands, number, 1 + random.nextInt(4));
                int choice = random.nextInt(16);
                if (choice == 0) {
                    ring.settle(hands);
                    assertEquals(number + 1, retired.size(), "nothing is under way after settling, seed " + SEED);
                } else if (choice < 8) {
                    ring.workOff(hands);
                }
            }
            ring.settle(hands);
        } finally {
            left.set(0);
            for (Thread worker : workers) {
                worker.join();
            }
        }
        assertNull(failure.get());
        assertEquals(ROUNDS, retired.size());
        for (int i = 0; i < ROUNDS; i++) {
            assertEquals(i, retired.get(i), "order");
        }
    }
}
