package io.penstock.server.http.ts2021;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/** Between records and HTTP/2: ends a connection that brings more frames than a node needs, before they cost more. */
final class FloodGuard extends ChannelDuplexHandler {
    private final FrameMeter meter = new FrameMeter(System.nanoTime());
    private final MachineConnection connection;

    FloodGuard(MachineConnection connection) {
        this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof ByteBuf plaintext && isFlood(plaintext)) {
            plaintext.release();
            connection.onFlood(context);
        } else {
            context.fireChannelRead(message);
        }
    }

    private boolean isFlood(ByteBuf plaintext) {
        int count = plaintext.readableBytes();
        long nowNs = System.nanoTime();
        if (plaintext.hasArray()) { // as the records' are
            return !meter.onReceived(
                    plaintext.array(), plaintext.arrayOffset() + plaintext.readerIndex(), count, nowNs);
        }
        return !meter.onReceived(ByteBufUtil.getBytes(plaintext), 0, count, nowNs);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf plaintext) {
            meter.onSent(plaintext.readableBytes());
        }
        var _ = context.write(message, promise); // the promise tells
    }
}
