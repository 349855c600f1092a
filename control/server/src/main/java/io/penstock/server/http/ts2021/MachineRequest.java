package io.penstock.server.http.ts2021;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;
import io.penstock.protocol.message.MapRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Gathers one request of a machine, of a bounded length, and hands it to the routes. Of one stream, on its event loop. */
final class MachineRequest extends ChannelInboundHandlerAdapter {
    private static final int MAX_BODY = MapRequest.MAX_BYTES;

    private final MachineRoutes routes;
    private final MachineConnection connection;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(); // grows with what has come
    private @Nullable Http2HeadersFrame head;
    private @Nullable Future<?> deadline;
    private boolean finished;
    private int taken; // of the connection's budget

    MachineRequest(MachineRoutes routes, MachineConnection connection) {
        this.routes = routes;
        this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (finished) {
                return;
            }
            switch (message) {
                case Http2HeadersFrame headers -> onHeaders(context, headers);
                case Http2DataFrame data -> onData(context, data.content(), data.isEndStream());
                default -> {} // nothing that a request needs
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void onHeaders(ChannelHandlerContext context, Http2HeadersFrame headers) {
        if (head == null) {
            head = headers;
        }
        if (headers.isEndStream()) { // with trailers too
            finish(context, head);
        } else if (deadline == null) {
            deadline = context.executor()
                    .schedule(
                            () -> onTooSlow(context), connection.limits().body().toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void onTooSlow(ChannelHandlerContext context) {
        connection.counters().slowBodies.increment();
        refuse(context, HttpResponseStatus.REQUEST_TIMEOUT, "the request did not come to its end");
    }

    private void onData(ChannelHandlerContext context, ByteBuf content, boolean isLast) {
        int length = content.readableBytes();
        if (body.size() + length > MAX_BODY) {
            connection.counters().tooLarge.increment();
            refuse(context, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "more than " + MAX_BODY + " bytes");
            return;
        }
        if (!connection.takeBody(length)) {
            connection.counters().overloaded.increment();
            stop();
            Replies.later(context.channel());
            return;
        }
        taken += length;
        try {
            content.readBytes(body, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // none into memory
        }
        if (isLast && head != null) { // HTTP/2 lets no data come before headers
            finish(context, head);
        }
    }

    private void finish(ChannelHandlerContext context, Http2HeadersFrame first) {
        byte[] whole = body.toByteArray();
        stop();
        routes.handle(connection, context.channel(), first.headers(), whole);
    }

    private void refuse(ChannelHandlerContext context, HttpResponseStatus status, String why) {
        stop();
        Replies.text(context.channel(), status, why);
    }

    /** Whatever comes from here on is not looked at. */
    private void stop() {
        finished = true;
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
        connection.giveBodyBack(taken);
        taken = 0;
        body.reset();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        stop();
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        connection.onStreamFailure(context.channel(), cause);
    }
}
