package io.penstock.relay.edge;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.penstock.relay.core.CloseReason;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Takes what a balancer says of a connection before anything else comes (PROXY protocol, versions 1 and 2), and counts the
 * connection as its client's. What the balancer says of itself, to see whether the relay is there, is let through. On the event loop.
 */
final class ProxyHeader extends SimpleChannelInboundHandler<HAProxyMessage> {
    private final RelayService service;

    private ProxyHeader(RelayService service) {
        this.service = service;
    }

    /** Puts what it needs first into a new connection. */
    static void expect(ChannelPipeline pipeline, RelayService service) {
        pipeline.addLast(new Guard(), new HAProxyMessageDecoder(), new ProxyHeader(service));
    }

    /** The decoder closes what is no header before it says so. */
    private static final class Guard extends ChannelOutboundHandlerAdapter {
        @Override
        public void close(ChannelHandlerContext context, ChannelPromise promise) {
            Connections.note(context.channel(), CloseReason.BAD_PROXY_HEADER);
            var _ = context.close(promise);
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HAProxyMessage header) {
        if (header.command() == HAProxyCommand.PROXY && !takeSource(context, header)) {
            return;
        }
        context.pipeline().remove(Guard.class);
        context.pipeline().remove(this);
    }

    private boolean takeSource(ChannelHandlerContext context, HAProxyMessage header) {
        HAProxyProxiedProtocol protocol = header.proxiedProtocol();
        if (protocol != HAProxyProxiedProtocol.TCP4 && protocol != HAProxyProxiedProtocol.TCP6) {
            Connections.close(context.channel(), CloseReason.BAD_PROXY_HEADER);
            return false;
        }
        InetAddress address = InetAddress.ofLiteral(header.sourceAddress()); // the decoder has checked it
        Sources.tell(context.channel(), new InetSocketAddress(address, header.sourcePort()));
        return service.openFrom(context.channel(), address);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Connections.close(context.channel(), CloseReason.BAD_PROXY_HEADER);
    }
}
