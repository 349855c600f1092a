package io.penstock.node.relay;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A node's connections to relays: one to its home region always, others while there are packets for them. Has a thread of its own,
 * {@link #executor}, on which all of its methods but {@link #close} are to be called and its listener is.
 */
public final class RelayClient implements AutoCloseable {
    private static final long LONGEST_WAIT_NS = TimeUnit.HOURS.toNanos(1);

    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final RelayTls tls;
    private final Proxies proxies;
    private final X25519 x25519;
    private final Entropy entropy;
    private final RelayListener listener;
    private final Map<Integer, RegionLink> links = new HashMap<>(); // of regions in the map
    private Map<Integer, DerpRegion> regions = Map.of();
    private RelayIdentity identity;
    private int home;
    private @Nullable Future<?> timer;
    private long timerNs;
    private long unknownRegions;

    private RelayClient(
            MultiThreadIoEventLoopGroup group,
            RelayTls tls,
            Proxies proxies,
            X25519 x25519,
            Entropy entropy,
            PrivateKey node,
            RelayListener listener) {
        this.group = group;
        this.tls = tls;
        this.proxies = proxies;
        this.x25519 = x25519;
        this.entropy = entropy;
        this.listener = listener;
        loop = group.next();
        identity = RelayIdentity.of(x25519, entropy, node);
    }

    /**
     * A client that knows no relay yet.
     *
     * @param x25519 for use on the client's thread
     * @param entropy for use on the client's thread
     * @param node the node's private key; stays the caller's, who wipes it after {@link #close}
     * @throws SSLException if this JDK has no TLS
     */
    public static RelayClient start(
            RelaySettings settings, X25519 x25519, Entropy entropy, PrivateKey node, RelayListener listener)
            throws SSLException {
        RelayTls tls = new RelayTls(settings);
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("penstock-paths", true), NioIoHandler.newFactory());
        return new RelayClient(group, tls, settings.proxies(), x25519, entropy, node, listener);
    }

    /** The one thread on which everything happens; ends with {@link #close}. */
    public ScheduledExecutorService executor() {
        return loop;
    }

    /** The relays that there are; connections to those that are there no more end. */
    public void onMap(DerpMap map) {
        regions = map.regions() == null ? Map.of() : map.regions();
        for (Map.Entry<Integer, RegionLink> entry : List.copyOf(links.entrySet())) {
            DerpRegion region = regions.get(entry.getKey());
            if (region == null || region.nodes().isEmpty()) {
                links.remove(entry.getKey()).stop();
            } else {
                entry.getValue().onRegion(region);
            }
        }
        setHome(home);
    }

    /** Where the node is at home, 0 for nowhere. */
    public void setHome(int region) {
        home = region;
        RegionLink chosen = link(region);
        for (RegionLink link : List.copyOf(links.values())) {
            link.setHome(link == chosen);
        }
    }

    /** The node has another key; connections are made anew by it. */
    public void useKey(PrivateKey node) {
        identity = RelayIdentity.of(x25519, entropy, node);
        for (RegionLink link : List.copyOf(links.values())) {
            link.stop();
        }
        links.clear();
        setHome(home);
    }

    private @Nullable RegionLink link(int id) {
        DerpRegion region = regions.get(id);
        if (region == null || region.nodes().isEmpty()) {
            return null;
        }
        return links.computeIfAbsent(
                id, none -> new RegionLink(loop, tls, proxies, identity, region, listener, this::reschedule));
    }

    /** Sends a packet through a region, which is connected to if need be. It may get lost. Copies it. */
    public void send(int region, NodeKey to, byte[] packet, int offset, int length, boolean isDisco) {
        RegionLink link = link(region);
        if (link == null) {
            unknownRegions++;
        } else {
            link.send(to, packet, offset, length, isDisco);
        }
    }

    /** How many packets were for regions that the map does not have. */
    public long unknownRegions() {
        return unknownRegions;
    }

    /**
     * The host is in another network.
     *
     * @param isOurs whether an address is still the host's: connections from those that are not are over
     */
    public void onLinkChanged(Predicate<InetAddress> isOurs) {
        List.copyOf(links.values()).forEach(link -> link.onLinkChanged(isOurs));
    }

    /** Measures how long a connection to a region takes, TLS included; -1 if there is none. On the executor. */
    public void measure(int region, LongConsumer result) {
        DerpRegion target = regions.get(region);
        if (target == null) {
            result.accept(-1);
            return;
        }
        long startNs = System.nanoTime();
        new RelayDial(
                        loop,
                        tls,
                        proxies,
                        target.nodes(),
                        addresses -> listener.onAddresses(region, addresses),
                        (node, channel) -> {
                            closeQuietly(channel);
                            result.accept(System.nanoTime() - startNs);
                        },
                        cause -> result.accept(-1))
                .start();
    }

    private static void closeQuietly(Channel channel) {
        var _ = channel.close();
    }

    /** The connections that there are or were. */
    public List<RelayView> views() {
        List<RelayView> views = new ArrayList<>();
        links.values().forEach(link -> views.add(link.view()));
        return views;
    }

    private void reschedule() {
        long nowNs = System.nanoTime();
        long leftNs = LONGEST_WAIT_NS;
        for (RegionLink link : links.values()) {
            leftNs = Math.min(leftNs, link.leftNs(nowNs));
        }
        if (timer != null && !timer.isDone() && timerNs - (nowNs + leftNs) <= 0) {
            return; // it fires early and is set anew
        }
        if (timer != null) {
            timer.cancel(false);
        }
        timerNs = nowNs + leftNs;
        try {
            timer = loop.schedule(this::onTimer, leftNs, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            timer = null; // the loop ends, and everything on it
        }
    }

    private void onTimer() {
        timer = null;
        List.copyOf(links.values()).forEach(RegionLink::onTime);
        reschedule();
    }

    /** Ends all connections and the thread; waits for that. */
    @Override
    public void close() {
        try {
            loop.execute(() -> {
                List.copyOf(links.values()).forEach(RegionLink::stop);
                links.clear();
                regions = Map.of();
            });
        } catch (RejectedExecutionException e) {
            return; // closed before
        }
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
    }
}
