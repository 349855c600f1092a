package io.penstock.node.relay;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.penstock.protocol.message.DerpNode;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to any relay of a region in the making: looks names up, tries the nodes in their order and the addresses of each,
 * and speaks TLS. Either of the two outcomes is told, once, unless it is cancelled. On the event loop.
 */
final class RelayDial {
    private static final System.Logger LOG = System.getLogger(RelayDial.class.getName());
    private static final int CONNECT_TIMEOUT_MS = 1500; // of each address
    private static final int HANDSHAKE_TIMEOUT_MS = 5000;
    private static final int DEFAULT_PORT = 443;
    private static final int MAX_ADDRESSES = 4; // of each node
    private static final int MAX_NODES = 8;
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(128 << 10, 512 << 10);

    /** An outcome. */
    interface Connected {
        /** Gets a channel that reads and has no handler that does anything but TLS. */
        void on(DerpNode node, Channel channel);
    }

    /** Is told where connections are about to lead. */
    interface Resolved {
        void on(List<InetAddress> addresses);
    }

    private record Target(DerpNode node, InetAddress address) {}

    private final EventLoop loop;
    private final RelayTls tls;
    private final List<DerpNode> nodes;
    private final Resolved resolved;
    private final Connected connected;
    private final Consumer<Throwable> failed;
    private boolean over;
    private @Nullable Channel channel;

    RelayDial(
            EventLoop loop,
            RelayTls tls,
            List<DerpNode> nodes,
            Resolved resolved,
            Connected connected,
            Consumer<Throwable> failed) {
        this.loop = loop;
        this.tls = tls;
        this.nodes =
                nodes.stream().filter(node -> !node.stunOnly()).limit(MAX_NODES).toList();
        this.resolved = resolved;
        this.connected = connected;
        this.failed = failed;
    }

    void start() {
        Thread.ofVirtual().name("relay-resolver").start(this::resolve);
    }

    /** Nothing is told any more; a connection that is in the making is ended. */
    void cancel() {
        over = true;
        if (channel != null) {
            var _ = channel.close();
        }
    }

    /** On a thread that may wait. */
    private void resolve() {
        List<Target> targets = new ArrayList<>();
        UnknownHostException unknown = null;
        for (DerpNode node : nodes) {
            try {
                for (InetAddress address : addresses(node)) {
                    targets.add(new Target(node, address));
                }
            } catch (UnknownHostException e) {
                unknown = e;
            }
        }
        IOException none = unknown == null ? new IOException("the region has no relay with an address") : unknown;
        try {
            loop.execute(() -> {
                if (!over) {
                    resolved.on(targets.stream().map(Target::address).distinct().toList());
                }
                tryNext(targets, 0, none);
            });
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "the event loop has ended meanwhile", e);
        }
    }

    /** The map's addresses, and those of the DNS for a family that the map leaves open. */
    static List<InetAddress> addresses(DerpNode node) throws UnknownHostException {
        List<InetAddress> addresses = new ArrayList<>();
        boolean isOpen4 = node.ipv4().isEmpty();
        boolean isOpen6 = node.ipv6().isEmpty();
        addLiteral(addresses, node.ipv4());
        addLiteral(addresses, node.ipv6());
        if ((isOpen4 || isOpen6) && (addresses.isEmpty() || !isLiteral(node.hostName()))) {
            try {
                for (InetAddress address : InetAddress.getAllByName(node.hostName())) {
                    if (address.getAddress().length == 4 ? isOpen4 : isOpen6) {
                        addresses.add(address);
                    }
                }
            } catch (UnknownHostException e) {
                if (addresses.isEmpty()) {
                    throw new UnknownHostException(node.hostName());
                }
            }
        }
        return addresses.subList(0, Math.min(MAX_ADDRESSES, addresses.size()));
    }

    private static void addLiteral(List<InetAddress> addresses, String text) {
        if (isLiteral(text)) {
            addresses.add(InetAddress.ofLiteral(text));
        }
    }

    private static boolean isLiteral(String text) {
        try {
            return !text.isEmpty() && Objects.nonNull(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            return false; // "none", or a name
        }
    }

    private void tryNext(List<Target> targets, int index, Throwable cause) {
        if (over) {
            return;
        }
        if (index == targets.size()) {
            over = true;
            failed.accept(cause);
            return;
        }
        Target target = targets.get(index);
        int port = target.node().derpPort() == 0 ? DEFAULT_PORT : target.node().derpPort();
        SslHandler[] security = new SslHandler[1];
        ChannelFuture future = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .option(ChannelOption.AUTO_READ, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel made) throws IOException {
                        SslHandler handler = tls.handler(target.node(), port, made.alloc());
                        if (handler != null) {
                            handler.setHandshakeTimeoutMillis(HANDSHAKE_TIMEOUT_MS);
                            made.pipeline().addLast(handler, new QuietHandshake());
                            security[0] = handler;
                        }
                    }
                })
                .connect(new InetSocketAddress(target.address(), port));
        Channel made = future.channel();
        channel = made;
        future.addListener(done -> {
            SslHandler handler = security[0];
            if (!done.isSuccess()) {
                tryNext(targets, index + 1, done.cause());
            } else if (handler == null) {
                succeed(target.node(), made);
            } else {
                handler.handshakeFuture().addListener(shaken -> {
                    if (shaken.isSuccess()) {
                        succeed(target.node(), made);
                    } else {
                        var _ = made.close();
                        tryNext(targets, index + 1, shaken.cause());
                    }
                });
            }
        });
    }

    private void succeed(DerpNode node, Channel open) {
        if (!over) {
            over = true;
            connected.on(node, open);
        }
    }
}
