package io.penstock.server.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.penstock.server.admin.Caller;
import io.penstock.server.api.Api;
import io.penstock.server.api.ApiResponse;
import io.penstock.server.api.Method;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/**
 * Answers the one request of a connection whose other end the kernel has named, and ends it. No secret is asked for, and none is
 * looked at. On its event loop; the API's work is on the workers.
 */
final class LocalHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final System.Logger LOG = System.getLogger(LocalHandler.class.getName());
    private static final Caller CALLER = new Caller.LocalRoot();

    private final Api api;
    private final Executor workers;
    private final UnderWay underWay;
    private final HttpCounters counters;
    private boolean answered;

    LocalHandler(Api api, Service service, HttpCounters counters) {
        this.api = api;
        workers = service.workers();
        underWay = service.underWay();
        this.counters = counters;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        if (answered) {
            return; // whatever follows the one request
        }
        answered = true;
        counters.requests.increment();
        context.pipeline().remove(ReadTimeoutHandler.class); // the answer may take its time
        Supplier<CompletableFuture<ApiResponse>> call;
        try {
            call = call(request);
        } catch (IllegalArgumentException e) {
            counters.malformed.increment();
            send(context, 400, fault("not a request that is taken here"), context.newPromise());
            return;
        }
        underWay.begin();
        ChannelPromise sent = context.newPromise();
        sent.addListener(done -> underWay.end());
        try {
            workers.execute(() -> answer(context, call, sent));
        } catch (RejectedExecutionException e) {
            counters.overloaded.increment();
            send(context, 503, fault("busy; try again in a second"), sent);
        }
    }

    /** What is asked, read in full: the request is gone when the answer is made. */
    private Supplier<CompletableFuture<ApiResponse>> call(FullHttpRequest request) {
        if (request.decoderResult().isFailure()) {
            throw new IllegalArgumentException(
                    "not HTTP", request.decoderResult().cause());
        }
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        Map<String, String> query = new HashMap<>();
        uri.parameters().forEach((name, values) -> query.put(name, values.getLast()));
        Method method = Method.valueOf(request.method().name());
        String path = uri.path();
        byte[] body = ByteBufUtil.getBytes(request.content());
        return () -> api.handle(method, path, query, CALLER, body);
    }

    private static void answer(
            ChannelHandlerContext context, Supplier<CompletableFuture<ApiResponse>> call, ChannelPromise sent) {
        try {
            var _ = call.get().thenAccept(answer -> send(context, answer.status(), answer.json(), sent));
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "a local request failed", e);
            send(context, 500, fault("a fault of the coordinator; see its log"), sent);
        }
    }

    private static byte[] fault(String message) {
        return ("{\"error\":\"refused\",\"message\":\"" + message + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    private static void send(ChannelHandlerContext context, int status, byte[] json, ChannelPromise sent) {
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(json));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .set(HttpHeaderNames.CONTENT_LENGTH, json.length)
                .set(HttpHeaderNames.CONNECTION, "close");
        context.writeAndFlush(response, sent).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof ReadTimeoutException) {
            counters.timedOut.increment();
        } else {
            LOG.log(Level.DEBUG, "a local connection ended", cause);
        }
        context.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }
}
