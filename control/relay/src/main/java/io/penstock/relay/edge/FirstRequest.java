package io.penstock.relay.edge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import io.penstock.relay.core.CloseReason;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Waits for the first request of a connection, for a limited time, and hands the connection over. On its event loop. */
final class FirstRequest extends SimpleChannelInboundHandler<FullHttpRequest> {
    static final String HTTP_CODEC = "http";

    private static final System.Logger LOG = System.getLogger(FirstRequest.class.getName());

    private final RelayDoor door;
    private final long timeoutMs;
    private @Nullable Future<?> deadline;

    FirstRequest(RelayDoor door, long timeoutMs) {
        this.door = door;
        this.timeoutMs = timeoutMs;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        deadline = context.executor()
                .schedule(
                        () -> Connections.close(context.channel(), CloseReason.HTTP_TIMEOUT),
                        timeoutMs,
                        TimeUnit.MILLISECONDS);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        Channel channel = context.channel();
        if (request.decoderResult().isFailure()) {
            Answers.send(channel, Answers.empty(HttpResponseStatus.BAD_REQUEST), CloseReason.BAD_HTTP);
            return;
        }
        channel.pipeline().remove(HttpObjectAggregator.class);
        channel.pipeline().remove(this);
        door.serve(channel, HTTP_CODEC, request);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && !handshake.isSuccess()) {
            Connections.note(context.channel(), CloseReason.BAD_TLS);
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof DecoderException && cause.getCause() instanceof SSLException) {
            Connections.close(context.channel(), CloseReason.BAD_TLS);
        } else if (cause instanceof DecoderException
                || cause instanceof PrematureChannelClosureException
                || cause instanceof IOException) {
            LOG.log(Level.DEBUG, "a connection ended: {0}", cause.toString());
            Connections.close(context.channel(), CloseReason.LEFT);
        } else {
            LOG.log(Level.ERROR, "a connection failed", cause);
            Connections.close(context.channel(), CloseReason.FAULT);
        }
    }
}
