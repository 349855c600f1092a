package io.penstock.engine.lane;

import io.penstock.engine.io.ReceiveBatch;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Protocol;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * Carries handshake messages (types 1 to 3) with their source from one lane to the control agent. Bounded: what does
 * not fit is dropped by the lane, and how full it is decides on the under-load mode.
 *
 * <p>Messages with a mac2, whose senders hold a cookie or say so, do not wait behind those without, nor are they dropped for
 * their sake: in a flood from spoofed sources a peer that has been given a cookie gets through. Neither kind can keep the other
 * from half of what the control agent handles.
 */
public final class HandshakeRing {
    /** Messages without a mac2 that the ring holds; the kernel's MAX_QUEUED_INCOMING_HANDSHAKES. */
    public static final int CAPACITY = 4096;

    /** Messages with one, cookie replies among them. Enough of them make a load by themselves. */
    static final int MAC2_CAPACITY = CAPACITY / 4;

    /** Receives a message on the control agent's thread; the buffer is only valid during the call. */
    @FunctionalInterface
    public interface Handler {
        void onHandshake(DirectBuffer datagram, int offset, int length, Endpoint source);
    }

    private static final int MESSAGE = 1;
    private static final int DATAGRAM = SourceFields.LENGTH;

    /** An initiation, the longest message, with ring header, fields above and alignment. */
    private static final int RECORD_LENGTH = 8 + DATAGRAM + 152;

    private final RingBuffer withMac2 = ring(MAC2_CAPACITY);
    private final RingBuffer others = ring(CAPACITY);

    private static RingBuffer ring(int capacity) {
        return new OneToOneRingBuffer(new UnsafeBuffer(ByteBuffer.allocateDirect(
                Integer.highestOneBit(capacity * RECORD_LENGTH) * 2 + RingBufferDescriptor.TRAILER_LENGTH)));
    }

    /** Offers the datagram at {@code offset}; false when there is no room for its kind. Lane thread. */
    boolean offer(ReceiveBatch batch, int message, int offset, int length) {
        boolean hasMac2 = hasMac2(batch.slab(), offset, length);
        RingBuffer ring = hasMac2 ? withMac2 : others;
        if (size(ring) >= (hasMac2 ? MAC2_CAPACITY : CAPACITY)) {
            return false;
        }
        int record = ring.tryClaim(MESSAGE, DATAGRAM + length);
        if (record < 0) {
            return false;
        }
        ring.buffer().putBytes(record + DATAGRAM, batch.slab(), offset, length);
        SourceFields.put(ring.buffer(), record, batch, message);
        ring.commit(record);
        return true;
    }

    /** A message ends with its mac2, all zero for none; a cookie reply with a tag, which counts as one. */
    private static boolean hasMac2(DirectBuffer slab, int offset, int length) {
        int mac2 = offset + length - Protocol.MAC_LENGTH;
        return (slab.getLong(mac2) | slab.getLong(mac2 + Long.BYTES)) != 0;
    }

    /** Messages that wait. */
    public int size() {
        return size(withMac2) + size(others);
    }

    private static int size(RingBuffer ring) {
        return ring.size() / RECORD_LENGTH;
    }

    /**
     * Hands over what waits, at most {@code limit} messages, of each kind in the order of arrival; returns how many. Control
     * agent's thread.
     */
    public int drain(Handler handler, int limit) {
        int handled = drain(withMac2, handler, limit / 2);
        handled += drain(others, handler, limit - handled);
        return handled + drain(withMac2, handler, limit - handled);
    }

    private static int drain(RingBuffer ring, Handler handler, int limit) {
        MessageHandler each = (_, buffer, index, length) ->
                handler.onHandshake(buffer, index + DATAGRAM, length - DATAGRAM, SourceFields.get(buffer, index));
        int handled = 0;
        // One read ends where the buffer does, and may bring nothing but the gap before that: a second goes on behind.
        for (int reads = 0; reads < 2 && handled < limit; reads++) {
            handled += ring.read(each, limit - handled);
        }
        return handled;
    }
}
