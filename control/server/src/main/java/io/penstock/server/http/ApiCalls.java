package io.penstock.server.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.penstock.server.admin.Caller;
import io.penstock.server.api.Api;
import io.penstock.server.api.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Makes calls of the API of requests of HTTP. Immutable. */
record ApiCalls(Api api) {
    private static final String BEARER = "Bearer ";
    private static final Set<String> WAYS_IN =
            Set.of("/api/v1/sessions", "/api/v1/administrators", "/api/v1/administrators/seed");

    /** Whether somebody tries to get in there, who may guess. */
    static boolean isWayIn(String path) {
        return WAYS_IN.contains(path);
    }

    static Optional<Method> method(FullHttpRequest request) {
        for (Method method : Method.values()) {
            if (method.name().equals(request.method().name())) {
                return Optional.of(method);
            }
        }
        return Optional.empty();
    }

    /** The work that answers the request, of which it keeps nothing. */
    Supplier<CompletableFuture<FullHttpResponse>> call(Method method, QueryStringDecoder uri, FullHttpRequest request) {
        String path = uri.path();
        Map<String, String> query = lastValues(uri);
        Caller caller = caller(request);
        byte[] body = ByteBufUtil.getBytes(request.content());
        return () -> api.handle(method, path, query, caller, body)
                .thenApply(answer -> Responses.json(HttpResponseStatus.valueOf(answer.status()), answer.json()));
    }

    private static Map<String, String> lastValues(QueryStringDecoder uri) {
        Map<String, String> query = new HashMap<>();
        for (Map.Entry<String, List<String>> entry : uri.parameters().entrySet()) {
            query.put(entry.getKey(), entry.getValue().getLast());
        }
        return query;
    }

    private static Caller caller(FullHttpRequest request) {
        String authorization = request.headers().get(HttpHeaderNames.AUTHORIZATION);
        return authorization != null && authorization.startsWith(BEARER)
                ? Caller.bearer(authorization.substring(BEARER.length()))
                : new Caller.Anonymous();
    }
}
