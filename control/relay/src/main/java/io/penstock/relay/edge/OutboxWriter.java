package io.penstock.relay.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import io.penstock.protocol.derp.Frame;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.core.Outbox;
import io.penstock.relay.core.Outgoing;
import io.penstock.relay.core.RelayCounters;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes what is in an outbox for as long as the channel takes it, and flushes when there is nothing more. A receiver that takes
 * nothing for too long is given up. On the channel's event loop.
 */
final class OutboxWriter {
    /** Bytes after which other channels of the loop have their turn. */
    private static final int TURN_BYTES = 1 << 20;

    private final ChannelHandlerContext context;
    private final Outbox outbox;
    private final RelayCounters counters;
    private final long stallMs;
    private boolean isWriting;
    private @Nullable Future<?> stallCheck;
    private long missingBytes;

    OutboxWriter(ChannelHandlerContext context, Outbox outbox, RelayCounters counters, long stallMs) {
        this.context = context;
        this.outbox = outbox;
        this.counters = counters;
        this.stallMs = stallMs;
    }

    /** There is something in the outbox, or room in the channel. */
    void write() {
        if (isWriting || !context.channel().isActive()) {
            return; // a flush that makes room calls this within itself
        }
        isWriting = true;
        if (context.channel().isWritable()) {
            stop(); // there was progress
        }
        int written = 0;
        while (context.channel().isWritable()) {
            Outgoing next = outbox.poll();
            if (next == null || written >= TURN_BYTES) {
                if (next != null) {
                    write(next);
                    context.executor().execute(this::write);
                }
                break;
            }
            written += write(next);
            if (!context.channel().isWritable()) {
                context.flush();
            }
        }
        context.flush();
        isWriting = false;
        if (!context.channel().isWritable()) {
            watchForStall();
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // of a void promise, which throws what fails into the pipeline
    private int write(Outgoing next) {
        switch (next) {
            case Outgoing.Control control -> {
                ByteBuf frame = encode(control.frame(), context.alloc());
                int length = frame.readableBytes();
                context.write(frame, context.voidPromise());
                return length;
            }
            case FrameParcel parcel -> {
                int length = parcel.bytes();
                counters.onSent(parcel.packets(), length);
                context.write(parcel.frames(), context.voidPromise());
                return length;
            }
            default -> throw new IllegalStateException("a parcel of another kind");
        }
    }

    /** Writes a frame before there is an outbox. */
    static void writeAndFlush(ChannelHandlerContext context, Frame frame) {
        context.writeAndFlush(encode(frame, context.alloc())).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    static ByteBuf encode(Frame frame, ByteBufAllocator allocator) {
        int length = frame.length();
        ByteBuf out = allocator.buffer(length, length);
        frame.writeTo(out.nioBuffer(0, length));
        return out.writerIndex(length);
    }

    private void watchForStall() {
        if (stallCheck == null) {
            missingBytes = context.channel().bytesBeforeWritable();
            stallCheck = context.executor().schedule(this::checkForStall, stallMs, TimeUnit.MILLISECONDS);
        }
    }

    private void checkForStall() {
        stallCheck = null;
        if (context.channel().isWritable() || !context.channel().isActive()) {
            return;
        }
        if (context.channel().bytesBeforeWritable() >= missingBytes) {
            Connections.close(context.channel(), CloseReason.STALLED);
        } else {
            watchForStall();
        }
    }

    /** Watches no more, until the channel is full again. */
    void stop() {
        if (stallCheck != null) {
            stallCheck.cancel(false);
            stallCheck = null;
        }
    }
}
