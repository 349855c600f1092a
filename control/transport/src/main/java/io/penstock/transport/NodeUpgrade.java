package io.penstock.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Promise;
import io.penstock.protocol.ts2021.ClientHandshake;
import io.penstock.protocol.ts2021.SessionKeys;
import io.penstock.protocol.ts2021.Upgrade;
import io.penstock.transport.UpgradeException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The node's end of an upgrade: asks for it when the connection is there, finishes the handshake, and leaves a pipeline with a
 * {@link RecordCodec}. For one connection. Time limits are the caller's: closing the channel fails {@code done}.
 */
public final class NodeUpgrade extends ChannelInboundHandlerAdapter {
    private static final String HTTP = "http";

    private final ClientHandshake handshake;
    private final String host;
    private final Consumer<ChannelPipeline> inside;
    private final Promise<Channel> done;
    private @Nullable HttpResponse head;
    private boolean asked;

    /**
     * To be added behind TLS, if there is any.
     *
     * @param host for the header {@code Host}
     * @param inside adds what works on the plaintext, once the handshake is done
     * @param done succeeds with the channel after that, or fails with an {@link UpgradeException} that says why not
     */
    public NodeUpgrade(
            ClientHandshake handshake, String host, Consumer<ChannelPipeline> inside, Promise<Channel> done) {
        this.handshake = handshake;
        this.host = host;
        this.inside = inside;
        this.done = done;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        context.pipeline().addBefore(context.name(), HTTP, new HttpClientCodec());
        if (context.channel().isActive()) {
            ask(context);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        ask(context);
        context.fireChannelActive();
    }

    /** Once: a handler that is added as its channel becomes active hears of that too. */
    private void ask(ChannelHandlerContext context) {
        if (asked) {
            return;
        }
        asked = true;
        FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, Upgrade.PATH);
        request.headers()
                .set(HttpHeaderNames.HOST, host)
                .set(HttpHeaderNames.CONTENT_LENGTH, "0")
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.UPGRADE, Upgrade.TOKEN)
                .set(Upgrade.HANDSHAKE_HEADER, Upgrade.encodeInitiation(handshake.initiation()));
        context.writeAndFlush(request).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            switch (message) {
                case HttpResponse response -> onHead(context, response);
                case HttpContent content -> onContent(context, content);
                case ByteBuf answer -> onAnswer(context, answer);
                default ->
                    fail(context, new UpgradeException(Reason.OTHER_PROTOCOL, "unexpected " + message.getClass()));
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void onHead(ChannelHandlerContext context, HttpResponse response) {
        head = response;
        if (response.decoderResult().isFailure()) {
            fail(context, new UpgradeException(Reason.OTHER_PROTOCOL, "the answer to the upgrade is no HTTP/1.1"));
        } else if (!response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
            fail(
                    context,
                    new UpgradeException(
                            Reason.STATUS,
                            response.status().code(),
                            "the upgrade was refused: " + response.status().code()));
        } else if (!Upgrade.TOKEN.equals(response.headers().get(HttpHeaderNames.UPGRADE))) {
            fail(context, new UpgradeException(Reason.OTHER_PROTOCOL, "an upgrade to something else"));
        }
    }

    private void onContent(ChannelHandlerContext context, HttpContent content) {
        if (head != null && !done.isDone() && content instanceof LastHttpContent) {
            context.pipeline().remove(HTTP); // what came behind the head comes here
        }
    }

    private void onAnswer(ChannelHandlerContext context, ByteBuf answer) {
        if (done.isDone()) {
            return;
        }
        ByteBuffer in = answer.nioBuffer();
        ClientHandshake.Outcome outcome = handshake.consume(in);
        answer.skipBytes(answer.readableBytes() - in.remaining());
        switch (outcome) {
            case ClientHandshake.Outcome.NeedsMore more -> {}
            case ClientHandshake.Outcome.Established established -> establish(context, established.keys(), answer);
            case ClientHandshake.Outcome.Refused refused ->
                fail(context, new UpgradeException(Reason.REFUSED, "the coordinator refused: " + refused.text()));
            case ClientHandshake.Outcome.Failed failed ->
                fail(
                        context,
                        new UpgradeException(
                                Reason.NOT_AUTHENTIC, failed.failure().text()));
        }
    }

    private void establish(ChannelHandlerContext context, SessionKeys keys, ByteBuf rest) {
        ChannelPipeline pipeline = context.pipeline();
        RecordCodec codec = new RecordCodec(keys);
        pipeline.addAfter(context.name(), null, codec);
        inside.accept(pipeline);
        done.trySuccess(context.channel());
        if (rest.isReadable()) {
            context.fireChannelRead(rest.retain());
        }
        pipeline.remove(this);
    }

    private void fail(ChannelHandlerContext context, IOException cause) {
        done.tryFailure(cause);
        context.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        done.tryFailure(
                head == null
                        ? new UpgradeException(Reason.ENDED, "the connection ended before the upgrade")
                        : new UpgradeException(
                                Reason.ENDED_AFTER_SWITCH,
                                "the connection ended before the handshake: this version is not admitted, perhaps"));
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        done.tryFailure(cause);
        context.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }
}
