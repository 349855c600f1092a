package io.penstock.relay.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameDecoder.Side;
import io.penstock.protocol.derp.FrameType;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.core.RelayCounters;
import org.jspecify.annotations.Nullable;

/**
 * Finds frames in what arrives and leaves them where they are; only one that is spread over two buffers is put together in a
 * third. Memory grows with what has arrived, whatever a header announces. For one connection, on its event loop.
 */
final class FrameReader {
    private static final int FIRST_ROOM = 2048;

    /** Gets the frames. */
    interface Sink {
        /**
         * Takes a frame whose header is at {@code start}. The buffer is the caller's; the sink may change the bytes of this
         * frame, and retain it.
         *
         * @param length of the payload
         * @return whether to go on; if not, what is behind the frame stays in the buffer
         */
        boolean onFrame(ByteBuf in, int start, int type, int length) throws RelayClosed;

        /** What was retained of this buffer may not grow any more. */
        void onBufferEnd();
    }

    private final Side side;
    private final ByteBufAllocator allocator;
    private final RelayCounters counters;
    private @Nullable ByteBuf partial;
    private int toSkip;

    FrameReader(Side side, ByteBufAllocator allocator, RelayCounters counters) {
        this.side = side;
        this.allocator = allocator;
        this.counters = counters;
    }

    /**
     * Reads the frames in {@code in}, which stays the caller's.
     *
     * @return false if the sink wants no more for now
     * @throws RelayClosed if a frame is none
     */
    boolean read(ByteBuf in, Sink sink) throws RelayClosed {
        try {
            while (in.isReadable()) {
                if (toSkip > 0) {
                    int skipped = Math.min(toSkip, in.readableBytes());
                    in.skipBytes(skipped);
                    toSkip -= skipped;
                } else if (partial != null) {
                    if (!readPartial(partial, in, sink)) {
                        return false;
                    }
                } else if (!readWhole(in, sink)) {
                    return false;
                }
            }
            return true;
        } finally {
            sink.onBufferEnd();
        }
    }

    private boolean readWhole(ByteBuf in, Sink sink) throws RelayClosed {
        int start = in.readerIndex();
        int available = in.readableBytes();
        if (available >= Frame.HEADER_LENGTH) {
            int type = in.getUnsignedByte(start);
            int length = in.getInt(start + 1);
            if (isSkipped(type, length)) {
                in.skipBytes(Frame.HEADER_LENGTH);
                return true;
            }
            if (available >= Frame.HEADER_LENGTH + length) {
                in.skipBytes(Frame.HEADER_LENGTH + length);
                return sink.onFrame(in, start, type, length);
            }
        }
        partial = allocator.buffer(Math.max(FIRST_ROOM, available)).writeBytes(in);
        return true;
    }

    /** Whether a frame that is good for nothing begins here, which is skipped then. */
    private boolean isSkipped(int type, int length) throws RelayClosed {
        if (length < 0 || length > FrameType.maxLength(type)) {
            throw new RelayClosed(CloseReason.FRAME_TOO_LONG);
        }
        if (FrameType.isFor(side, type)) {
            return false;
        }
        toSkip = length;
        counters.onSkipped();
        return true;
    }

    private boolean readPartial(ByteBuf frame, ByteBuf in, Sink sink) throws RelayClosed {
        if (frame.readableBytes() < Frame.HEADER_LENGTH) {
            take(frame, in, Frame.HEADER_LENGTH - frame.readableBytes());
            if (frame.readableBytes() < Frame.HEADER_LENGTH) {
                return true;
            }
            if (isSkipped(frame.getUnsignedByte(0), frame.getInt(1))) {
                release();
                return true;
            }
        }
        int length = frame.getInt(1);
        take(frame, in, Frame.HEADER_LENGTH + length - frame.readableBytes());
        if (frame.readableBytes() < Frame.HEADER_LENGTH + length) {
            return true;
        }
        partial = null;
        try {
            return sink.onFrame(frame, 0, frame.getUnsignedByte(0), length);
        } finally {
            sink.onBufferEnd();
            frame.release();
        }
    }

    private static void take(ByteBuf frame, ByteBuf in, int wanted) {
        frame.writeBytes(in, Math.min(wanted, in.readableBytes()));
    }

    /** Forgets what has arrived of a frame. */
    void release() {
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }
}
