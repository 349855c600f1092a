package io.penstock.relay.edge;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.penstock.relay.tls.TlsEntrance;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/** Listens for clients of a relay, with TLS or without. Thread-safe. */
public final class RelayListener implements AutoCloseable {
    private static final int BACKLOG = 1024;
    private static final int MAX_REQUEST_LINE = 4096;
    private static final int MAX_HEADERS = 16 << 10;
    private static final int MAX_BODY = 1024;
    private static final int TCP_IDLE_S = 60;
    private static final int TCP_INTERVAL_S = 10;
    private static final int TCP_PROBES = 3;

    private final Channel channel;

    private RelayListener(Channel channel) {
        this.channel = channel;
    }

    /**
     * Listens from here on.
     *
     * @param tls null for plain HTTP
     * @param balancers whose connections begin with a header of the PROXY protocol
     * @throws IOException if the address is taken
     */
    public static RelayListener open(
            EventLoopGroup loops,
            InetSocketAddress address,
            @Nullable TlsEntrance tls,
            Set<InetAddress> balancers,
            RelayService service)
            throws IOException {
        RelayDoor door = new RelayDoor(service, true);
        ChannelFuture bound = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(
                        ChannelOption.SO_KEEPALIVE, true) // ends half-open connections of those who answer no pings
                .childOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), TCP_IDLE_S)
                .childOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), TCP_INTERVAL_S)
                .childOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), TCP_PROBES)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel child) {
                        boolean isProxied =
                                balancers.contains(child.remoteAddress().getAddress());
                        if (isProxied ? service.openProxied(child) : service.open(child)) {
                            if (isProxied) {
                                ProxyHeader.expect(child.pipeline(), service);
                            }
                            prepare(child, tls, door, service);
                        }
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException("cannot listen on " + address + ": " + bound.cause(), bound.cause());
        }
        return new RelayListener(bound.channel());
    }

    private static void prepare(SocketChannel child, @Nullable TlsEntrance tls, RelayDoor door, RelayService service) {
        if (tls != null) {
            tls.addTo(child.pipeline());
        }
        expectRequest(child.pipeline(), door, service);
    }

    /** What reads the first request of a connection. */
    static void expectRequest(ChannelPipeline pipeline, RelayDoor door, RelayService service) {
        pipeline.addLast(
                        FirstRequest.HTTP_CODEC,
                        new HttpServerCodec(new HttpDecoderConfig()
                                .setMaxInitialLineLength(MAX_REQUEST_LINE)
                                .setMaxHeaderSize(MAX_HEADERS)))
                .addLast(new HttpObjectAggregator(MAX_BODY, true))
                .addLast(new FirstRequest(door, service.limits().httpTimeout().toMillis()));
    }

    /** Where it listens, with the port that was chosen. */
    public InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    /** Takes no more connections; those that are there stay. */
    @Override
    public void close() {
        channel.close().syncUninterruptibly();
    }
}
