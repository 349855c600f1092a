package io.penstock.server.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.penstock.server.metrics.MetricSource;
import io.penstock.server.metrics.MetricsText;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Answers the first request of a connection and ends it; a body that follows is not looked at. On its event loop. */
final class MetricsHandler extends SimpleChannelInboundHandler<HttpObject> {
    private static final System.Logger LOG = System.getLogger(MetricsHandler.class.getName());

    private final List<MetricSource> sources;
    private final Executor worker;
    private boolean answered;

    MetricsHandler(List<MetricSource> sources, Executor worker) {
        this.sources = sources;
        this.worker = worker;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
        if (answered || !(part instanceof HttpRequest request)) {
            return;
        }
        answered = true;
        if (request.decoderResult().isFailure()) {
            send(context, HttpResponseStatus.BAD_REQUEST, "not a request\n");
        } else if (!request.uri().equals("/metrics")) {
            send(context, HttpResponseStatus.NOT_FOUND, "here is /metrics\n");
        } else if (!request.method().equals(HttpMethod.GET)) {
            send(context, HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET\n");
        } else {
            scrape(context);
        }
    }

    private void scrape(ChannelHandlerContext context) {
        try {
            worker.execute(() -> {
                try {
                    MetricsText text = new MetricsText();
                    sources.forEach(source -> source.write(text));
                    send(context, HttpResponseStatus.OK, text.toString());
                } catch (RuntimeException e) {
                    LOG.log(Level.ERROR, "the metrics could not be told", e);
                    send(context, HttpResponseStatus.INTERNAL_SERVER_ERROR, "see the coordinator's log\n");
                }
            });
        } catch (RejectedExecutionException e) {
            send(context, HttpResponseStatus.SERVICE_UNAVAILABLE, "too many scrapes at a time\n");
        }
    }

    private static void send(ChannelHandlerContext context, HttpResponseStatus status, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(bytes));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, MetricsText.CONTENT_TYPE)
                .set(HttpHeaderNames.CONTENT_LENGTH, bytes.length)
                .set(HttpHeaderNames.CONNECTION, "close");
        context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.log(Level.DEBUG, "a connection for metrics ended", cause);
        context.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }
}
