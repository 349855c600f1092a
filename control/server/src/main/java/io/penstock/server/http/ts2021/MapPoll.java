package io.penstock.server.http.ts2021;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.penstock.protocol.mapstream.MapFrame;
import io.penstock.server.map.MapStream;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends one node its maps. The next frame is made, on a thread for that, when the last one is on its way and the receiver takes
 * more: a slow receiver costs one frame and no queue. Of one stream; all but {@link #wake} and {@link #start} on its event loop.
 */
final class MapPoll extends ChannelInboundHandlerAdapter {
    private static final System.Logger LOG = System.getLogger(MapPoll.class.getName());
    private static final long TRY_AGAIN_MS = 1000;

    /** A large frame goes out in slices, so that it shows whether its receiver takes any of it. */
    private static final int SLICE = 64 * 1024;

    private final Channel request;
    private final Executor makers;
    private final boolean keepAlive;
    private final Ts2021Limits limits;
    private final Ts2021Counters counters;

    private @Nullable MapStream stream;
    private @Nullable Future<?> timer;
    private boolean making;
    private long sentNs;
    private long intervalNs;
    private long unsent = Long.MAX_VALUE; // at the last look
    private volatile boolean woken;

    MapPoll(Channel request, Executor makers, boolean keepAlive, Ts2021Limits limits, Ts2021Counters counters) {
        this.request = request;
        this.makers = makers;
        this.keepAlive = keepAlive;
        this.limits = limits;
        this.counters = counters;
    }

    /** Takes the stream and begins to send, from any thread. */
    void start(MapStream opened) {
        if (!onLoop(() -> begin(opened))) {
            opened.close();
        }
    }

    /** There is something to say, from any thread. */
    void wake() {
        woken = true;
        onLoop(this::pump);
    }

    /** False if the listener has ended meanwhile, and every stream with it. */
    private boolean onLoop(Runnable work) {
        try {
            request.eventLoop().execute(work);
            return true;
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "a map stream outlives its listener", e);
            return false;
        }
    }

    private void begin(MapStream opened) {
        stream = opened;
        counters.polls.incrementAndGet();
        request.closeFuture().addListener(closed -> end());
        request.pipeline().addLast(this);
        request.writeAndFlush(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers()
                        .status(HttpResponseStatus.OK.codeAsText())
                        .set(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream")))
                .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        startTimer();
        pump();
    }

    private void end() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
        if (stream != null) {
            stream.close();
            stream = null;
            counters.polls.decrementAndGet();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        pump();
        context.fireChannelWritabilityChanged();
    }

    private void pump() {
        MapStream from = stream;
        if (from == null || making || !request.isWritable()) {
            return;
        }
        making = true;
        woken = false;
        try {
            makers.execute(() -> make(from));
        } catch (RejectedExecutionException e) {
            counters.overloaded.increment();
            var _ = request.eventLoop().schedule(this::tryAgain, TRY_AGAIN_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void tryAgain() {
        making = false;
        pump();
    }

    /** On a maker's thread. */
    private void make(MapStream from) {
        ByteBuffer frame;
        boolean isEnded;
        try {
            frame = from.poll();
            isEnded = frame == null && from.isEnded();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "a map could not be made", e);
            counters.faults.increment();
            onLoop(() -> reset(Http2Error.INTERNAL_ERROR));
            return;
        }
        onLoop(() -> send(frame, isEnded));
    }

    private void send(@Nullable ByteBuffer frame, boolean isEnded) {
        making = false;
        if (stream == null) {
            return;
        }
        if (frame != null) {
            counters.frames.increment();
            unsent = Long.MAX_VALUE;
            write(frame);
            pump();
        } else if (isEnded) {
            request.writeAndFlush(new DefaultHttp2DataFrame(true)).addListener(ChannelFutureListener.CLOSE);
            end();
        } else if (woken) {
            pump();
        }
    }

    private void write(ByteBuffer frame) {
        sentNs = System.nanoTime();
        ByteBuf left = Unpooled.wrappedBuffer(frame);
        while (left.readableBytes() > SLICE) {
            request.write(new DefaultHttp2DataFrame(left.readRetainedSlice(SLICE)))
                    .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
        request.writeAndFlush(new DefaultHttp2DataFrame(left)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private void startTimer() {
        sentNs = System.nanoTime();
        intervalNs = ThreadLocalRandom.current()
                .nextLong(limits.keepAliveMin().toNanos(), limits.keepAliveMax().toNanos() + 1);
        setTimer(intervalNs);
    }

    private void setTimer(long delayNs) {
        timer = request.eventLoop().schedule(this::onTimer, delayNs, TimeUnit.NANOSECONDS);
    }

    /** Every frame puts the next sign of life off; the timer follows when it fires, which is cheaper than to be set anew. */
    private void onTimer() {
        long leftNs = intervalNs - (System.nanoTime() - sentNs);
        if (leftNs > 0) {
            setTimer(leftNs);
        } else if (!request.isWritable()) {
            onStandstill();
        } else {
            if (keepAlive) {
                counters.keepAlives.increment();
                write(MapFrame.keepAlive());
            }
            startTimer();
        }
    }

    /** The last frame is not out after a whole interval: a slow receiver takes some of it, another is given up. */
    private void onStandstill() {
        long nowUnsent = request.bytesBeforeWritable();
        if (nowUnsent < unsent) {
            unsent = nowUnsent;
            startTimer();
        } else {
            counters.stalled.increment();
            reset(Http2Error.CANCEL);
        }
    }

    private void reset(Http2Error error) {
        request.writeAndFlush(new DefaultHttp2ResetFrame(error)).addListener(ChannelFutureListener.CLOSE);
        end();
    }
}
