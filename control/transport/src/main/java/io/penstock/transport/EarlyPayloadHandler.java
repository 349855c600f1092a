package io.penstock.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.ts2021.EarlyPayloadReader;
import java.nio.ByteBuffer;

/**
 * The node's end: takes the early payload, if there is one, from the front of the coordinator's plaintext and passes it on as a
 * user event of {@link io.penstock.protocol.ts2021.EarlyPayload}; then gets out of the way.
 */
public final class EarlyPayloadHandler extends ChannelInboundHandlerAdapter {
    private final EarlyPayloadReader reader = new EarlyPayloadReader();

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf plaintext)) {
            context.fireChannelRead(message);
            return;
        }
        ByteBuffer in = plaintext.nioBuffer();
        EarlyPayloadReader.Outcome outcome;
        try {
            outcome = reader.consume(in);
        } catch (MalformedMessageException e) {
            plaintext.release();
            context.fireExceptionCaught(e);
            context.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            return;
        }
        plaintext.skipBytes(plaintext.readableBytes() - in.remaining());
        switch (outcome) {
            case EarlyPayloadReader.Outcome.NeedsMore more -> plaintext.release();
            case EarlyPayloadReader.Outcome.None none ->
                passOn(context, Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(none.taken()), plaintext));
            case EarlyPayloadReader.Outcome.Found found -> {
                context.fireUserEventTriggered(found.payload());
                passOn(context, plaintext);
            }
        }
    }

    private void passOn(ChannelHandlerContext context, ByteBuf rest) {
        if (rest.isReadable()) {
            context.fireChannelRead(rest);
        } else {
            rest.release();
        }
        context.pipeline().remove(this);
    }
}
