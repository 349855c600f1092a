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
import org.jspecify.annotations.Nullable;

/** Gathers one request of a machine, of a bounded length, and hands it to the routes. Of one stream, on its event loop. */
final class MachineRequest extends ChannelInboundHandlerAdapter {
    private static final int MAX_BODY = MapRequest.MAX_BYTES;

    private final MachineRoutes routes;
    private final MachineConnection connection;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(); // grows with what has come
    private @Nullable Http2HeadersFrame head;
    private boolean finished;

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
                default -> context.fireUserEventTriggered(message);
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
            finish(context);
        }
    }

    private void onData(ChannelHandlerContext context, ByteBuf content, boolean isLast) {
        if (body.size() + content.readableBytes() > MAX_BODY) {
            finished = true;
            connection.counters().tooLarge.increment();
            Replies.text(
                    context.channel(), HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "more than " + MAX_BODY + " bytes");
            return;
        }
        try {
            content.readBytes(body, content.readableBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // none into memory
        }
        if (isLast) {
            finish(context);
        }
    }

    private void finish(ChannelHandlerContext context) {
        finished = true;
        if (head == null) {
            return; // HTTP/2 lets no data come before headers
        }
        routes.handle(connection, context.channel(), head.headers(), body.toByteArray());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        connection.onStreamFailure(context.channel(), cause);
    }
}
