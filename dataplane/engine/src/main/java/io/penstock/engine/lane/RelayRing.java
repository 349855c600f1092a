package io.penstock.engine.lane;

import io.penstock.engine.wire.Wire;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.Initiation;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * WireGuard messages on their way to relays, or from them to a lane. Any thread offers, one takes; bounded in bytes, and nothing is
 * allocated.
 *
 * <p>Handshake messages have room of their own and do not wait behind data: a relay is a slow link, always full while something large passes,
 * and a session that is not renewed for that would end. Neither kind can keep the other from half of what is taken.
 *
 * <p>The consumer is woken once for all that comes until it has found the ring empty. It says that it has, then looks once more;
 * producers put in, then look whether it has. Both fence in between, so one of them sees the other.
 */
final class RelayRing {
    /** Some thirty superpackets: a tenth of a second at 150 Mbit/s. */
    static final int CAPACITY_BYTES = 2 << 20;

    /** Some 400 handshake messages. */
    static final int HANDSHAKE_BYTES = 1 << 16;

    /** Bytes of a message at most: what UDP could carry. */
    static final int MAX_MESSAGE = 65_535;

    private static final VarHandle ANNOUNCED;

    static {
        try {
            ANNOUNCED = MethodHandles.lookup().findVarHandle(RelayRing.class, "announced", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int MESSAGE = 1; // the type of all records
    private static final int ID = 0;
    private static final int BYTES = Long.BYTES;

    private final RingBuffer data = ring(CAPACITY_BYTES);
    private final RingBuffer handshakes = ring(HANDSHAKE_BYTES);
    private final MessageHandler each = this::onRecord;

    @SuppressWarnings("unused") // through ANNOUNCED
    private boolean announced;

    private Wire.@Nullable RelayedHandler handler; // of the drain under way; the consumer's

    private static RingBuffer ring(int bytes) {
        return new ManyToOneRingBuffer(
                new UnsafeBuffer(ByteBuffer.allocateDirect(bytes + RingBufferDescriptor.TRAILER_LENGTH)));
    }

    /** By the first byte: whatever is short and not data may be a handshake message. */
    private RingBuffer ringFor(byte type, int length) {
        return type == Data.TYPE || length > Initiation.LENGTH ? data : handshakes;
    }

    // Any thread.

    /** Puts a copy of a message in; false when there is no room. {@link #announce} must follow, after one or several. */
    boolean offer(long relayId, DirectBuffer source, int offset, int length) {
        RingBuffer ring = ringFor(length == 0 ? (byte) 0 : source.getByte(offset), length);
        int record = ring.tryClaim(MESSAGE, BYTES + length);
        if (record < 0) {
            return false;
        }
        ring.buffer().putLong(record + ID, relayId);
        ring.buffer().putBytes(record + BYTES, source, offset, length);
        ring.commit(record);
        return true;
    }

    /** As above, of an array. */
    boolean offer(long relayId, byte[] source, int offset, int length) {
        RingBuffer ring = ringFor(length == 0 ? (byte) 0 : source[offset], length);
        int record = ring.tryClaim(MESSAGE, BYTES + length);
        if (record < 0) {
            return false;
        }
        ring.buffer().putLong(record + ID, relayId);
        ring.buffer().putBytes(record + BYTES, source, offset, length);
        ring.commit(record);
        return true;
    }

    /** After {@link #offer}: true if the caller has to wake the consumer. */
    boolean announce() {
        VarHandle.fullFence(); // what was put in, before the question whether somebody will look
        return !(boolean) ANNOUNCED.getOpaque(this) && ANNOUNCED.compareAndSet(this, false, true);
    }

    // The consumer.

    /** Whether {@link #drain} has to be called: something was announced, and the ring has not been found empty since. */
    boolean isAnnounced() {
        return (boolean) ANNOUNCED.getAcquire(this);
    }

    /** Hands over what waits; fewer than {@code limit} messages mean that the next one is announced again. */
    int drain(Wire.RelayedHandler to, int limit) {
        handler = to;
        int taken = take(limit);
        if (taken < limit) {
            ANNOUNCED.setOpaque(this, false);
            VarHandle.fullFence();
            taken += take(limit - taken); // whoever still saw us announced has put it in before
        }
        handler = null;
        return taken;
    }

    private int take(int limit) {
        int taken = take(handshakes, (limit + 1) / 2);
        taken += take(data, limit - taken);
        return taken + take(handshakes, limit - taken);
    }

    private int take(RingBuffer ring, int limit) {
        int taken = 0;
        // A read ends where the buffer does, and may bring nothing but the gap before that: only two such mean that
        // there is nothing.
        for (int empty = 0; empty < 2 && taken < limit; ) {
            int read = ring.read(each, limit - taken);
            taken += read;
            empty = read == 0 ? empty + 1 : 0;
        }
        return taken;
    }

    private void onRecord(int type, MutableDirectBuffer buffer, int index, int length) {
        if (handler != null) {
            handler.onRelayed(buffer.getLong(index + ID), buffer, index + BYTES, length - BYTES);
        }
    }
}
