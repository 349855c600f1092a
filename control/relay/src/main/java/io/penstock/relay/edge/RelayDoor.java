package io.penstock.relay.edge;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.penstock.protocol.derp.DerpHttp;
import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.Greeting;
import io.penstock.relay.core.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * Takes connections over whose first request of HTTP/1.1 is for the relay: upgrades them, or answers and closes them. Thread-safe;
 * each connection is taken on its own event loop.
 */
public final class RelayDoor {
    /** Path where whoever watches over the relay sees that it runs. */
    static final String HEALTH_PATH = "/healthz";

    private static final int FIRST_READ = 2048;
    private static final int LARGEST_READ = 128 << 10;
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 << 10, 256 << 10);
    private static final String ROOT_TEXT = "This is a relay of Penstock. It speaks DERP.\n";

    private final RelayService service;
    private final boolean isAlone;

    /**
     * To a relay.
     *
     * @param isAlone whether paths that are nobody's in particular, such as {@code /}, are answered too
     */
    public RelayDoor(RelayService service, boolean isAlone) {
        this.service = service;
        this.isAlone = isAlone;
    }

    /** Whether the connection of a request for this path, without its query, is for the relay. */
    public boolean takes(String path) {
        return switch (path) {
            case DerpHttp.PATH, DerpHttp.PROBE_PATH, DerpHttp.LATENCY_CHECK_PATH, DerpHttp.NO_CONTENT_PATH -> true;
            default -> isAlone;
        };
    }

    /**
     * Takes the connection. Its pipeline has TLS, if there is any, and then the codec of HTTP and no handler of anybody's.
     *
     * @param httpCodec name of the codec
     * @param request whole; stays the caller's, valid during the call
     */
    public void take(Channel channel, String httpCodec, FullHttpRequest request) {
        if (service.open(channel)) {
            serve(channel, httpCodec, request);
        }
    }

    /** The same for one that is counted already. */
    void serve(Channel channel, String httpCodec, FullHttpRequest request) {
        String path = new QueryStringDecoder(request.uri()).rawPath(); // decoding would throw at what is no encoding
        if (path.equals(DerpHttp.PATH)) {
            upgrade(channel, httpCodec, request);
            return;
        }
        boolean isReading =
                request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
        FullHttpResponse response =
                isReading ? answer(path, request.headers()) : Answers.empty(HttpResponseStatus.METHOD_NOT_ALLOWED);
        if (request.method().equals(HttpMethod.HEAD)) {
            response.content().clear();
        }
        Answers.send(channel, response, CloseReason.NOT_DERP);
    }

    private static FullHttpResponse answer(String path, HttpHeaders headers) {
        return switch (path) {
            case DerpHttp.PROBE_PATH, DerpHttp.LATENCY_CHECK_PATH -> {
                FullHttpResponse response = Answers.empty(HttpResponseStatus.OK);
                response.headers().set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, "*");
                yield response;
            }
            case DerpHttp.NO_CONTENT_PATH -> noContent(headers.get(DerpHttp.CHALLENGE_HEADER));
            case HEALTH_PATH -> Answers.text(HttpResponseStatus.OK, "ok\n");
            case "/" -> Answers.text(HttpResponseStatus.OK, ROOT_TEXT);
            default -> Answers.empty(HttpResponseStatus.NOT_FOUND);
        };
    }

    private static FullHttpResponse noContent(@Nullable String challenge) {
        FullHttpResponse response = Answers.empty(HttpResponseStatus.NO_CONTENT);
        response.headers()
                .set(HttpHeaderNames.CACHE_CONTROL, "no-cache, no-store, must-revalidate, no-transform, max-age=0");
        if (challenge != null && DerpHttp.isChallenge(challenge)) {
            response.headers().set(DerpHttp.RESPONSE_HEADER, "response " + challenge);
        }
        return response;
    }

    private void upgrade(Channel channel, String httpCodec, FullHttpRequest request) {
        String upgrade = request.headers().get(HttpHeaderNames.UPGRADE);
        if (!request.method().equals(HttpMethod.GET)) {
            Answers.send(channel, Answers.empty(HttpResponseStatus.METHOD_NOT_ALLOWED), CloseReason.NOT_DERP);
        } else if (WebSocketDoor.isWebSocket(request)) {
            prepare(channel);
            WebSocketDoor.open(channel, request, service);
        } else if (DerpHttp.isUpgrade(upgrade) || "websocket".equalsIgnoreCase(upgrade)) {
            prepare(channel);
            speakDerp(channel, httpCodec, request);
        } else {
            Answers.send(
                    channel,
                    Answers.text(HttpResponseStatus.UPGRADE_REQUIRED, "DERP wants an upgrade\n"),
                    CloseReason.NOT_DERP);
        }
    }

    private static void prepare(Channel channel) {
        channel.config().setRecvByteBufAllocator(new AdaptiveRecvByteBufAllocator(64, FIRST_READ, LARGEST_READ));
        channel.config().setWriteBufferWaterMark(WATER_MARK);
        channel.config().setOption(ChannelOption.TCP_NODELAY, true);
    }

    private void speakDerp(Channel channel, String httpCodec, FullHttpRequest request) {
        // Below the codec: neither the status line nor the frame is for it.
        ChannelHandlerContext below = channel.pipeline().context(httpCodec);
        if (!"1".equals(request.headers().get(DerpHttp.FAST_START_HEADER))) {
            below.write(switching()).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
        below.writeAndFlush(serverKey(service, channel)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        channel.pipeline().addLast(service.newConnection());
        channel.pipeline().remove(httpCodec);
    }

    static ByteBuf serverKey(RelayService service, Channel channel) {
        return OutboxWriter.encode(new Frame.ServerKey(service.identity().publicKey()), channel.alloc());
    }

    private ByteBuf switching() {
        String head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: DERP\r\nConnection: Upgrade\r\n"
                + DerpHttp.VERSION_HEADER + ": " + Greeting.VERSION + "\r\n"
                + DerpHttp.PUBLIC_KEY_HEADER + ": "
                + service.identity().publicKey().toHex() + "\r\n\r\n";
        return Unpooled.wrappedBuffer(head.getBytes(US_ASCII));
    }
}
