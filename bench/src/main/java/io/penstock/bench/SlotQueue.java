package io.penstock.bench;

import io.penstock.engine.io.ReceiveBatch;
import io.penstock.engine.lane.EmptySlots;
import io.penstock.engine.lane.HandshakeRing;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import org.agrona.BufferUtil;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.jctools.queues.varhandle.SpscVarHandleArrayQueue;

/**
 * Hands numbers of slots, {@link #NONE} excluded, from one thread to another. Whoever wants to compare one more way adds a name to
 * {@link #of} and to the parameter of {@link QueueBench}.
 */
interface SlotQueue {
    /** Result of {@link #poll} when nothing is there. */
    int NONE = -1;

    /** Slots of a lane at most. */
    int CAPACITY = 16;

    /** False if the queue is full. Of the giving thread. */
    boolean offer(int slot);

    /** The next slot, or {@link #NONE}. Of the taking thread. */
    int poll();

    static SlotQueue of(String kind) {
        return switch (kind) {
            case "array-blocking" -> new OfObjects(new ArrayBlockingQueue<>(CAPACITY));
            case "agrona-one-to-one" -> new OfObjects(new OneToOneConcurrentArrayQueue<>(CAPACITY));
            case "agrona-many-to-one" -> new OfObjects(new ManyToOneConcurrentArrayQueue<>(CAPACITY));
            case "jctools-one-to-one" -> new OfObjects(new SpscVarHandleArrayQueue<>(CAPACITY));
            case "jctools-many-to-one" -> new OfObjects(new MpscVarHandleArrayQueue<>(CAPACITY));
            case "agrona-ring" -> new OfRecords();
            case "slot-ring" -> new OfSlots();
            case "handshake-ring" -> new OfHandshakes();
            default -> throw new IllegalArgumentException("no queue is called " + kind);
        };
    }

    /** A queue of objects; the objects are made once, as the slots of a lane are. */
    final class OfObjects implements SlotQueue {
        private record Slot(int number) {}

        private final Queue<Slot> queue;
        private final Slot[] slots = new Slot[CAPACITY];

        OfObjects(Queue<Slot> queue) {
            this.queue = queue;
            for (int i = 0; i < CAPACITY; i++) {
                slots[i] = new Slot(i);
            }
        }

        @Override
        public boolean offer(int slot) {
            return queue.offer(slots[slot]);
        }

        @Override
        public int poll() {
            Slot slot = queue.poll();
            return slot == null ? NONE : slot.number();
        }
    }

    /** Agrona's ring of records, each holding a number. */
    final class OfRecords implements SlotQueue {
        private static final int TYPE = 1;
        private static final int BYTES = 1024;

        private final OneToOneRingBuffer ring = new OneToOneRingBuffer(
                new UnsafeBuffer(BufferUtil.allocateDirectAligned(BYTES + RingBufferDescriptor.TRAILER_LENGTH, 128)));
        private int polled = NONE;
        private final MessageHandler take = (type, buffer, index, length) -> polled = buffer.getInt(index);

        @Override
        public boolean offer(int slot) {
            int at = ring.tryClaim(TYPE, Integer.BYTES);
            if (at < 0) {
                return false;
            }
            ring.buffer().putInt(at, slot);
            ring.commit(at);
            return true;
        }

        @Override
        public int poll() {
            polled = NONE;
            ring.read(take, 1);
            return polled;
        }
    }

    /** The lane's own ring, in which handing over means claiming, running and retiring. */
    final class OfSlots implements SlotQueue {
        private final EmptySlots slots = new EmptySlots(CAPACITY);

        @Override
        public boolean offer(int slot) {
            slots.publish(slot);
            return true;
        }

        @Override
        public int poll() {
            int taken = slots.take();
            return taken == EmptySlots.NONE ? NONE : taken;
        }
    }

    /** The engine's ring for handshake messages: it copies an initiation, and makes an endpoint of its source. */
    final class OfHandshakes implements SlotQueue {
        private static final int INITIATION_LENGTH = 148;
        private static final MethodHandle OFFER = offerHandle();

        private final HandshakeRing ring = new HandshakeRing();
        private final ReceiveBatch batch = new ReceiveBatch(
                new UnsafeBuffer(BufferUtil.allocateDirectAligned(ReceiveBatch.SLOT_LENGTH, 64)), 0, 1);
        private int polled = NONE;
        private final HandshakeRing.Handler take =
                (datagram, offset, length, source) -> polled = datagram.getInt(offset);

        /** Offering is the lane's own business, in its package. */
        private static MethodHandle offerHandle() {
            try {
                return MethodHandles.privateLookupIn(HandshakeRing.class, MethodHandles.lookup())
                        .findVirtual(
                                HandshakeRing.class,
                                "offer",
                                MethodType.methodType(
                                        boolean.class, ReceiveBatch.class, int.class, int.class, int.class));
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        @Override
        public boolean offer(int slot) {
            batch.slab().putInt(0, slot);
            try {
                return (boolean) OFFER.invokeExact(ring, batch, 0, 0, INITIATION_LENGTH);
            } catch (Throwable t) {
                throw new AssertionError(t);
            }
        }

        @Override
        public int poll() {
            polled = NONE;
            ring.drain(take, 1);
            return polled;
        }
    }
}
