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
import io.netty.handler.proxy.HttpProxyHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.util.concurrent.Future;
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
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to any relay of a region in the making: looks names up, and tries the nodes in their order and the addresses of
 * each. An address that answers slowly gets company soon (RFC 8305); the first with whom TLS is spoken is taken. Either of the two
 * outcomes is told, once, unless it is cancelled. On the event loop.
 */
final class RelayDial {
    private static final System.Logger LOG = System.getLogger(RelayDial.class.getName());
    private static final int CONNECT_TIMEOUT_MS = 1500; // of each address
    private static final int PROXY_TIMEOUT_MS = 5000;
    private static final int HANDSHAKE_TIMEOUT_MS = 5000;

    /** Before the next address of the same node is tried beside the one that is being tried. */
    private static final int ADDRESS_DELAY_MS = 250;

    /** The same for the next node: enough for three round trips to the farthest place, since the first one is meant to be used. */
    private static final int NODE_DELAY_MS = 750;

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

    /**
     * Where to connect to.
     *
     * @param address the relay's, or its proxy's
     * @param proxy null if the relay is reached directly
     */
    private record Target(DerpNode node, InetAddress address, Proxies.@Nullable Proxy proxy) {}

    private final EventLoop loop;
    private final RelayTls tls;
    private final Proxies proxies;
    private final List<DerpNode> nodes;
    private final Resolved resolved;
    private final Connected connected;
    private final Consumer<Throwable> failed;
    private final List<Channel> open = new ArrayList<>(); // attempts
    private List<Target> targets = List.of();
    private int next;
    private @Nullable Throwable lastCause;
    private @Nullable Future<?> delay;
    private boolean over;

    RelayDial(
            EventLoop loop,
            RelayTls tls,
            Proxies proxies,
            List<DerpNode> nodes,
            Resolved resolved,
            Connected connected,
            Consumer<Throwable> failed) {
        this.loop = loop;
        this.tls = tls;
        this.proxies = proxies;
        this.nodes =
                nodes.stream().filter(node -> !node.stunOnly()).limit(MAX_NODES).toList();
        this.resolved = resolved;
        this.connected = connected;
        this.failed = failed;
    }

    void start() {
        Thread.ofVirtual().name("relay-resolver").start(this::resolve);
    }

    /** Nothing is told any more; connections that are in the making are ended. */
    void cancel() {
        over = true;
        stopDelay();
        closeAllBut(null);
    }

    private void closeAllBut(@Nullable Channel taken) {
        for (Channel each : open) {
            if (each != taken) {
                var _ = each.close();
            }
        }
        open.clear();
    }

    /** On a thread that may wait. */
    private void resolve() {
        List<Target> found = new ArrayList<>();
        IOException none = new IOException("the region has no relay with an address");
        for (DerpNode node : nodes) {
            try {
                Proxies.Proxy proxy = proxies.of(node.hostName(), port(node));
                if (proxy != null) {
                    found.add(new Target(node, InetAddress.getByName(proxy.host()), proxy));
                    continue;
                }
                for (InetAddress address : addresses(node)) {
                    found.add(new Target(node, address, null));
                }
            } catch (IOException e) {
                none = e;
            }
        }
        IOException cause = none;
        try {
            loop.execute(() -> onResolved(found, cause));
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "the event loop has ended meanwhile", e);
        }
    }

    private void onResolved(List<Target> found, IOException none) {
        if (over) {
            return;
        }
        targets = found;
        lastCause = none;
        resolved.on(found.stream().map(Target::address).distinct().toList());
        tryNext();
    }

    private static int port(DerpNode node) {
        return node.derpPort() == 0 ? DEFAULT_PORT : node.derpPort();
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

    private void tryNext() {
        stopDelay();
        if (over) {
            return;
        }
        if (next < targets.size()) {
            Target target = targets.get(next++);
            if (next < targets.size()) {
                boolean isSameNode = targets.get(next).node().equals(target.node());
                delay = loop.schedule(
                        this::tryNext, isSameNode ? ADDRESS_DELAY_MS : NODE_DELAY_MS, TimeUnit.MILLISECONDS);
            }
            attempt(target);
        } else if (open.isEmpty()) {
            over = true;
            failed.accept(Objects.requireNonNull(lastCause, "set before the first attempt"));
        }
    }

    private void stopDelay() {
        if (delay != null) {
            delay.cancel(false);
            delay = null;
        }
    }

    private void attempt(Target target) {
        int port = port(target.node());
        SslHandler[] security = new SslHandler[1];
        Bootstrap bootstrap = new Bootstrap()
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
                        if (target.proxy() != null) {
                            made.pipeline().addLast(proxy(target.proxy(), target.address()));
                        }
                        SslHandler handler = tls.handler(target.node(), port, made.alloc());
                        if (handler != null) {
                            handler.setHandshakeTimeoutMillis(HANDSHAKE_TIMEOUT_MS);
                            made.pipeline().addLast(handler, new QuietHandshake());
                            security[0] = handler;
                        }
                    }
                });
        ChannelFuture future = target.proxy() == null
                ? bootstrap.connect(new InetSocketAddress(target.address(), port))
                : bootstrap
                        .resolver(NoopAddressResolverGroup.INSTANCE) // the proxy looks it up
                        .connect(InetSocketAddress.createUnresolved(host(target.node()), port));
        Channel made = future.channel();
        open.add(made);
        future.addListener(done -> {
            SslHandler handler = security[0];
            if (!done.isSuccess()) {
                onFailed(target, made, done.cause());
            } else if (handler == null) {
                succeed(target.node(), made);
            } else {
                handler.handshakeFuture().addListener(shaken -> {
                    if (shaken.isSuccess()) {
                        succeed(target.node(), made);
                    } else {
                        onFailed(target, made, shaken.cause());
                    }
                });
            }
        });
    }

    /** By which a proxy finds it: the map's address if it has one, since the name may be known to the map alone. */
    private static String host(DerpNode node) {
        return isLiteral(node.ipv4()) ? node.ipv4() : node.hostName();
    }

    private static HttpProxyHandler proxy(Proxies.Proxy proxy, InetAddress address) {
        InetSocketAddress socket = new InetSocketAddress(address, proxy.port());
        HttpProxyHandler handler = proxy.user().isEmpty()
                ? new HttpProxyHandler(socket)
                : new HttpProxyHandler(socket, proxy.user(), proxy.password());
        handler.setConnectTimeoutMillis(PROXY_TIMEOUT_MS);
        return handler;
    }

    private void onFailed(Target target, Channel made, Throwable cause) {
        var _ = made.close();
        open.remove(made);
        if (target.proxy() == null) {
            lastCause = cause;
        } else {
            lastCause = new IOException(
                    "by the proxy " + target.proxy() + ": " + root(cause).getMessage(), cause);
        }
        tryNext();
    }

    /** TLS only says that it could not write. */
    private static Throwable root(Throwable cause) {
        Throwable deepest = cause;
        for (Throwable next = cause.getCause(); next != null; next = next.getCause()) {
            deepest = next.getMessage() == null ? deepest : next;
        }
        return deepest;
    }

    private void succeed(DerpNode node, Channel made) {
        if (!over) {
            over = true;
            stopDelay();
            closeAllBut(made);
            connected.on(node, made);
        }
    }
}
