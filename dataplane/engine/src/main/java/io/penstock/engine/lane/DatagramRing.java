package io.penstock.engine.lane;

import io.penstock.engine.io.ReceiveBatch;
import io.penstock.wireguard.Endpoint;
import java.nio.ByteBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * Carries datagrams that are no WireGuard message, with their source, from the receiving lane to the control agent. Bounded in
 * bytes: what does not fit is dropped by the lane. A ring of its own, so that a flood of them takes no room from handshakes.
 */
public final class DatagramRing {
    /** Some 8,000 datagrams of path finding, or 100 of the longest. */
    static final int CAPACITY_BYTES = 1 << 20;

    private static final int DATAGRAM = 1; // the type of all records

    /** Receives a datagram on the control agent's thread, and keeps it. */
    @FunctionalInterface
    public interface Handler {
        void onDatagram(Endpoint source, byte[] datagram);
    }

    private final RingBuffer ring = new OneToOneRingBuffer(
            new UnsafeBuffer(ByteBuffer.allocateDirect(CAPACITY_BYTES + RingBufferDescriptor.TRAILER_LENGTH)));

    /** Offers the datagram at {@code offset} of the batch's slab; false when there is no room. Allocates nothing. Lane thread. */
    boolean offer(ReceiveBatch batch, int message, int offset, int length) {
        int record = ring.tryClaim(DATAGRAM, SourceFields.LENGTH + length);
        if (record < 0) {
            return false;
        }
        SourceFields.put(ring.buffer(), record, batch, message);
        ring.buffer().putBytes(record + SourceFields.LENGTH, batch.slab(), offset, length);
        ring.commit(record);
        return true;
    }

    /** Hands over what waits in the order of arrival, at most {@code limit}; returns how many. Control agent's thread. */
    public int drain(Handler handler, int limit) {
        MessageHandler each = (_, buffer, index, length) -> {
            byte[] datagram = new byte[length - SourceFields.LENGTH];
            buffer.getBytes(index + SourceFields.LENGTH, datagram);
            handler.onDatagram(SourceFields.get(buffer, index), datagram);
        };
        int handled = ring.read(each, limit);
        return handled < limit ? handled + ring.read(each, limit - handled) : handled; // behind the buffer's end
    }
}
