package io.penstock.relay.edge;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.lang.System.Logger.Level;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a connection to one other relay of the region, and makes it again when it ends, until it turns out to be a connection to
 * ourselves. On one event loop, but for {@link #close}.
 */
public final class MeshDialer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(MeshDialer.class.getName());
    private static final int CONNECT_TIMEOUT_MS = 5000;

    private final EventLoop loop;
    private final MeshPeer peer;
    private final RelayService service;
    private final MeshKey meshKey;
    private final long retryMs;
    private final @Nullable SslContext tls;
    private @Nullable Future<?> retry;
    private volatile boolean isClosed;
    private volatile @Nullable Channel channel;

    private MeshDialer(
            EventLoop loop,
            MeshPeer peer,
            RelayService service,
            MeshKey meshKey,
            long retryMs,
            @Nullable SslContext tls) {
        this.loop = loop;
        this.peer = peer;
        this.service = service;
        this.meshKey = meshKey;
        this.retryMs = retryMs;
        this.tls = tls;
    }

    /**
     * Begins to connect.
     *
     * @param retryMs after a connection ended, before the next one
     */
    public static MeshDialer start(
            EventLoopGroup loops, MeshPeer peer, RelayService service, MeshKey meshKey, long retryMs)
            throws SSLException {
        MeshDialer dialer = new MeshDialer(loops.next(), peer, service, meshKey, retryMs, context(peer.trust()));
        dialer.loop.execute(dialer::dial);
        return dialer;
    }

    private static @Nullable SslContext context(MeshPeer.Trust trust) throws SSLException {
        return switch (trust) {
            case MeshPeer.Trust.Network network -> null;
            case MeshPeer.Trust.Authorities authorities ->
                SslContextBuilder.forClient().protocols("TLSv1.3", "TLSv1.2").build();
            case MeshPeer.Trust.Pinned pinned ->
                SslContextBuilder.forClient()
                        .protocols("TLSv1.3")
                        .trustManager(pinned.certificate())
                        .endpointIdentificationAlgorithm(null) // the certificate is known, whatever it is for
                        .build();
        };
    }

    private void dial() {
        if (isClosed) {
            return;
        }
        MeshConnection connection = new MeshConnection(peer.host(), service, meshKey);
        ChannelFuture connected = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel child) {
                        prepare(child, connection);
                    }
                })
                .connect(peer.host(), peer.port());
        channel = connected.channel();
        connected.channel().closeFuture().addListener(closed -> onClosed(connection));
    }

    private void prepare(SocketChannel child, MeshConnection connection) {
        if (tls != null) {
            SslHandler handler = tls.newHandler(child.alloc(), peer.host(), peer.port());
            child.pipeline().addLast(handler);
        }
        child.pipeline()
                .addLast(MeshConnection.HTTP_CODEC, new HttpClientCodec())
                .addLast(connection);
    }

    private void onClosed(MeshConnection connection) {
        if (connection.isToOurselves()) {
            LOG.log(Level.INFO, "{0}:{1} is this relay itself", peer.host(), String.valueOf(peer.port()));
            return;
        }
        if (isClosed || loop.isShuttingDown()) {
            return;
        }
        LOG.log(Level.DEBUG, "no connection to {0} any more", peer.host());
        retry = loop.schedule(
                this::dial, retryMs + ThreadLocalRandom.current().nextLong(1 + retryMs / 10), TimeUnit.MILLISECONDS);
    }

    /** Ends the connection and makes none again. */
    @Override
    public void close() {
        isClosed = true;
        loop.execute(() -> {
            if (retry != null) {
                retry.cancel(false);
            }
        });
        Channel open = channel;
        if (open != null) {
            open.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        }
    }
}
