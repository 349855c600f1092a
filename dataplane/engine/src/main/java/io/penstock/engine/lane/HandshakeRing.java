package io.penstock.engine.lane;

import io.penstock.engine.io.ReceiveBatch;
import io.penstock.wireguard.Endpoint;
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
 */
public final class HandshakeRing {
    /** Messages that the ring holds; the kernel's MAX_QUEUED_INCOMING_HANDSHAKES. */
    public static final int CAPACITY = 4096;

    /** Receives a message on the control agent's thread; the buffer is only valid during the call. */
    @FunctionalInterface
    public interface Handler {
        void onHandshake(DirectBuffer datagram, int offset, int length, Endpoint source);
    }

    private static final int MESSAGE = 1;
    private static final int V6 = 0; // u8
    private static final int PORT = 4;
    private static final int SCOPE = 8;
    private static final int LOCAL_INTERFACE = 12;
    private static final int HIGH = 16;
    private static final int LOW = 24;
    private static final int LOCAL_HIGH = 32;
    private static final int LOCAL_LOW = 40;
    private static final int DATAGRAM = 48;

    /** An initiation, the longest message, with ring header, fields above and alignment. */
    private static final int RECORD_LENGTH = 8 + DATAGRAM + 152;

    private final RingBuffer ring = new OneToOneRingBuffer(new UnsafeBuffer(ByteBuffer.allocateDirect(
            Integer.highestOneBit(CAPACITY * RECORD_LENGTH) * 2 + RingBufferDescriptor.TRAILER_LENGTH)));

    /** Offers the datagram at {@code offset}; false when the ring is full. Lane thread. */
    boolean offer(ReceiveBatch batch, int message, int offset, int length) {
        if (size() >= CAPACITY) {
            return false;
        }
        int record = ring.tryClaim(MESSAGE, DATAGRAM + length);
        if (record < 0) {
            return false;
        }
        ring.buffer().putBytes(record + DATAGRAM, batch.slab(), offset, length);
        putSource(batch, message, record);
        ring.commit(record);
        return true;
    }

    private void putSource(ReceiveBatch batch, int message, int record) {
        ring.buffer().putByte(record + V6, (byte) (batch.isV6(message) ? 1 : 0));
        ring.buffer().putInt(record + PORT, batch.port(message));
        ring.buffer().putInt(record + SCOPE, batch.scopeId(message));
        ring.buffer().putInt(record + LOCAL_INTERFACE, batch.localInterface(message));
        ring.buffer().putLong(record + HIGH, batch.high(message));
        ring.buffer().putLong(record + LOW, batch.low(message));
        ring.buffer().putLong(record + LOCAL_HIGH, batch.localHigh(message));
        ring.buffer().putLong(record + LOCAL_LOW, batch.localLow(message));
    }

    /** Messages that wait. */
    public int size() {
        return ring.size() / RECORD_LENGTH;
    }

    /** Hands over what waits, at most {@code limit} messages; returns how many. Control agent's thread. */
    public int drain(Handler handler, int limit) {
        MessageHandler each = (_, buffer, index, length) ->
                handler.onHandshake(buffer, index + DATAGRAM, length - DATAGRAM, source(buffer, index));
        int handled = 0;
        // One read ends where the buffer does, and may bring nothing but the gap before that: a second goes on behind.
        for (int reads = 0; reads < 2 && handled < limit; reads++) {
            handled += ring.read(each, limit - handled);
        }
        return handled;
    }

    private static Endpoint source(DirectBuffer buffer, int index) {
        Endpoint remote = buffer.getByte(index + V6) != 0
                ? Endpoint.v6(
                        buffer.getLong(index + HIGH),
                        buffer.getLong(index + LOW),
                        buffer.getInt(index + PORT),
                        buffer.getInt(index + SCOPE))
                : Endpoint.v4((int) buffer.getLong(index + LOW), buffer.getInt(index + PORT));
        return remote.withLocal(
                buffer.getLong(index + LOCAL_HIGH),
                buffer.getLong(index + LOCAL_LOW),
                buffer.getInt(index + LOCAL_INTERFACE));
    }
}
