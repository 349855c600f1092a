package io.penstock.server.http.ts2021;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;

/** Answers to requests inside the connection. On its event loop. */
final class Replies {
    private static final String RETRY_AFTER = "5";

    private Replies() {}

    static void json(Channel request, HttpResponseStatus status, byte[] json) {
        body(request, headers(status, "application/json"), json);
    }

    static void text(Channel request, HttpResponseStatus status, String text) {
        body(request, headers(status, "text/plain; charset=utf-8"), text.getBytes(StandardCharsets.UTF_8));
    }

    /** A refusal that is worth another try later; nodes know how to wait after 429. */
    static void later(Channel request) {
        Http2Headers headers = headers(HttpResponseStatus.TOO_MANY_REQUESTS, "text/plain; charset=utf-8")
                .set(HttpHeaderNames.RETRY_AFTER, RETRY_AFTER);
        body(request, headers, "busy; try again in a few seconds".getBytes(StandardCharsets.UTF_8));
    }

    static void empty(Channel request, HttpResponseStatus status) {
        end(request, new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status(status.codeAsText()), true));
    }

    private static Http2Headers headers(HttpResponseStatus status, String type) {
        return new DefaultHttp2Headers().status(status.codeAsText()).set(HttpHeaderNames.CONTENT_TYPE, type);
    }

    private static void body(Channel request, Http2Headers headers, byte[] body) {
        headers.setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
        request.write(new DefaultHttp2HeadersFrame(headers)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        end(request, new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body), true));
    }

    /** The last frame; a request whose body was not read to its end is reset then. */
    private static void end(Channel request, Object last) {
        request.writeAndFlush(last).addListener(ChannelFutureListener.CLOSE);
    }
}
