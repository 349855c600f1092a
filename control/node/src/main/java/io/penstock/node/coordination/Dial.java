package io.penstock.node.coordination;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection in the making: looks the name up, tries its addresses one after the other, and speaks TLS if that is wanted.
 * Either of the two outcomes is told, once, unless it is cancelled. On the event loop.
 */
final class Dial {
    private static final System.Logger LOG = System.getLogger(Dial.class.getName());
    private static final int CONNECT_TIMEOUT_MS = 5000; // of each address

    /** More addresses of a name are not tried. */
    private static final int MAX_ADDRESSES = 8;

    private final EventLoop loop;
    private final CoordinatorAddress to;
    private final @Nullable SslContext tls;
    private final DialTurns turns;
    private final Consumer<Channel> connected;
    private final Consumer<Throwable> failed;
    private boolean over;
    private @Nullable Channel channel;

    /**
     * Prepares it.
     *
     * @param tls null for none
     * @param turns of the addresses, kept from one to the next: who asks may not wait for all of them
     * @param connected gets a channel that reads and has no handler that does anything but TLS
     */
    Dial(
            EventLoop loop,
            CoordinatorAddress to,
            @Nullable SslContext tls,
            DialTurns turns,
            Consumer<Channel> connected,
            Consumer<Throwable> failed) {
        this.loop = loop;
        this.to = to;
        this.tls = tls;
        this.turns = turns;
        this.connected = connected;
        this.failed = failed;
    }

    void start(Executor resolver) {
        try {
            resolver.execute(this::resolve);
        } catch (RejectedExecutionException e) {
            fail(e);
        }
    }

    /** Nothing is told any more; a connection that was handed over is ended too. */
    void cancel() {
        over = true;
        if (channel != null) {
            var _ = channel.close();
        }
    }

    /** Whether this is the connection that came of it. */
    boolean leadsTo(Channel other) {
        return channel == other;
    }

    /** On a thread that may wait. */
    private void resolve() {
        Runnable then;
        try {
            InetAddress[] addresses = InetAddress.getAllByName(to.host());
            then = () -> tryNext(addresses, 1);
        } catch (UnknownHostException e) {
            then = () -> fail(new UnknownHostException(to.host()));
        }
        try {
            loop.execute(then);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "the event loop has ended meanwhile", e);
        }
    }

    private void tryNext(InetAddress[] addresses, int tries) {
        if (over) {
            return;
        }
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .handler(first());
        InetAddress next = addresses[turns.next(addresses.length)];
        ChannelFuture future = bootstrap.connect(new InetSocketAddress(next, to.port()));
        channel = future.channel();
        future.addListener(done -> {
            if (done.isSuccess()) {
                onTcp(future.channel());
            } else if (tries < Math.min(addresses.length, MAX_ADDRESSES)) {
                tryNext(addresses, tries + 1);
            } else {
                fail(done.cause());
            }
        });
    }

    private ChannelHandler first() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel made) {
                if (tls != null) {
                    made.pipeline()
                            .addLast(tls.newHandler(made.alloc(), to.host(), to.port()), new HandshakeFailures());
                }
            }
        };
    }

    private void onTcp(Channel open) {
        SslHandler handler = open.pipeline().get(SslHandler.class);
        if (handler == null) {
            succeed(open);
            return;
        }
        Future<Channel> handshake = handler.handshakeFuture();
        handshake.addListener(done -> {
            if (done.isSuccess()) {
                succeed(open);
            } else {
                fail(done.cause());
            }
        });
    }

    private void succeed(Channel open) {
        if (!over) {
            over = true;
            turns.worked();
            connected.accept(open);
        }
    }

    private void fail(Throwable cause) {
        if (!over) {
            cancel();
            failed.accept(cause);
        }
    }

    /** Takes what the handshake's future tells as well; what comes after it goes on to those who are added then. */
    private static final class HandshakeFailures extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            SslHandler handler = context.pipeline().get(SslHandler.class);
            if (handler == null || handler.handshakeFuture().isSuccess()) {
                context.fireExceptionCaught(cause);
            }
        }
    }
}
