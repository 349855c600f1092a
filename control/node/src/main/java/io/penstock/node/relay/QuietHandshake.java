package io.penstock.node.relay;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;

/** Takes what the handshake's future tells as well; what comes after it goes on to those who are added then. */
final class QuietHandshake extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        SslHandler handler = context.pipeline().get(SslHandler.class);
        if (handler == null || handler.handshakeFuture().isSuccess()) {
            context.fireExceptionCaught(cause);
        }
    }
}
