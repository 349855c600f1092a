package io.penstock.server.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpContentException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.ssl.SslHandler;
import io.penstock.server.api.Method;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Takes one request after the other from a connection and passes each on by its path: to a {@link Takeover}, which gets the
 * connection too, or to the pages or the API, whose work is on the workers. While a request is at work the channel's automatic
 * reading is off, and the handler before this one holds what was decoded by then. On the connection's event loop.
 */
final class FrontDoor extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final System.Logger LOG = System.getLogger(FrontDoor.class.getName());

    private final OwnNames names;
    private final long readTimeoutMs;
    private final Doors doors;
    private final Executor workers;
    private final UnderWay underWay;
    private final AttemptLimiter limiter;
    private final HttpCounters counters;
    private final Seats.Seat seat;

    /** Ends the connection if no whole request has come by then; null while a request is at work. */
    private @Nullable Future<?> deadline;

    /** Whether the next requests were decoded while another was at work. */
    private boolean isCatchingUp;

    /** Whether the last answer is given: whatever follows is not looked at. */
    private boolean isDone;

    FrontDoor(
            ListenSettings settings,
            Doors doors,
            Service service,
            AttemptLimiter limiter,
            HttpCounters counters,
            Seats.Seat seat) {
        names = new OwnNames(settings.hosts());
        readTimeoutMs = settings.readTimeout().toMillis();
        this.doors = doors;
        workers = service.workers();
        underWay = service.underWay();
        this.limiter = limiter;
        this.counters = counters;
        this.seat = seat;
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
        stopDeadline();
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
        if (isDone) {
            return;
        }
        counters.requests.increment();
        stopDeadline();
        if (request.decoderResult().isFailure()) {
            refuseMalformed(context, request.decoderResult().cause());
            return;
        }
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        String path;
        Map<String, List<String>> form;
        try {
            path = uri.path();
            uri.parameters(); // which it keeps
            form = PageCalls.form(request);
        } catch (IllegalArgumentException e) {
            counters.malformed.increment();
            refuse(context, HttpResponseStatus.BAD_REQUEST, "not a path or not a form");
            return;
        }
        Optional<Takeover> takeover = doors.takeover(path);
        if (takeover.isPresent() && isCatchingUp) {
            counters.malformed.increment(); // bytes that are the taker's may have been read as requests
            refuse(context, HttpResponseStatus.BAD_REQUEST, "wait for the answers before asking for this");
        } else if (takeover.isPresent()) {
            handOver(context, takeover.get(), request);
        } else {
            serve(context, uri, form, request);
        }
    }

    private void serve(
            ChannelHandlerContext context,
            QueryStringDecoder uri,
            Map<String, List<String>> form,
            FullHttpRequest request) {
        if (!names.isHost(request.headers().get(HttpHeaderNames.HOST))) {
            counters.wrongHost.increment();
            refuse(context, HttpResponseStatus.MISDIRECTED_REQUEST, "not called by this name");
            return;
        }
        boolean isPage = doors.pages().serves(uri.path());
        boolean isFromElsewhere =
                isPage && doors.pages().takesFormsFromElsewhere(request.method().name(), uri.path());
        if (!isFromElsewhere && !names.isOrigin(request.headers().get(HttpHeaderNames.ORIGIN))) {
            counters.foreignOrigin.increment();
            refuse(context, HttpResponseStatus.FORBIDDEN, "a page from elsewhere");
            return;
        }
        InetAddress from = ((InetSocketAddress) context.channel().remoteAddress()).getAddress();
        if (isPage) {
            int maxLength = isFromElsewhere ? PageCalls.MAX_FOREIGN_FORM_LENGTH : PageCalls.MAX_FORM_LENGTH;
            servePage(context, uri, form, request, from, maxLength);
            return;
        }
        Optional<Method> method = ApiCalls.method(request);
        if (method.isEmpty()) {
            refuse(context, HttpResponseStatus.METHOD_NOT_ALLOWED, "no such method here");
        } else if (ApiCalls.isWayIn(uri.path()) && !limiter.tryOnce(from, System.nanoTime())) {
            counters.tooManyAttempts.increment();
            refuse(context, HttpResponseStatus.TOO_MANY_REQUESTS, "too many attempts from this address");
        } else {
            run(context, request, new ApiCalls(doors.api()).call(method.get(), uri, request));
        }
    }

    private void servePage(
            ChannelHandlerContext context,
            QueryStringDecoder uri,
            Map<String, List<String>> form,
            FullHttpRequest request,
            InetAddress from,
            int maxLength) {
        if (request.content().readableBytes() > maxLength) {
            counters.tooLarge.increment();
            refuse(context, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "more than any form of ours");
            return;
        }
        boolean isWayIn = doors.pages().isWayIn(request.method().name(), uri.path());
        if (isWayIn && !limiter.tryOnce(from, System.nanoTime())) {
            counters.tooManyAttempts.increment();
            send(context, Responses.page(doors.pages().tooManyAttempts()), false, context.newPromise());
            return;
        }
        boolean isSecure = context.pipeline().get(SslHandler.class) != null;
        Supplier<FullHttpResponse> page = new PageCalls(doors.pages()).call(uri, form, request, from, isSecure);
        run(context, request, () -> CompletableFuture.completedFuture(page.get()));
    }

    private void handOver(ChannelHandlerContext context, Takeover takeover, FullHttpRequest request) {
        counters.taken.increment();
        if (takeover.countsItsOwn()) {
            seat.leave();
        }
        Channel channel = context.channel();
        channel.pipeline().remove(BoundedAggregator.class);
        channel.pipeline().remove(FlowControlHandler.class); // empty: requests that were held are not handed over
        channel.pipeline().remove(this);
        takeover.take(channel, request);
    }

    /** No worker waits for an answer that is another's to give. */
    private void run(
            ChannelHandlerContext context,
            FullHttpRequest request,
            Supplier<CompletableFuture<FullHttpResponse>> work) {
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        String what = request.method().name();
        context.channel().config().setAutoRead(false); // one at a time, in their order
        underWay.begin();
        try {
            workers.execute(() -> {
                var _ = answer(what, work).thenAccept(response -> {
                    ChannelPromise sent = context.newPromise();
                    sent.addListener(done -> underWay.end());
                    context.executor().execute(() -> send(context, response, keepAlive, sent));
                });
            });
        } catch (RejectedExecutionException e) {
            underWay.end();
            counters.overloaded.increment();
            refuse(context, HttpResponseStatus.SERVICE_UNAVAILABLE, "busy; try again in a second");
        }
    }

    private static CompletableFuture<FullHttpResponse> answer(
            String what, Supplier<CompletableFuture<FullHttpResponse>> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "a request failed: " + what, e);
            return CompletableFuture.completedFuture(Responses.fault());
        }
    }

    private void send(
            ChannelHandlerContext context, FullHttpResponse response, boolean keepAlive, ChannelPromise sent) {
        startDeadline(context); // also for the client to take the answer
        if (!keepAlive) {
            isDone = true;
            response.headers().set(HttpHeaderNames.CONNECTION, "close");
            context.writeAndFlush(response, sent).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        context.writeAndFlush(response, sent).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        isCatchingUp = true;
        context.channel().config().setAutoRead(true); // which passes on the request that was held, if there is one
        isCatchingUp = false;
    }

    private void refuse(ChannelHandlerContext context, HttpResponseStatus status, String message) {
        send(context, Responses.refusal(status, message), false, context.newPromise());
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
