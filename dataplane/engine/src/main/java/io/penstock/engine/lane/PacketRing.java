package io.penstock.engine.lane;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/** Carries opened packets that are for the node itself from whoever retires them to the control agent. Bounded in bytes. */
public final class PacketRing {
    /** Two thousand pings; such packets are a few dozen bytes. */
    static final int CAPACITY_BYTES = 1 << 17;

    private static final int PACKET = 1; // the type of all records

    private final RingBuffer ring = new OneToOneRingBuffer(
            new UnsafeBuffer(ByteBuffer.allocateDirect(CAPACITY_BYTES + RingBufferDescriptor.TRAILER_LENGTH)));

    /**
     * Offers the packet at {@code offset}; false when there is no room, and always if it is longer than an eighth of the ring. Allocates
     * nothing. Who holds the flag of the receiving ring.
     */
    boolean offer(DirectBuffer slab, int offset, int length) {
        return length <= ring.maxMsgLength() && ring.write(PACKET, slab, offset, length);
    }

    /** Hands over what waits in the order of arrival, at most {@code limit}; returns how many. Control agent's thread. */
    public int drain(Consumer<byte[]> handler, int limit) {
        MessageHandler each = (_, buffer, index, length) -> {
            byte[] packet = new byte[length];
            buffer.getBytes(index, packet);
            handler.accept(packet);
        };
        int handled = ring.read(each, limit);
        return handled < limit ? handled + ring.read(each, limit - handled) : handled; // behind the buffer's end
    }
}
