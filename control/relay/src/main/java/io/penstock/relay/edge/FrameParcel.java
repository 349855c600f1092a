package io.penstock.relay.edge;

import io.netty.buffer.ByteBuf;
import io.penstock.relay.core.Parcel;

/** Frames in a piece of a buffer. */
record FrameParcel(ByteBuf frames, int packets, boolean isDisco) implements Parcel {
    /** A waiting parcel keeps at most so many times its own length alive. */
    private static final int MAX_WASTE = 4;

    /** The frames in a part of a buffer, where they are or, if that would keep much more alive, in a copy. */
    static FrameParcel of(ByteBuf buffer, int start, int length, int packets, boolean isDisco) {
        ByteBuf frames = length * MAX_WASTE < buffer.capacity()
                ? buffer.alloc().buffer(length, length).writeBytes(buffer, start, length)
                : buffer.retainedSlice(start, length);
        return new FrameParcel(frames, packets, isDisco);
    }

    @Override
    public int bytes() {
        return frames.readableBytes();
    }

    @Override
    public void release() {
        frames.release();
    }
}
