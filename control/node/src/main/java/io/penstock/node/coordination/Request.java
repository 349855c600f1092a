package io.penstock.node.coordination;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import io.penstock.node.coordination.core.Problem;
import io.penstock.node.coordination.core.Problem.Kind;
import org.jspecify.annotations.Nullable;

/** One request inside the connection. On the connection's event loop. */
final class Request extends ChannelInboundHandlerAdapter {
    private final Receiver receiver;
    private boolean over;
    private @Nullable Channel stream;

    private Request(Receiver receiver) {
        this.receiver = receiver;
    }

    /** Sends it; the receiver may be told of a failure before this returns. */
    static Request send(
            Channel connection, String method, String path, String authority, byte[] body, Receiver receiver) {
        Request request = new Request(receiver);
        Http2Headers headers = new DefaultHttp2Headers()
                .method(method)
                .path(path)
                .scheme("https")
                .authority(authority);
        if (body.length > 0) {
            headers.setInt("content-length", body.length);
        }
        new Http2StreamChannelBootstrap(connection)
                .handler(request)
                .open()
                .addListener((io.netty.util.concurrent.Future<Http2StreamChannel> opened) -> {
                    if (opened.isSuccess()) {
                        request.begin(opened.getNow(), headers, body);
                    } else {
                        request.fail(Problems.of(opened.cause()));
                    }
                });
        return request;
    }

    private void begin(Channel opened, Http2Headers headers, byte[] body) {
        stream = opened;
        if (over) {
            var _ = opened.close();
            return;
        }
        boolean isWhole = body.length == 0;
        opened.write(new DefaultHttp2HeadersFrame(headers, isWhole)).addListener(sent -> onSent(sent.cause()));
        if (!isWhole) {
            opened.write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body), true))
                    .addListener(sent -> onSent(sent.cause()));
        }
        opened.flush();
    }

    private void onSent(@Nullable Throwable cause) {
        if (cause != null) {
            fail(Problems.of(cause));
        }
    }

    /** Nothing is told any more; the coordinator is told that nobody waits. */
    void cancel() {
        over = true;
        if (stream != null) {
            var _ = stream.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (!over && message instanceof Http2HeadersFrame head) {
                receiver.onHead(head.headers());
                endIf(head.isEndStream());
            } else if (!over && message instanceof Http2DataFrame data) {
                receiver.onData(data.content());
                endIf(data.isEndStream());
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void endIf(boolean isLast) {
        if (isLast && !over) {
            cancel();
            receiver.onEnd();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof Http2ResetFrame reset) {
            Http2Error error = Http2Error.valueOf(reset.errorCode());
            fail(Problem.of(Kind.ENDED, "the coordinator gave the request up: " + error));
        }
        ReferenceCountUtil.release(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(Problem.of(Kind.ENDED, "the request ended before its answer"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(Problems.of(cause));
    }

    private void fail(Problem problem) {
        if (!over) {
            cancel();
            receiver.onBroken(problem);
        }
    }
}
