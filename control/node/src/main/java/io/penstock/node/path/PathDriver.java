package io.penstock.node.path;

import io.penstock.engine.wire.Wire;
import io.penstock.engine.wire.WireListener;
import io.penstock.node.path.core.AddressRules;
import io.penstock.node.path.core.PathAction;
import io.penstock.node.path.core.PathCore;
import io.penstock.node.path.core.PathDetail;
import io.penstock.node.path.core.PathSettings;
import io.penstock.node.path.core.PathStatus;
import io.penstock.node.path.core.PathView;
import io.penstock.node.path.core.PingResult;
import io.penstock.node.portmap.Gateway;
import io.penstock.node.portmap.PortMapDriver;
import io.penstock.node.portmap.core.PortMapKind;
import io.penstock.node.portmap.core.PortMapView;
import io.penstock.node.relay.RelayClient;
import io.penstock.node.relay.RelayListener;
import io.penstock.node.relay.RelaySettings;
import io.penstock.node.relay.RelayView;
import io.penstock.protocol.disco.DiscoPacket;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.route.Prefix;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the paths to a node's peers: carries out what {@link PathCore} decides, and moves packets between the tunnel and relays.
 * Methods may be called from any thread and return at once; everything happens on one thread of its own, on which the sink is
 * called too.
 */
public final class PathDriver implements WireListener, AutoCloseable {
    /** What the tunnel may tell and was not looked at yet; beyond that it gets lost, as datagrams do. */
    private static final int MAX_QUEUED = 4096;

    /** Of relayed packets that are taken at once, so that timers are not late. */
    private static final int DRAIN_LIMIT = 64;

    private static final long ADDRESSES_NS = TimeUnit.SECONDS.toNanos(5);

    /** A look at all addresses takes long where there are many of them; no more than a tenth of the time goes into it. */
    private static final int LOOK_PAUSE_FACTOR = 9;

    /** Who says so long after us that the host is elsewhere means the same. */
    private static final long SAME_MOVE_NS = TimeUnit.SECONDS.toNanos(2);

    private static final long LONGEST_WAIT_NS = TimeUnit.HOURS.toNanos(1);
    private static final int MAX_DISCO_LENGTH = Wire.MAX_DATAGRAM;
    private static final System.Logger LOG = System.getLogger(PathDriver.class.getName());

    /** A call of the state machine. */
    private interface Input {
        void at(long nowNs);
    }

    private final PathCore core;
    private final RelayClient relays;
    private final ScheduledExecutorService executor;
    private final LocalAddresses addresses;
    private final Consumer<PathEvent> sink;
    private final Pings pings;
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicBoolean isDrainDue = new AtomicBoolean();
    private final Wire.RelayedHandler toRelay = this::sendRelayed;

    private volatile @Nullable Wire wire;
    private volatile @Nullable PortMapDriver portMap;
    private final AtomicLong mappings =
            new AtomicLong(); // that were begun or ended, so that a late word of an old one says nothing
    private List<Endpoint> localAddresses = List.of();
    private @Nullable List<Endpoint> ways; // by which the host reaches the internet, null before the first look
    private boolean isLookDue; // at the addresses
    private long notLookedAtBeforeNs = System.nanoTime();
    private long movedNs = System.nanoTime() - SAME_MOVE_NS; // when a look found the host elsewhere
    private boolean draining;
    private @Nullable Future<?> timer;
    private long timerNs;
    private byte[] copy = new byte[2048];
    private long refused; // packets from and to relays that nobody took

    private PathDriver(
            X25519 x25519,
            Entropy entropy,
            PrivateKey node,
            PrivateKey disco,
            PathSettings settings,
            RelaySettings relaySettings,
            LocalAddresses addresses,
            Consumer<PathEvent> sink)
            throws SSLException {
        this.addresses = addresses;
        this.sink = sink;
        core = new PathCore(x25519, entropy, disco, settings);
        pings = new Pings(entropy, this::inject);
        relays = RelayClient.start(relaySettings, x25519, entropy, node, new FromRelays());
        executor = relays.executor();
    }

