package io.penstock.relay.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.penstock.relay.core.CloseReason;
import java.nio.charset.StandardCharsets;

/** Makes answers of HTTP, after each of which the connection ends. */
final class Answers {
    private Answers() {}

    static FullHttpResponse empty(HttpResponseStatus status) {
        return text(status, "");
    }

    static FullHttpResponse text(HttpResponseStatus status, String text) {
        ByteBuf content = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, content);
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (!status.equals(HttpResponseStatus.NO_CONTENT)) {
            response.headers()
                    .set(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes())
                    .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                    .set("X-Content-Type-Options", "nosniff");
        }
        return response;
    }

    static void send(Channel channel, FullHttpResponse response, CloseReason reason) {
        Connections.note(channel, reason);
        channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }
}
