package io.penstock.server.http.ts2021;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.message.MapRequest;
import io.penstock.transport.RecordException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A machine's connection, last in its pipeline: whose it is, whether it is still there, and what of it waits for a worker. On its
 * event loop, but for {@link #work} and the values that never change.
 */
final class MachineConnection extends ChannelInboundHandlerAdapter {
    private static final System.Logger LOG = System.getLogger(MachineConnection.class.getName());
    private static final long PING = 0x70656e73746f636bL;

    private final MachineKey machine;
    private final InetAddress from;
    private final Ts2021Limits limits;
    private final Ts2021Counters counters;
    private final InTurn inTurn;
    private final BodyBudget budget;

    private @Nullable Future<?> deadline;
    private int silences; // one after the other
    private int unused; // silences without a request, one after the other
    private int requests;
    private int bodies; // bytes of requests that have not come to their end

    MachineConnection(
            MachineKey machine,
            InetAddress from,
            Executor workers,
            BodyBudget budget,
            Ts2021Limits limits,
            Ts2021Counters counters) {
        this.machine = machine;
        this.from = from;
        this.budget = budget;
        this.limits = limits;
        this.counters = counters;
        inTurn = new InTurn(workers, limits.waitingPerConnection());
    }

    /** Whose connection it is, proved by the handshake. */
    MachineKey machine() {
        return machine;
    }

    /** Where it comes from. */
    InetAddress from() {
        return from;
    }

    Ts2021Counters counters() {
        return counters;
    }

    Ts2021Limits limits() {
        return limits;
    }

    /** Whether there is room for so much more of a body: no connection has more than one of the greatest length under way. */
    boolean takeBody(int bytes) {
        if (bodies + bytes > MapRequest.MAX_BYTES || !budget.take(bytes)) {
            return false;
        }
        bodies += bytes;
        return true;
    }

    void giveBodyBack(int bytes) {
        bodies -= bytes;
        budget.giveBack(bytes);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        counters.connections.incrementAndGet();
        context.channel().closeFuture().addListener(closed -> counters.connections.decrementAndGet());
        deadline = context.executor()
                .schedule(() -> onSilence(context), limits.handshake().toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        stopDeadline();
        context.fireChannelInactive();
    }

    private void stopDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    private void onSilence(ChannelHandlerContext context) {
        counters.silent.increment();
        end(context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof Http2SettingsFrame) {
            stopDeadline();
        }
        ReferenceCountUtil.release(message); // PING, GOAWAY and the like: HTTP/2 below has done what they ask
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        silences = 0;
        context.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (!(event instanceof IdleStateEvent)) {
            context.fireUserEventTriggered(event);
            return;
        }
        unused = requests > 0 ? 0 : unused + 1;
        if (++silences > 1 || unused > limits.unused()) {
            onSilence(context);
        } else {
            context.writeAndFlush(new DefaultHttp2PingFrame(PING)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
    }

    /** A request begins; how many may go on at a time is HTTP/2's to keep. */
    void onRequest(Channel request) {
        unused = 0;
        requests++;
        request.closeFuture().addListener(closed -> requests--);
    }

    void onFlood(ChannelHandlerContext context) {
        counters.floods.increment();
        end(context);
    }

    /**
     * Has something done on a worker, in turn; not at all if the request was given up by then. What fails is answered and logged.
     * From any thread.
     */
    void work(Channel request, Runnable work) {
        try {
            inTurn.execute(() -> {
                if (request.isActive()) {
                    run(request, work);
                } else {
                    counters.cancelled.increment();
                }
            });
        } catch (RejectedExecutionException e) {
            counters.overloaded.increment();
            Replies.later(request);
        }
    }

    private void run(Channel request, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) { // what waits behind it has to have its turn
            LOG.log(Level.ERROR, "a request of a machine failed", e);
            counters.faults.increment();
            Replies.text(request, HttpResponseStatus.INTERNAL_SERVER_ERROR, "a fault of the coordinator");
        }
    }

    void onStreamFailure(Channel request, Throwable cause) {
        LOG.log(Level.DEBUG, "a request of a machine ended", cause);
        counters.badHttp2.increment();
        request.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof RecordException) {
            counters.badRecords.increment();
        } else if (cause instanceof Http2Exception stream && Http2Exception.isStreamError(stream)) {
            counters.badHttp2.increment();
            return; // the stream has ended, the connection is good
        } else if (cause instanceof Http2Exception http2) {
            if (http2.error() == Http2Error.ENHANCE_YOUR_CALM) {
                counters.floods.increment();
            } else {
                counters.badHttp2.increment();
            }
        } else {
            LOG.log(Level.DEBUG, "a machine's connection ended", cause);
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