    /**
     * Starts without peers and without a tunnel: {@link #onMap} and {@link #attach} follow, in any order. It is the listener that
     * the tunnel is opened with.
     *
     * @param x25519 for use by the driver's thread alone
     * @param entropy for use by the driver's thread, after this call
     * @param node the node's private key; stays the caller's, who wipes it after {@link #close}
     * @param disco private, for discovery; likewise. Stock nodes make a new one at each start. One that is kept lets peers find a
     *     node again that has started while nobody could tell them of a new one
     * @param sink is told everything, on the driver's thread, which it must not hold up
     * @throws SSLException if this JDK has no TLS
     */
    public static PathDriver start(
            X25519 x25519,
            Entropy entropy,
            PrivateKey node,
            PrivateKey disco,
            PathSettings settings,
            RelaySettings relaySettings,
            LocalAddresses addresses,
            Consumer<PathEvent> sink)
            throws SSLException {
        PathDriver driver = new PathDriver(x25519, entropy, node, disco, settings, relaySettings, addresses, sink);
        driver.post(now -> driver.watchAddresses());
        return driver;
    }

    /**
     * Asks the router for a port that leads to the tunnel's, from here on. By the thread that opens and closes the tunnel, as {@link
     * #unmapPort}.
     *
     * @param entropy for use by another thread, after this call
     */
    public void mapPort(Gateway.Source gateways, Entropy entropy) {
        unmapPort();
        long asked = mappings.incrementAndGet();
        PortMapDriver started = PortMapDriver.start(
                EnumSet.allOf(PortMapKind.class),
                entropy,
                gateways,
                (external, view) -> post(now -> {
                    if (asked == mappings.get()) {
                        core.onPortMap(view);
                    }
                }));
        portMap = started;
        Wire tunnel = wire;
        if (tunnel != null) {
            started.onPort(tunnel.port());
        }
    }

    /** Gives back what the router gave, and asks no more. */
    public void unmapPort() {
        PortMapDriver mapping = portMap;
        portMap = null;
        if (mapping != null) {
            mappings.incrementAndGet();
            mapping.close();
            post(now -> core.onPortMap(PortMapView.NOTHING));
        }
    }

    private void tellPort(int port) {
        PortMapDriver mapping = portMap;
        if (mapping != null) {
            mapping.onPort(port);
        }
        post(now -> core.onPort(port, now));
    }

    /** The public key that peers seal discovery messages for. */
    public DiscoKey discoKey() {
        return core.discoKey();
    }

    /** The sockets of the tunnel, of which this is the listener, from here on; endpoints in use are told again. */
    public void attach(Wire tunnel) {
        wire = tunnel;
        tellPort(tunnel.port());
        post(core::repeatEndpoints);
    }

    /** The network as it is from here on. */
    public void onMap(NetMap map) {
        post(now -> {
            pings.onMap(map);
            if (map.derpMap() != null) {
                relays.onMap(map.derpMap());
            }
            core.onMap(map, now);
        });
    }

    /** The node has another key, whose map follows. */
    public void useNodeKey(PrivateKey node) {
        post(now -> relays.useKey(node));
    }

    /** Networks that are routed through the tunnel from here on: no endpoint is in them. */
    public void onRoutes(List<Prefix> throughTunnel) {
        List<Prefix> routes = List.copyOf(throughTunnel);
        post(now -> core.onRoutes(routes, now));
    }

    /**
     * The host may have other addresses or another way out, as somebody knows who hears the kernel; otherwise that is seen within
     * five seconds. May be called as often as something happens: it is looked at, at once if it was not a moment ago.
     */
    public void onAddressesChanged() {
        post(this::lookSoon);
    }

    /** The host is in another network, as somebody knows who watches links; changes of addresses are seen anyway. */
    public void onLinkChanged() {
        post(now -> {
            lookAtAddresses();
            if (now - movedNs >= SAME_MOVE_NS) {
                linkChanged(now); // what was asked for since then must not be asked for again: answers are on their way
            }
        });
    }

