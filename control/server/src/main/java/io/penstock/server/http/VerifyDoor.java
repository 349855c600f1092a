package io.penstock.server.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.DerpAdmitRequest;
import io.penstock.protocol.message.DerpAdmitResponse;
import java.lang.System.Logger.Level;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Tells relays that are elsewhere whether a client of theirs is a node of this coordinator, in the form of {@code verify-client-url}. Who
 * asks has to know a node's key, of which nobody guesses one, and learns one bit. A bounded number of questions waits; relays
 * take no answer for a no. Thread-safe.
 */
public final class VerifyDoor implements Takeover, AutoCloseable {
    /** Where they ask, by POST. */
    public static final String PATH = "/verify";

    private static final System.Logger LOG = System.getLogger(VerifyDoor.class.getName());
    private static final int MAX_WAITING = 256;

    private final Predicate<NodeKey> isMember;
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1,
            1,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            Thread.ofPlatform().name("verify").daemon().factory());

    /** @param isMember asked on a thread of the door's own, may block */
    public VerifyDoor(Predicate<NodeKey> isMember) {
        this.isMember = isMember;
        thread.allowCoreThreadTimeOut(true);
    }

    @Override
    public boolean takes(String path) {
        return path.equals(PATH);
    }

    @Override
    public void take(Channel channel, FullHttpRequest request) {
        if (!request.method().equals(HttpMethod.POST)) {
            send(channel, Responses.refusal(HttpResponseStatus.METHOD_NOT_ALLOWED, "only POST"));
            return;
        }
        try {
            DerpAdmitRequest asked = DerpAdmitRequest.decode(ByteBufUtil.getBytes(request.content()));
            thread.execute(() -> answer(channel, asked));
        } catch (MalformedMessageException e) {
            send(channel, Responses.refusal(HttpResponseStatus.BAD_REQUEST, "not a relay's question"));
        } catch (RejectedExecutionException e) {
            send(channel, Responses.refusal(HttpResponseStatus.SERVICE_UNAVAILABLE, "busy; try again in a second"));
        }
    }

    private void answer(Channel channel, DerpAdmitRequest asked) {
        try {
            byte[] decision = new DerpAdmitResponse(isMember.test(asked.nodePublic())).encode();
            send(channel, Responses.json(HttpResponseStatus.OK, decision));
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "a relay's question failed", e);
            send(channel, Responses.fault());
        }
    }

    private static void send(Channel channel, FullHttpResponse response) {
        response.headers().set(HttpHeaderNames.CONNECTION, "close");
        channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    /** Takes no more questions; those that wait are not answered. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
