package io.penstock.server.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.penstock.relay.tls.CertificateChoice;
import io.penstock.relay.tls.TlsEntrance;
import io.penstock.server.api.Api;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Listens for HTTP/1.1, with TLS or on private addresses without, and lets in what is for one of its doors. Everything has a
 * bound: connections, silence, the length of a request, the requests that wait for the disk. Threads: a few event loops, and a
 * few for the requests.
 */
public final class HttpListener implements AutoCloseable {
    private static final int MAX_EVENT_LOOPS = 8;
    private static final int REQUEST_THREADS = 8;
    private static final int WAITING_REQUESTS = 256;
    private static final int MAX_REQUEST_LINE = 4096;
    private static final int MAX_HEADERS = 16 * 1024;
    private static final int BACKLOG = 4096; // all nodes come back at one moment when a coordinator starts again
    private static final int ATTEMPTS = 10;
    private static final long ATTEMPT_INTERVAL_NS = TimeUnit.SECONDS.toNanos(6);
    private static final int MAX_PLACES = 10_000;

    private final Service service;
    private final Channel channel;
    private final HttpCounters counters;

    private HttpListener(Service service, Channel channel, HttpCounters counters) {
        this.service = service;
        this.channel = channel;
        this.counters = counters;
    }

    /**
     * Listens from here on, until {@link #close}.
     *
     * @throws IOException if the address is taken, or the certificate is of no use
     */
    public static HttpListener open(ListenSettings settings, Doors doors) throws IOException {
        HttpCounters counters = new HttpCounters();
        TlsEntrance tls = settings.tls() == null ? null : entrance(settings.tls());
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(eventLoops(), NioIoHandler.newFactory());
        ThreadPoolExecutor workers = new ThreadPoolExecutor(
                REQUEST_THREADS,
                REQUEST_THREADS,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(WAITING_REQUESTS),
                Thread.ofPlatform().name("api-", 0).daemon().factory());
        AttemptLimiter limiter = new AttemptLimiter(ATTEMPTS, ATTEMPT_INTERVAL_NS, MAX_PLACES);
        Service service = new Service(loops, workers);
        Seats seats = new Seats(settings.maxConnections(), counters.open);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel child) {
                        service.connections().add(child);
                        Seats.Seat seat = seats.take(child.remoteAddress().getAddress());
                        if (seat == null) {
                            counters.tooManyConnections.increment();
                            child.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
                            return;
                        }
                        child.closeFuture().addListener(closed -> seat.leave());
                        prepare(child, seat, settings, tls, doors, service, limiter, counters);
                    }
                });
        ChannelFuture bound = bootstrap.bind(settings.address()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            service.abandon();
            throw new IOException("cannot listen on " + settings.address() + ": " + bound.cause(), bound.cause());
        }
        return new HttpListener(service, bound.channel(), counters);
    }

    /** Two at least, so that one long task does not hold up everybody. */
    private static int eventLoops() {
        return Math.max(2, Math.min(MAX_EVENT_LOOPS, Runtime.getRuntime().availableProcessors()));
    }

    private static TlsEntrance entrance(TlsIdentity identity) throws SSLException {
        return new TlsEntrance(
                new CertificateChoice(identity.key(), identity.chain(), identity.relay(), InstantSource.system()));
    }

    private static void prepare(
            SocketChannel child,
            Seats.Seat seat,
            ListenSettings settings,
            @Nullable TlsEntrance tls,
            Doors doors,
            Service service,
            AttemptLimiter limiter,
            HttpCounters counters) {
        if (tls != null) {
            tls.addTo(child.pipeline());
        }
        child.pipeline()
                .addLast(
                        Takeover.HTTP_CODEC,
                        new HttpServerCodec(new HttpDecoderConfig()
                                .setMaxInitialLineLength(MAX_REQUEST_LINE)
                                .setMaxHeaderSize(MAX_HEADERS)))
                .addLast(new BoundedAggregator(Api.MAX_BODY_LENGTH, counters))
                .addLast(new FlowControlHandler())
                .addLast(new FrontDoor(settings, doors, service, limiter, counters, seat));
    }

    /** Where it listens, with the port that was chosen. */
    public InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    public HttpCounters counters() {
        return counters;
    }

    /**
     * Takes no more requests, lets those under way end for at most two seconds, then closes the connections and lets the port go.
     * Again does nothing.
     */
    @Override
    public void close() {
        service.close(channel);
    }
}