    private void linkChanged(long nowNs) {
        PortMapDriver mapping = portMap;
        if (mapping != null) {
            mapping.onLinkChanged();
        }
        relays.onLinkChanged(this::isOurs);
        core.onLinkChanged(nowNs);
    }

    /** Pings a peer once; the result, an answer or none after five seconds, comes once, on the driver's thread. */
    public void ping(NodeKey peer, PingKind kind, Consumer<PingResult> result) {
        post(now -> {
            long number = pings.start(peer, result, now);
            switch (kind) {
                case DISCO -> core.ping(peer, number, now);
                case TSMP -> {
                    core.onTraffic(peer, true, false, now); // as the packet would tell a second later
                    pings.sendTsmp(peer, number);
                }
            }
        });
    }

    /** The paths to all peers as they are. */
    public CompletableFuture<Map<NodeKey, PathView>> paths() {
        CompletableFuture<Map<NodeKey, PathView>> views = new CompletableFuture<>();
        ask(views, () -> views.complete(core.views(System.nanoTime())));
        return views;
    }

    /** All that is known of the path to one peer; empty if there is no such peer. */
    public CompletableFuture<Optional<PathDetail>> detail(NodeKey peer) {
        CompletableFuture<Optional<PathDetail>> detail = new CompletableFuture<>();
        ask(detail, () -> detail.complete(Optional.ofNullable(core.detail(peer, System.nanoTime()))));
        return detail;
    }

    /** The longest packet that goes into the tunnel, from here on. */
    public void onTunnelMtu(int bytes) {
        post(now -> core.onTunnelMtu(bytes));
    }

    /** The connections to relays as they are. */
    public CompletableFuture<List<RelayView>> relays() {
        CompletableFuture<List<RelayView>> views = new CompletableFuture<>();
        ask(views, () -> views.complete(relays.views()));
        return views;
    }

    /** What was dropped since the start, by reason. */
    public CompletableFuture<PathCounters> counters() {
        CompletableFuture<PathCounters> counters = new CompletableFuture<>();
        ask(counters, () -> counters.complete(PathCounters.of(core, lost.get(), refused, relays.unknownRegions())));
        return counters;
    }

