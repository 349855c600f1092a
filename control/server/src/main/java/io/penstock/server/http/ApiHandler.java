package io.penstock.server.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpContentException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.penstock.server.admin.Caller;
import io.penstock.server.api.Api;
import io.penstock.server.api.ApiResponse;
import io.penstock.server.api.Method;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Takes one request after the other from a connection to the API. On its event loop; the API's work is on the workers. */
final class ApiHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final System.Logger LOG = System.getLogger(ApiHandler.class.getName());
    private static final String BEARER = "Bearer ";
    private static final Set<String> WAYS_IN =
            Set.of("/api/v1/sessions", "/api/v1/administrators", "/api/v1/administrators/seed");

    private final Set<String> hosts;
    private final long readTimeoutMs;
    private final Api api;
    private final Executor workers;
    private final AttemptLimiter limiter;
    private final HttpCounters counters;

    /** Ends the connection if no whole request has come by then; null while a request is at work. */
    private @Nullable Future<?> deadline;

    ApiHandler(ListenSettings settings, Api api, Executor workers, AttemptLimiter limiter, HttpCounters counters) {
        hosts = settings.hosts();
        readTimeoutMs = settings.readTimeout().toMillis();
        this.api = api;
        this.workers = workers;
        this.limiter = limiter;
        this.counters = counters;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        startDeadline(context);
        context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        stopDeadline();
        context.fireChannelInactive();
    }

    private void startDeadline(ChannelHandlerContext context) {
        deadline = context.executor()
                .schedule(
                        () -> {
                            counters.timedOut.increment();
                            end(context);
                        },
                        readTimeoutMs,
                        TimeUnit.MILLISECONDS);
    }

    private void stopDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        counters.requests.increment();
        stopDeadline();
        if (request.decoderResult().isFailure()) {
            refuseMalformed(context, request.decoderResult().cause());
            return;
        }
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        String host = request.headers().get(HttpHeaderNames.HOST);
        if (host == null || !hosts.contains(withoutPort(host))) {
            counters.wrongHost.increment();
            refuse(context, HttpResponseStatus.MISDIRECTED_REQUEST, "not called by this name");
            return;
        }
        String origin = request.headers().get(HttpHeaderNames.ORIGIN);
        if (origin != null && !isOwn(origin)) {
            counters.foreignOrigin.increment();
            refuse(context, HttpResponseStatus.FORBIDDEN, "a page from elsewhere");
            return;
        }
        Optional<Method> method = method(request.method().name());
        if (method.isEmpty()) {
            refuse(context, HttpResponseStatus.METHOD_NOT_ALLOWED, "no such method here");
            return;
        }
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        String path;
        Map<String, String> query;
        try {
            path = uri.path();
            query = lastValues(uri);
        } catch (IllegalArgumentException e) {
            counters.malformed.increment();
            refuse(context, HttpResponseStatus.BAD_REQUEST, "not a path");
            return;
        }
        if (WAYS_IN.contains(path) && !mayTry(context)) {
            counters.tooManyAttempts.increment();
            refuse(context, HttpResponseStatus.TOO_MANY_REQUESTS, "too many attempts from this address");
            return;
        }
        run(context, method.get(), path, query, caller(request), ByteBufUtil.getBytes(request.content()), keepAlive);
    }

    private static String withoutPort(String host) {
        int colon = host.endsWith("]") ? -1 : host.lastIndexOf(':');
        return (colon < 0 ? host : host.substring(0, colon)).toLowerCase(Locale.ROOT);
    }

    private boolean isOwn(String origin) {
        try {
            String host = new URI(origin).getHost();
            return host != null && hosts.contains(host.toLowerCase(Locale.ROOT));
        } catch (URISyntaxException e) {
            return false; // "null" is a foreign origin too
        }
    }

    private static Optional<Method> method(String name) {
        for (Method method : Method.values()) {
            if (method.name().equals(name)) {
                return Optional.of(method);
            }
        }
        return Optional.empty();
    }

    private static Map<String, String> lastValues(QueryStringDecoder uri) {
        Map<String, String> query = new HashMap<>();
        for (Map.Entry<String, List<String>> entry : uri.parameters().entrySet()) {
            query.put(entry.getKey(), entry.getValue().getLast());
        }
        return query;
    }

    private boolean mayTry(ChannelHandlerContext context) {
        return context.channel().remoteAddress() instanceof InetSocketAddress from
                && limiter.tryOnce(from.getAddress(), System.nanoTime());
    }

    private static Caller caller(FullHttpRequest request) {
        String authorization = request.headers().get(HttpHeaderNames.AUTHORIZATION);
        return authorization != null && authorization.startsWith(BEARER)
                ? Caller.bearer(authorization.substring(BEARER.length()))
                : new Caller.Anonymous();
    }

    private void run(
            ChannelHandlerContext context,
            Method method,
            String path,
            Map<String, String> query,
            Caller caller,
            byte[] body,
            boolean keepAlive) {
        context.channel().config().setAutoRead(false); // one at a time
        try {
            workers.execute(() -> {
                FullHttpResponse response = answer(method, path, query, caller, body);
                context.executor().execute(() -> send(context, response, keepAlive));
            });
        } catch (RejectedExecutionException e) {
            counters.overloaded.increment();
            refuse(context, HttpResponseStatus.SERVICE_UNAVAILABLE, "busy; try again in a second");
        }
    }

    private FullHttpResponse answer(Method method, String path, Map<String, String> query, Caller caller, byte[] body) {
        try {
            ApiResponse answer = api.handle(method, path, query, caller, body);
            return response(HttpResponseStatus.valueOf(answer.status()), answer.json());
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, method + " of the API failed", e);
            return response(HttpResponseStatus.INTERNAL_SERVER_ERROR, fault("a fault of the coordinator; see its log"));
        }
    }

    private void send(ChannelHandlerContext context, FullHttpResponse response, boolean keepAlive) {
        if (!keepAlive) {
            response.headers().set(HttpHeaderNames.CONNECTION, "close");
            context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        startDeadline(context);
        context.channel().config().setAutoRead(true);
    }

    private void refuse(ChannelHandlerContext context, HttpResponseStatus status, String message) {
        FullHttpResponse response = response(status, fault(message));
        if (status.code() == 429 || status.code() == 503) {
            response.headers().set(HttpHeaderNames.RETRY_AFTER, status.code() == 429 ? "60" : "1");
        }
        send(context, response, false);
    }

    private void refuseMalformed(ChannelHandlerContext context, Throwable cause) {
        counters.malformed.increment();
        HttpResponseStatus status =
                switch (cause) {
                    case TooLongHttpHeaderException header -> HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;
                    case TooLongHttpLineException line -> HttpResponseStatus.REQUEST_URI_TOO_LONG;
                    case TooLongHttpContentException content -> HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE;
                    default -> HttpResponseStatus.BAD_REQUEST;
                };
        refuse(context, status, "not a request of HTTP/1.1 that is taken here");
    }

    private static byte[] fault(String message) {
        return ("{\"error\":\"refused\",\"message\":\"" + message + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    private static FullHttpResponse response(HttpResponseStatus status, byte[] json) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(json));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .set(HttpHeaderNames.CONTENT_LENGTH, json.length)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set("x-content-type-options", "nosniff");
        return response;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, @Nullable Throwable cause) {
        if (cause instanceof DecoderException && cause.getCause() instanceof SSLException) {
            counters.tlsFailed.increment();
        } else {
            LOG.log(Level.DEBUG, "a connection ended", cause);
        }
        end(context);
    }

    private static void end(ChannelHandlerContext context) {
        context.close().addListener(closed -> {
            if (!closed.isSuccess()) {
                LOG.log(Level.DEBUG, "a connection could not be closed", closed.cause());
            }
        });
    }
}
