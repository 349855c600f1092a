package io.penstock.relay.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker13;
import io.netty.util.ReferenceCountUtil;
import io.penstock.protocol.derp.DerpHttp;
import io.penstock.relay.core.CloseReason;
import java.util.Locale;
import java.util.stream.Stream;

/** DERP for browsers: the same stream of bytes, in binary messages of a web socket whose borders mean nothing. */
final class WebSocketDoor {
    private static final String PROTOCOL = "derp";
    private static final int MAX_MESSAGE = 1 << 20;

    /** Of RFC 6455; drafts before it had others. */
    private static final String VERSION = "13";

    private WebSocketDoor() {}

    /** Whether it is one; without the subprotocol it is an old way to ask for plain DERP. */
    static boolean isWebSocket(FullHttpRequest request) {
        String protocols = request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, "");
        return "websocket".equalsIgnoreCase(request.headers().get(HttpHeaderNames.UPGRADE))
                && Stream.of(protocols.toLowerCase(Locale.ROOT).split(",", -1))
                        .anyMatch(protocol -> protocol.strip().equals(PROTOCOL));
    }

    static void open(Channel channel, FullHttpRequest request, RelayService service) {
        WebSocketDecoderConfig config = WebSocketDecoderConfig.newBuilder()
                .maxFramePayloadLength(MAX_MESSAGE)
                .allowExtensions(false)
                .closeOnProtocolViolation(false)
                .build();
        boolean isOfToday = VERSION.equals(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_VERSION));
        if (!isOfToday || !request.headers().contains(HttpHeaderNames.SEC_WEBSOCKET_KEY)) {
            FullHttpResponse refusal = Answers.empty(HttpResponseStatus.UPGRADE_REQUIRED);
            refusal.headers().set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, VERSION);
            Answers.send(channel, refusal, CloseReason.BAD_WEB_SOCKET);
            return;
        }
        WebSocketServerHandshaker handshaker = new WebSocketServerHandshaker13(DerpHttp.PATH, PROTOCOL, config);
        channel.pipeline().addLast(new Bytes());
        channel.pipeline().addLast(service.newConnection());
        ChannelFuture handshake;
        try {
            handshake = handshaker.handshake(channel, request);
        } catch (WebSocketServerHandshakeException e) {
            Connections.close(channel, CloseReason.BAD_WEB_SOCKET);
            return;
        }
        handshake.addListener(done -> {
            if (done.isSuccess()) {
                channel.pipeline()
                        .context(Bytes.class)
                        .writeAndFlush(new BinaryWebSocketFrame(RelayDoor.serverKey(service, channel)))
                        .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            } else {
                Connections.close(channel, CloseReason.BAD_WEB_SOCKET);
            }
        });
    }

    /** Takes bytes out of messages, and puts bytes into messages. */
    private static final class Bytes extends ChannelDuplexHandler {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            switch (message) {
                case BinaryWebSocketFrame binary -> context.fireChannelRead(binary.content());
                case ContinuationWebSocketFrame more -> context.fireChannelRead(more.content());
                case PingWebSocketFrame ping ->
                    context.writeAndFlush(new PongWebSocketFrame(ping.content()))
                            .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
                case PongWebSocketFrame pong -> pong.release();
                case CloseWebSocketFrame close -> {
                    close.release();
                    Connections.close(context.channel(), CloseReason.LEFT);
                }
                default -> {
                    ReferenceCountUtil.release(message);
                    Connections.close(context.channel(), CloseReason.BAD_WEB_SOCKET);
                }
            }
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // the promise has it
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            context.write(message instanceof ByteBuf bytes ? new BinaryWebSocketFrame(bytes) : message, promise);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (cause instanceof CorruptedWebSocketFrameException) {
                Connections.close(context.channel(), CloseReason.BAD_WEB_SOCKET);
            } else {
                context.fireExceptionCaught(cause);
            }
        }
    }
}
