package io.penstock.server.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.penstock.server.api.Api;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * Serves the API on a UNIX socket to whoever owns the machine: the kernel says who is at the other end, and only root and the
 * coordinator's own user are served, as root of the machine. Threads: one event loop, and two for the requests.
 */
public final class LocalListener implements AutoCloseable {
    /** The socket's name in the state folder. */
    public static final String SOCKET_FILE = "admin.sock";

    private static final int REQUEST_THREADS = 2;
    private static final int WAITING_REQUESTS = 64;
    private static final int MAX_CONNECTIONS = 64;
    private static final int READ_TIMEOUT_SECONDS = 30;

    private final Path socket;
    private final Service service;
    private final Channel channel;
    private final HttpCounters counters;

    private LocalListener(Path socket, Service service, Channel channel, HttpCounters counters) {
        this.socket = socket;
        this.service = service;
        this.channel = channel;
        this.counters = counters;
    }

    /**
     * Listens from here on, until {@link #close}. The caller holds the lock of the folder, so that a socket which is there is a
     * dead one's, and goes.
     *
     * @throws IOException if the socket cannot be made; its path may be too long (107 bytes)
     */
    public static LocalListener open(Path socket, Api api) throws IOException {
        Files.deleteIfExists(socket);
        UserPrincipal root =
                socket.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("root");
        UserPrincipal self = Files.getOwner(socket.toAbsolutePath().getParent());
        Set<UserPrincipal> served = Set.copyOf(List.of(root, self)); // often one and the same
        HttpCounters counters = new HttpCounters();
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        ThreadPoolExecutor workers = new ThreadPoolExecutor(
                REQUEST_THREADS,
                REQUEST_THREADS,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(WAITING_REQUESTS),
                Thread.ofPlatform().name("local-api-", 0).daemon().factory());
        Service service = new Service(loops, workers);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(NioServerDomainSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel child) {
                        service.connections().add(child);
                        prepare(child, served, api, service, counters);
                    }
                });
        try {
            ChannelFuture bound =
                    bootstrap.bind(UnixDomainSocketAddress.of(socket)).awaitUninterruptibly();
            if (!bound.isSuccess()) {
                throw new IOException("cannot listen on " + socket + ": " + bound.cause(), bound.cause());
            }
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            return new LocalListener(socket, service, bound.channel(), counters);
        } catch (IOException | RuntimeException e) {
            service.abandon();
            throw e;
        }
    }

    private static void prepare(
            Channel child, Set<UserPrincipal> served, Api api, Service service, HttpCounters counters) {
        int open = counters.open.incrementAndGet();
        child.closeFuture().addListener(closed -> counters.open.decrementAndGet());
        if (open > MAX_CONNECTIONS) {
            counters.tooManyConnections.increment();
            child.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            return;
        }
        UserPrincipal peer = peer(child);
        if (peer == null || !served.contains(peer)) {
            counters.foreignUser.increment();
            child.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            return;
        }
        child.pipeline()
                .addLast(new ReadTimeoutHandler(READ_TIMEOUT_SECONDS))
                .addLast(new HttpServerCodec())
                .addLast(new BoundedAggregator(Api.MAX_BODY_LENGTH, counters))
                .addLast(new LocalHandler(api, service, counters));
    }

    /** Who is at the other end, as the kernel noted when it connected; null if it does not say. */
    private static @Nullable UserPrincipal peer(Channel child) {
        UnixDomainPrincipal principal =
                child.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED));
        return principal == null ? null : principal.user();
    }

    public Path socket() {
        return socket;
    }

    public HttpCounters counters() {
        return counters;
    }

    /** Takes no more requests, lets those under way end for at most two seconds, and removes the socket. */
    @Override
    public void close() {
        service.close(channel);
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            // The next start removes it.
            System.getLogger(LocalListener.class.getName())
                    .log(System.Logger.Level.DEBUG, "the local socket stays behind", e);
        }
    }
}
