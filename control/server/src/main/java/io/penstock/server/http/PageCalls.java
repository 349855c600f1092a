package io.penstock.server.http;

import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Makes requests for pages of requests of HTTP. Immutable. */
record PageCalls(Pages pages) {
    /** A longer form is not handed to the pages. */
    static final int MAX_FORM_LENGTH = 16 << 10;

    /** The same for a form that pages of other sites may send, with a signed document in it. */
    static final int MAX_FOREIGN_FORM_LENGTH = 512 << 10;

    private static final int MAX_FIELDS = 256;

    /** The work that answers the request, of which it keeps nothing. */
    Supplier<FullHttpResponse> call(
            QueryStringDecoder uri,
            Map<String, List<String>> form,
            FullHttpRequest request,
            InetAddress from,
            boolean isSecure) {
        PageRequest page = new PageRequest(
                request.method().name(),
                uri.path(),
                Map.copyOf(uri.parameters()),
                form,
                cookies(request),
                from,
                isSecure,
                initiator(request.headers()));
        return () -> Responses.page(pages.handle(page));
    }

    /**
     * The fields of a request's form, none if it has no form.
     *
     * @throws IllegalArgumentException if an escape in it is none
     */
    static Map<String, List<String>> form(FullHttpRequest request) {
        CharSequence type = HttpUtil.getMimeType(request);
        if (type == null || !HttpHeaderValues.APPLICATION_X_WWW_FORM_URLENCODED.contentEqualsIgnoreCase(type)) {
            return Map.of();
        }
        String body = request.content().toString(StandardCharsets.UTF_8);
        return Map.copyOf(new QueryStringDecoder(body, StandardCharsets.UTF_8, false, MAX_FIELDS).parameters());
    }

    private static PageRequest.Initiator initiator(HttpHeaders headers) {
        return new PageRequest.Initiator(
                headers.get(HttpHeaderNames.HOST, ""),
                headers.get(HttpHeaderNames.ORIGIN, ""),
                headers.get("sec-fetch-site", ""));
    }

    private static Map<String, String> cookies(FullHttpRequest request) {
        Map<String, String> cookies = new HashMap<>();
        for (String header : request.headers().getAll(HttpHeaderNames.COOKIE)) {
            for (Cookie cookie : ServerCookieDecoder.STRICT.decodeAll(header)) {
                cookies.putIfAbsent(cookie.name(), cookie.value());
            }
        }
        return Map.copyOf(cookies);
    }
}
