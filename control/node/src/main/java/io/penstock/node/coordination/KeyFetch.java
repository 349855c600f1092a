package io.penstock.node.coordination;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.penstock.node.coordination.core.Problem;
import io.penstock.node.coordination.core.Problem.Kind;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.ts2021.KeyReply;
import io.penstock.protocol.ts2021.Upgrade;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;

/** Asks a coordinator for its key, on a connection of its own. On its event loop. */
final class KeyFetch extends SimpleChannelInboundHandler<FullHttpResponse> {
    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    private static final int TOO_MANY = 429;
    private static final int SERVER_FAULTS = 500;

    private final Consumer<MachineKey> known;
    private final Consumer<Problem> failed;
    private boolean over;

    private KeyFetch(Consumer<MachineKey> known, Consumer<Problem> failed) {
        this.known = known;
        this.failed = failed;
    }

    /** Sends the request; one of the two outcomes is told, once, and the connection ends. */
    static void start(
            ChannelPipeline pipeline,
            String authority,
            int version,
            Consumer<MachineKey> known,
            Consumer<Problem> failed) {
        pipeline.addLast(new HttpClientCodec(), new HttpObjectAggregator(KeyReply.MAX_BYTES));
        pipeline.addLast(new KeyFetch(known, failed));
        DefaultFullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, Upgrade.KEY_PATH + "?v=" + version);
        request.headers().set(HttpHeaderNames.HOST, authority).set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        pipeline.channel().writeAndFlush(request).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
        byte[] body = ByteBufUtil.getBytes(response.content());
        int status = response.status().code();
        if (response.decoderResult().isFailure()) {
            fail(context, Problem.of(Kind.NOT_A_COORDINATOR, "the answer is no HTTP/1.1"));
        } else if (status == BAD_REQUEST) {
            fail(context, Problem.of(Kind.VERSION_REFUSED, new String(body, StandardCharsets.UTF_8)));
        } else if (status == TOO_MANY || status >= SERVER_FAULTS) {
            fail(context, Problem.ofStatus(status, "", Duration.ZERO)); // of a proxy in front, perhaps
        } else if (status != OK) {
            fail(context, Problem.of(Kind.NOT_A_COORDINATOR, "the answer to " + Upgrade.KEY_PATH + " is " + status));
        } else {
            onBody(context, body);
        }
    }

    private void onBody(ChannelHandlerContext context, byte[] body) {
        try {
            MachineKey key = KeyReply.decode(body).publicKey();
            if (!over) {
                over = true;
                var _ = context.close();
                known.accept(key);
            }
        } catch (MalformedMessageException e) {
            fail(context, Problem.of(Kind.NOT_A_COORDINATOR, "the answer is no key: " + e.getMessage()));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(context, Problem.of(Kind.ENDED, "the connection ended before the coordinator told its key"));
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(context, Problems.of(cause));
    }

    private void fail(ChannelHandlerContext context, Problem problem) {
        if (!over) {
            over = true;
            var _ = context.close();
            failed.accept(problem);
        }
    }
}
