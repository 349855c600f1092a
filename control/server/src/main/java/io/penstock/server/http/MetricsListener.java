package io.penstock.server.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.penstock.relay.tls.PrivateNetworks;
import io.penstock.server.metrics.MetricSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Tells the metrics by plain HTTP, one request a connection, to a loopback or private address alone: they say how many are here
 * and what they do. Threads: one event loop, and one that asks the sources.
 */
public final class MetricsListener implements AutoCloseable {
    private static final int MAX_CONNECTIONS = 16;
    private static final int WAITING_SCRAPES = 4;
    private static final int MAX_REQUEST_LINE = 1024;
    private static final int MAX_HEADERS = 8 * 1024;
    private static final int READ_TIMEOUT_SECONDS = 10;

    private final EventLoopGroup loops;
    private final ThreadPoolExecutor worker;
    private final Channel channel;

    private MetricsListener(EventLoopGroup loops, ThreadPoolExecutor worker, Channel channel) {
        this.loops = loops;
        this.worker = worker;
        this.channel = channel;
    }

    /**
     * Listens from here on, until {@link #close}.
     *
     * @throws IOException if the address is taken
     * @throws IllegalArgumentException if it is not private
     */
    public static MetricsListener open(InetSocketAddress address, List<MetricSource> sources) throws IOException {
        if (!PrivateNetworks.contain(address.getAddress())) {
            throw new IllegalArgumentException(
                    "metrics on " + address.getAddress().getHostAddress()
                            + " could be read by others: listen on a loopback or private address");
        }
        List<MetricSource> asked = List.copyOf(sources);
        AtomicInteger open = new AtomicInteger();
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        ThreadPoolExecutor worker = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(WAITING_SCRAPES),
                Thread.ofPlatform().name("metrics").daemon().factory());
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel child) {
                        prepare(child, asked, worker, open);
                    }
                });
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
            worker.shutdownNow();
            throw new IOException("cannot listen on " + address + ": " + bound.cause(), bound.cause());
        }
        return new MetricsListener(loops, worker, bound.channel());
    }

    private static void prepare(
            SocketChannel child, List<MetricSource> sources, ThreadPoolExecutor worker, AtomicInteger open) {
        int now = open.incrementAndGet();
        child.closeFuture().addListener(closed -> open.decrementAndGet());
        if (now > MAX_CONNECTIONS) {
            child.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            return;
        }
        child.pipeline()
                .addLast(new ReadTimeoutHandler(READ_TIMEOUT_SECONDS))
                .addLast(new HttpServerCodec(new HttpDecoderConfig()
                        .setMaxInitialLineLength(MAX_REQUEST_LINE)
                        .setMaxHeaderSize(MAX_HEADERS)))
                .addLast(new MetricsHandler(sources, worker));
    }

    /** Where it listens, with the port that was chosen. */
    public InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
        worker.shutdownNow();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
