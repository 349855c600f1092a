package io.penstock.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.CoalescingBufferQueue;
import io.netty.util.ReferenceCountUtil;
import io.penstock.protocol.ts2021.RecordOpener;
import io.penstock.protocol.ts2021.RecordSealer;
import io.penstock.protocol.ts2021.SessionKeys;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Plaintext above, records below, for either end of a connection whose handshake is done. What is written is kept until the next
 * flush, so that the many small pieces of HTTP/2 share records; it counts as pending bytes of the channel meanwhile, and so shows
 * in its writability. A record that is no good ends the connection with a {@link RecordException}. On the event loop.
 */
public final class RecordCodec extends ChannelDuplexHandler {
    /** More empty records one behind the other are an attack: they cost work and say nothing. */
    static final int MAX_EMPTY_RECORDS = 64;

    private static final int SEALED_AT_ONCE = 4 * RecordSealer.MAX_PLAINTEXT_LENGTH;

    private final RecordSealer sealer;
    private final RecordOpener opener;
    private int emptyRecords;
    private boolean failed;
    private @Nullable CoalescingBufferQueue pending;

    /** Takes the keys of both directions: {@code keys} must not be used again. */
    public RecordCodec(SessionKeys keys) {
        sealer = keys.sealer();
        opener = keys.opener();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        pending = new CoalescingBufferQueue(context.channel(), 16, true);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        failPending(new RecordException("the connection ended before this was sent"));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        failPending(new RecordException("the connection ended before this was sent"));
        context.fireChannelInactive();
    }

    private void failPending(RecordException cause) {
        if (pending != null) {
            pending.releaseAndFailAll(cause);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf sealed)) {
            context.fireChannelRead(message);
            return;
        }
        try {
            if (!failed) {
                open(context, sealed);
            }
        } finally {
            sealed.release();
        }
    }

    private void open(ChannelHandlerContext context, ByteBuf sealed) {
        ByteBuf plaintext = context.alloc().heapBuffer(sealed.readableBytes() + RecordSealer.MAX_PLAINTEXT_LENGTH);
        RecordOpener.Status status = RecordOpener.Status.NEEDS_MORE;
        for (ByteBuffer in : sealed.nioBuffers()) {
            status = openAll(in, plaintext);
            if (status.isFailure()) {
                break;
            }
        }
        boolean isFlood = emptyRecords > MAX_EMPTY_RECORDS;
        if (plaintext.isReadable()) {
            context.fireChannelRead(plaintext); // what came before a bad record was authentic
        } else {
            plaintext.release();
        }
        if (status.isFailure()) {
            fail(context, new RecordException(status));
        } else if (isFlood) {
            fail(context, new RecordException("too many empty records"));
        }
    }

    private RecordOpener.Status openAll(ByteBuffer in, ByteBuf plaintext) {
        while (true) {
            plaintext.ensureWritable(RecordSealer.MAX_PLAINTEXT_LENGTH);
            ByteBuffer room = plaintext.nioBuffer(plaintext.writerIndex(), plaintext.writableBytes());
            RecordOpener.Status status = opener.open(in, room);
            if (status != RecordOpener.Status.OPENED) {
                return status;
            }
            emptyRecords = room.position() == 0 ? emptyRecords + 1 : 0;
            if (emptyRecords > MAX_EMPTY_RECORDS) {
                return RecordOpener.Status.NEEDS_MORE;
            }
            plaintext.writerIndex(plaintext.writerIndex() + room.position());
        }
    }

    private void fail(ChannelHandlerContext context, RecordException cause) {
        failed = true;
        context.fireExceptionCaught(cause);
        context.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (pending != null && message instanceof ByteBuf plaintext) {
            pending.add(plaintext, promise);
            return;
        }
        ReferenceCountUtil.release(message);
        promise.setFailure(new IllegalArgumentException("only bytes can be sealed, not " + message.getClass()));
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        while (pending != null && !pending.isEmpty()) {
            ChannelPromise promise = context.newPromise();
            ByteBuf plaintext = pending.remove(SEALED_AT_ONCE, promise);
            try {
                seal(context, plaintext, promise);
            } finally {
                plaintext.release();
            }
        }
        context.flush();
    }

    private void seal(ChannelHandlerContext context, ByteBuf plaintext, ChannelPromise promise) {
        int length = (int) RecordSealer.sealedLength(plaintext.readableBytes());
        ByteBuf sealed = context.alloc().heapBuffer(length, length);
        if (sealer.seal(plaintext.nioBuffer(), sealed.nioBuffer(0, length))) {
            var _ = context.write(sealed.writerIndex(length), promise); // the promise tells
            return;
        }
        sealed.release();
        RecordException cause = new RecordException("as many records were sent as there are counters");
        promise.setFailure(cause);
        fail(context, cause);
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        flush(context); // a last word, such as GOAWAY, goes out before the end
        var _ = context.close(promise);
    }
}
