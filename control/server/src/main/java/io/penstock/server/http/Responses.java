package io.penstock.server.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/** Makes responses of HTTP/1.1. */
final class Responses {
    private static final String RETRY_AFTER_ATTEMPTS = "60";
    private static final String RETRY_AFTER_OVERLOAD = "1";

    private Responses() {}

    static FullHttpResponse json(HttpResponseStatus status, byte[] json) {
        FullHttpResponse response = response(status, json);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set("x-content-type-options", "nosniff");
        return response;
    }

    /** A refusal of the listener itself. */
    static FullHttpResponse refusal(HttpResponseStatus status, String message) {
        FullHttpResponse response = json(status, fault(message));
        if (status.code() == 429) {
            response.headers().set(HttpHeaderNames.RETRY_AFTER, RETRY_AFTER_ATTEMPTS);
        } else if (status.code() == 503) {
            response.headers().set(HttpHeaderNames.RETRY_AFTER, RETRY_AFTER_OVERLOAD);
        }
        return response;
    }

    /** What went wrong in the listener or behind it. */
    static FullHttpResponse fault() {
        return json(HttpResponseStatus.INTERNAL_SERVER_ERROR, fault("a fault of the coordinator; see its log"));
    }

    static FullHttpResponse page(PageResponse page) {
        FullHttpResponse response =
                response(HttpResponseStatus.valueOf(page.status()), page.body().getBytes(StandardCharsets.UTF_8));
        for (PageResponse.Header header : page.headers()) {
            response.headers().add(header.name(), header.value());
        }
        return response;
    }

    private static byte[] fault(String message) {
        return ("{\"error\":\"refused\",\"message\":\"" + message + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    private static FullHttpResponse response(HttpResponseStatus status, byte[] body) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        return response;
    }
}