    private void ask(CompletableFuture<?> answer, Runnable question) {
        try {
            executor.execute(question);
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new IllegalStateException("the paths are closed", e));
        }
    }

    @Override
    public void onPort(int port) {
        tellPort(port);
    }

    @Override
    public void onDatagram(Endpoint source, byte[] datagram) {
        postBounded(now -> core.onDatagram(source, datagram, now));
    }

    @Override
    public void onSendFailed(Endpoint to, int errno) {
        postBounded(now -> core.onSendFailed(to, now));
    }

    @Override
    public void onTraffic(PublicKey peer, boolean hasSent, boolean hasReceived) {
        if (hasSent || hasReceived) {
            postBounded(now -> core.onTraffic(new NodeKey(peer), hasSent, hasReceived, now));
        }
    }

    @Override
    public void onPacket(byte[] packet) {
        postBounded(now -> pings.onPacket(packet, now));
    }

    @Override
    public void onRelayed() {
        if (isDrainDue.compareAndSet(false, true)) {
            try {
                executor.execute(this::drainRelayed);
            } catch (RejectedExecutionException e) {
                LOG.log(Level.TRACE, "closed, as are all paths", e);
            }
        }
    }

    private void drainRelayed() {
        Wire from = wire;
        isDrainDue.set(false); // before the ring is looked at, so that what comes meanwhile is not forgotten
        if (from != null && from.drainRelayed(toRelay, DRAIN_LIMIT) == DRAIN_LIMIT) {
            onRelayed(); // there may be more; others first
        }
    }

    private void sendRelayed(long relayId, DirectBuffer buffer, int offset, int length) {
        NodeKey peer = core.relayedPeer(relayId);
        int region = peer == null ? 0 : core.relayRegion(peer);
        if (peer == null || region == 0) {
            refused++;
            return;
        }
        if (copy.length < length) {
            copy = new byte[length];
        }
        buffer.getBytes(offset, copy, 0, length);
        relays.send(region, peer, copy, 0, length, false);
    }

    /** What relays say; on the thread that is the driver's as well. */
    private final class FromRelays implements RelayListener {
        private byte[] bytes = new byte[2048];

        @Override
        public void onPacket(int region, NodeKey source, ByteBuffer packet) {
            int length = packet.remaining();
            if (bytes.length < length) {
                bytes = new byte[length];
            }
            packet.get(bytes, 0, length);
            if (DiscoPacket.looksLikeOne(bytes, 0, length)) {
                if (length > MAX_DISCO_LENGTH) {
                    refused++;
                    return;
                }
                byte[] message = Arrays.copyOf(bytes, length);
                run(now -> core.onRelayPacket(region, source, message, now));
                return;
            }
            long id = core.relayId(source);
            Wire to = wire;
            if (id == 0 || to == null || !to.receiveRelayed(id, bytes, 0, length)) {
                refused++;
            } else if (core.relayRegion(source) == 0) {
                run(now -> core.onRelayedPeer(region, source, true, now));
            }
        }

        @Override
        public void onPeerGone(int region, NodeKey key) {
            run(now -> core.onRelayedPeer(region, key, false, now));
        }

        @Override
        public void onState(int region, boolean isUp) {
            run(now -> core.onRelay(region, isUp, now));
        }

        @Override
        public void onAddresses(int region, List<InetAddress> found) {
            tell(new PathEvent.RelayAddresses(
                    region, found.stream().map(LocalAddresses::of).toList()));
        }

        @Override
        public void onHealth(int region, String problem) {
            tell(new PathEvent.RelayHealth(region, problem));
        }
    }

    private void postBounded(Input input) {
        if (queued.incrementAndGet() > MAX_QUEUED) {
            queued.decrementAndGet();
            lost.incrementAndGet();
            return;
        }
        post(now -> {
            queued.decrementAndGet();
            input.at(now);
        });
    }

    private void post(Input input) {
        try {
            executor.execute(() -> run(input));
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "the paths are closed", e);
        }
    }

    /** On the driver's thread. A call out of an action only adds to what is done. */
    private void run(Input input) {
        try {
            act(input);
        } catch (RuntimeException e) {
            onFault(e);
        } finally {
            if (!draining) {
                wakeUp(); // also after a fault, or nobody would look again
            }
        }
    }

    private void act(Input input) {
        input.at(System.nanoTime());
        if (draining) {
            return;
        }
        draining = true;
        try {
            for (PathAction action = core.poll(); action != null; action = core.poll()) {
                perform(action);
            }
        } finally {
            draining = false;
        }
    }

    /** The next input may be what it needs. */
    private void onFault(RuntimeException fault) {
        LOG.log(Level.ERROR, "a fault of the paths", fault);
        tell(new PathEvent.Faulted("paths: " + fault));
    }

    private void perform(PathAction action) {
        switch (action) {
            case PathAction.SendDatagram send -> {
                Wire to = wire;
                if (to == null || !to.send(send.to(), send.datagram())) {
                    LOG.log(Level.TRACE, "no room for a datagram, or the interface is down");
                }
            }
            case PathAction.SendWhole send -> {
                Wire to = wire;
                if (to == null || !to.sendWhole(send.to(), send.datagram())) {
                    LOG.log(Level.TRACE, "no room for a datagram, or the interface is down");
                }
            }
            case PathAction.SendRelayed send ->
                relays.send(send.region(), send.to(), send.packet(), 0, send.packet().length, true);
            case PathAction.UseEndpoint use -> tell(new PathEvent.UseEndpoint(use.peer(), use.endpoint()));
            case PathAction.StatusChanged changed -> tell(changed.status());
            case PathAction.UseHome use -> relays.setHome(use.region());
            case PathAction.Resolve resolve -> resolve(resolve.hostName());
            case PathAction.MeasureConnect measure ->
                relays.measure(measure.region(), ns -> run(now -> core.onConnectTime(measure.region(), ns, now)));
            case PathAction.PingDone done -> pings.onDone(done.number(), done.result());
        }
    }

    private void tell(PathStatus status) {
        tell(new PathEvent.StatusChanged(status));
    }

    private void tell(PathEvent event) {
        try {
            sink.accept(event);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "a sink of paths failed", e); // the next event may be what it needs
        }
    }

    private boolean inject(byte[] packet) {
        Wire to = wire;
        return to != null && to.inject(packet);
    }

    private void resolve(String hostName) {
        Thread.ofVirtual().name("stun-resolver").start(() -> {
            List<Endpoint> found = List.of();
            try {
                found = Arrays.stream(InetAddress.getAllByName(hostName))
                        .map(LocalAddresses::of)
                        .toList();
            } catch (UnknownHostException e) {
                LOG.log(Level.DEBUG, "no address of the relay {0}", hostName);
            }
            List<Endpoint> answer = found;
            post(now -> core.onResolved(hostName, answer, now));
        });
    }

    private void watchAddresses() {
        lookAround();
        try {
            var _ = executor.schedule(this::watchAddresses, ADDRESSES_NS, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.TRACE, "closed", e);
        }
    }

    private void lookSoon(long nowNs) {
        long leftNs = notLookedAtBeforeNs - nowNs;
        if (leftNs <= 0) {
            lookAtAddresses();
        } else if (!isLookDue) {
            isLookDue = true;
            try {
                var _ = executor.schedule(this::lookAround, leftNs, TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                LOG.log(Level.TRACE, "closed", e);
            }
        }
    }

    /** By a timer, which nobody hears of a fault from. */
    private void lookAround() {
        try {
            lookAtAddresses();
        } catch (RuntimeException e) {
            onFault(e);
        }
    }

    private void lookAtAddresses() {
        isLookDue = false;
        long startNs = System.nanoTime();
        List<Endpoint> list = addresses.list();
        if (list == null) {
            return;
        }
        List<Endpoint> found = addresses.ways();
        long endNs = System.nanoTime();
        notLookedAtBeforeNs = endNs + LOOK_PAUSE_FACTOR * (endNs - startNs);
        boolean isMoved = (ways != null && !ways.equals(found)) || isAnyGone(list);
        ways = found;
        if (!list.equals(localAddresses)) {
            localAddresses = list;
            boolean hasV6 = list.stream().anyMatch(Endpoint::isV6);
            run(now -> core.onLocalAddresses(list, hasV6, now));
        }
        if (isMoved) {
            movedNs = endNs;
            run(this::linkChanged);
        }
    }

    /** One that is new is no reason to doubt paths; one of a link alone, as containers' have, leads to none. */
    private boolean isAnyGone(List<Endpoint> list) {
        return localAddresses.stream()
                .anyMatch(address -> !AddressRules.isLinkLocal(address) && !list.contains(address));
    }

    private boolean isOurs(InetAddress address) {
        return localAddresses.isEmpty() || localAddresses.contains(LocalAddresses.of(address));
    }

    private void wakeUp() {
        long nowNs = System.nanoTime();
        long leftNs = Math.min(LONGEST_WAIT_NS, Math.min(core.leftNs(nowNs), pings.leftNs(nowNs)));
        if (timer != null && !timer.isDone() && timerNs - (nowNs + leftNs) <= 0) {
            return; // it fires early and is set anew
        }
        if (timer != null) {
            timer.cancel(false);
        }
        timerNs = nowNs + leftNs;
        try {
            timer = executor.schedule(this::onTimer, leftNs, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            timer = null; // closed
        }
    }

    private void onTimer() {
        timer = null;
        run(now -> {
            pings.onTime(now);
            core.onTime(now);
        });
    }

    /** Ends the router's mapping, the connections to relays and the thread; nothing is told afterwards. */
    @Override
    public void close() {
        PortMapDriver mapping = portMap;
        if (mapping != null) {
            mapping.close();
        }
        relays.close();
    }
}
