package io.penstock.node.daemon;

import io.penstock.engine.Parallelism;
import io.penstock.engine.SystemEntropy;
import io.penstock.engine.Tunnel;
import io.penstock.engine.TunnelOptions;
import io.penstock.engine.aead.EngineUnavailableException;
import io.penstock.engine.aead.NativeX25519;
import io.penstock.engine.filter.PacketFilter;
import io.penstock.engine.uapi.Change;
import io.penstock.engine.uapi.Configuration;
import io.penstock.engine.uapi.PeerBlock;
import io.penstock.engine.uapi.Secret;
import io.penstock.engine.uapi.Snapshot;
import io.penstock.engine.uapi.UapiServer;
import io.penstock.engine.wire.WireListener;
import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.node.api.PathDebug;
import io.penstock.node.api.PeerPath;
import io.penstock.node.api.PingType;
import io.penstock.node.daemon.core.Names;
import io.penstock.node.daemon.core.NodeAction;
import io.penstock.node.daemon.core.PathReport;
import io.penstock.node.daemon.core.Readings;
import io.penstock.node.filter.FilterCompiler;
import io.penstock.node.path.LocalAddresses;
import io.penstock.node.path.PathDriver;
import io.penstock.node.path.PathEvent;
import io.penstock.node.path.PingKind;
import io.penstock.node.path.core.PathDetail;
import io.penstock.node.path.core.PathSettings;
import io.penstock.node.path.core.PathStatus;
import io.penstock.node.path.core.PathView;
import io.penstock.node.path.core.PingResult;
import io.penstock.node.portmap.Gateway;
import io.penstock.node.relay.RelaySettings;
import io.penstock.node.relay.RelayView;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.DatagramSocket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The real interface: a tunnel, the paths of its peers, and the socket by which {@code wg show} looks at it. By that socket nothing
 * can be changed: the map says who the peers are, and what somebody set there would be gone with the next map.
 */
final class TunnelPlane implements DataPlane {
    private static final Logger LOG = System.getLogger(TunnelPlane.class.getName());
    private static final long PATIENCE_MS = 2000;

    /** How to make them. */
    record Options(Path stateFolder, @Nullable String aead, PathSettings paths, RelaySettings relays) {}

    private final Tunnel tunnel;
    private final PathDriver paths;
    private final @Nullable UapiServer socket;
    private volatile boolean isClosing;
    private volatile int tunnelMtu;
    private volatile @Nullable DerpMap relays;

    private TunnelPlane(Tunnel tunnel, PathDriver paths, @Nullable UapiServer socket) {
        this.tunnel = tunnel;
        this.paths = paths;
        this.socket = socket;
    }

    /** Makes real interfaces. */
    static Factory factory(Options options) {
        return (name, port, fwmark, key, disco, listener) -> open(options, name, port, fwmark, key, disco, listener);
    }

    private static TunnelPlane open(
            Options options, String name, int port, int fwmark, PrivateKey key, PrivateKey disco, Listener listener)
            throws IOException {
        X25519 x25519 = NativeX25519.choose(reason -> LOG.log(Level.DEBUG, reason));
        PathDriver driver = PathDriver.start(
                x25519,
                new SystemEntropy(),
                key,
                disco,
                options.paths(),
                options.relays(),
                LocalAddresses.ofSystem(),
                event -> tell(event, listener));
        Tunnel opened = null;
        try {
            opened = openTunnel(options, name, new Listening(driver, listener));
            opened.filter(PacketFilter.NOTHING);
            check(
                    apply(
                            opened,
                            List.of(
                                    new Change.PrivateKey(secret(key)),
                                    new Change.ListenPort(freePort(port)),
                                    new Change.Fwmark(fwmark))),
                    "settings of " + name);
            driver.attach(opened.wire());
            TunnelPlane plane = new TunnelPlane(opened, driver, openSocket(opened));
            plane.watch(listener);
            listener.onPaths(new PathReport(List.of(), List.of(), null, driver.discoKey()));
            return plane;
        } catch (IOException | RuntimeException e) {
            if (opened != null) {
                opened.close();
            }
            driver.close();
            throw e;
        }
    }

    private static Tunnel openTunnel(Options options, String name, WireListener listener) throws IOException {
        try {
            return Tunnel.open(new TunnelOptions(
                    name,
                    -1,
                    options.aead(),
                    Parallelism.of(Runtime.getRuntime().availableProcessors()),
                    options.stateFolder(),
                    Duration.ofNanos(Protocol.REKEY_AFTER_TIME_NS),
                    LOG,
                    listener));
        } catch (ErrnoException e) {
            throw new IOException(cure(name, e), e);
        } catch (EngineUnavailableException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static String cure(String name, ErrnoException e) {
        String why =
                switch (e.errno()) {
                    case Errno.EPERM, Errno.EACCES -> ": it takes root, or the capability CAP_NET_ADMIN";
                    case Errno.ENOENT, Errno.ENODEV ->
                        ": there is no /dev/net/tun; load the module by `modprobe tun`, or give the container the device";
                    case Errno.EBUSY, Errno.EEXIST, Errno.EINVAL ->
                        ": another program has an interface of this name, or the system has; end it, or choose another by"
                                + " `penstock set --interface-name NAME`";
                    default -> "";
                };
        return "the interface " + name + " cannot be made (" + e.getMessage() + ")" + why;
    }

    /** {@code wg show} is a comfort, and no reason not to run. */
    private static @Nullable UapiServer openSocket(Tunnel tunnel) {
        UapiServer server;
        try {
            server = UapiServer.open(tunnel.name());
        } catch (ErrnoException e) {
            LOG.log(Level.WARNING, "`wg show` will not see {0}: {1}", tunnel.name(), e.getMessage());
            return null;
        }
        server.start(
                readOnly(tunnel.configuration()), () -> LOG.log(Level.WARNING, "the socket of wg was removed"), LOG);
        return server;
    }

    private static Configuration readOnly(Configuration of) {
        return new Configuration() {
            @Override
            public int apply(PeerBlock block, List<Change> changes) {
                return changes.stream().allMatch(TunnelPlane::isHarmless) ? 0 : -Errno.EPERM;
            }

            @Override
            public int read(Snapshot snapshot) {
                return of.read(snapshot);
            }
        };
    }

    private static boolean isHarmless(Change change) {
        return change instanceof Change.EndOfPeer;
    }

    /** What was asked for if nobody has it, otherwise any. */
    private static int freePort(int port) {
        if (port == 0) {
            return 0;
        }
        try (DatagramSocket probe = new DatagramSocket(port)) {
            return probe.getLocalPort();
        } catch (SocketException e) {
            LOG.log(
                    Level.WARNING,
                    "UDP port {0} is in use, another one is taken: {1}",
                    Integer.toString(port),
                    e.getMessage());
            return 0;
        }
    }

    private static Secret secret(PrivateKey key) {
        return new Secret(key.toBytes());
    }

    private static int apply(Tunnel tunnel, List<Change> changes) {
        try {
            return tunnel.configuration().apply(new PeerBlock(), changes);
        } finally {
            changes.forEach(Change::wipe);
        }
    }

    private static void check(int result, String what) throws IOException {
        if (result < 0) {
            throw new ErrnoException(what, -result);
        }
    }

    private void watch(Listener listener) {
        Thread.ofVirtual().name("watch-" + tunnel.name()).start(() -> {
            try {
                tunnel.awaitClosed();
                if (!isClosing) {
                    listener.onEnded();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static void tell(PathEvent event, Listener listener) {
        switch (event) {
            case PathEvent.UseEndpoint(NodeKey peer, Endpoint endpoint) -> listener.onUseEndpoint(peer, endpoint);
            case PathEvent.StatusChanged(PathStatus status) ->
                listener.onPaths(new PathReport(
                        status.endpoints(), status.endpointTypes(), status.netInfo(), status.discoKey()));
            case PathEvent.Faulted(String what) -> listener.onFault(what);
            case PathEvent.RelayAddresses(int region, List<Endpoint> addresses) ->
                listener.onRelayAddresses(region, addresses);
            case PathEvent.RelayHealth(int region, String problem) -> {
                if (!problem.isEmpty()) {
                    LOG.log(Level.WARNING, "the relay of region {0} says: {1}", Integer.toString(region), problem);
                }
            }
        }
    }

    @Override
    public void configure(List<Change> changes) throws IOException {
        check(apply(tunnel, changes), "peers of " + tunnel.name());
    }

    @Override
    public void filter(NodeAction.Filter filter) {
        tunnel.filter(FilterCompiler.compile(
                filter.rules(), filter.local(), capability -> filter.capable().getOrDefault(capability, List.of())));
    }

    @Override
    public void shut() {
        tunnel.filter(PacketFilter.NOTHING);
    }

    @Override
    public void useKey(PrivateKey key) throws IOException {
        check(apply(tunnel, List.of(new Change.RenewedPrivateKey(secret(key)))), "key of " + tunnel.name());
        paths.useNodeKey(key);
    }

    @Override
    public void followPaths(NetMap map) {
        relays = map.derpMap();
        paths.onMap(map);
    }

    @Override
    public void routes(List<Prefix> throughTunnel) {
        paths.onRoutes(throughTunnel);
    }

    @Override
    public void mapPort(boolean isAsked) {
        if (isAsked) {
            paths.mapPort(Gateway::ofSystem, new SystemEntropy());
        } else {
            paths.unmapPort();
        }
    }

    @Override
    public void hostStirred() {
        paths.onAddressesChanged();
    }

    @Override
    public void hostMoved(boolean isElsewhere) {
        paths.onAddressesChanged();
        if (isElsewhere) {
            paths.onLinkChanged();
        }
    }

    @Override
    public void ping(NodeKey peer, PingType type, Consumer<PingOutcome> outcome) {
        PingKind kind =
                switch (type) {
                    case DISCO -> PingKind.DISCO;
                    case TSMP -> PingKind.TSMP;
                };
        paths.ping(peer, kind, result -> outcome.accept(outcomeOf(peer, result)));
    }

    private PingOutcome outcomeOf(NodeKey peer, PingResult result) {
        return switch (result) {
            case PingResult.Direct(Endpoint endpoint, long roundTripNs) ->
                new PingOutcome.Answered(new PeerPath(
                        PeerPath.Kind.DIRECT, endpoint.withoutLocal().toString(), null, null, ms(roundTripNs), null));
            case PingResult.Relayed(int region, long roundTripNs) ->
                new PingOutcome.Answered(
                        new PeerPath(PeerPath.Kind.RELAY, null, code(region), null, ms(roundTripNs), null));
            case PingResult.InTunnel(long roundTripNs) -> {
                // The answer comes on the paths' own thread, which cannot be waited for there.
                PeerPath last = lastPaths.getOrDefault(peer, PeerPath.NONE);
                yield new PingOutcome.Answered(
                        new PeerPath(last.kind(), last.addr(), last.relay(), last.since(), ms(roundTripNs), null));
            }
            case PingResult.Failed(String reason) -> new PingOutcome.Failed(reason);
        };
    }

    private volatile Map<NodeKey, PeerPath> lastPaths = Map.of();

    private String code(int region) {
        DerpMap known = relays;
        Map<Integer, DerpRegion> regions = known == null ? null : known.regions();
        DerpRegion found = regions == null ? null : regions.get(region);
        return found == null ? Integer.toString(region) : found.regionCode();
    }

    private static double ms(long ns) {
        return Math.round(ns / 1000.0) / 1000.0;
    }

    @Override
    public Readings readings() {
        Map<NodeKey, PeerPath> all = new HashMap<>();
        Map<NodeKey, Readings.Counters> counters = new HashMap<>();
        read(counters, all);
        Instant now = Instant.now();
        Map<NodeKey, Readings.Narrow> narrow = new HashMap<>();
        views().forEach((key, view) -> {
            all.put(key, path(view, now));
            Endpoint endpoint = view.narrow();
            if (endpoint != null) {
                narrow.put(key, new Readings.Narrow(endpoint.toString(), view.fullBytes()));
            }
        });
        lastPaths = Map.copyOf(all);
        return new Readings(counters, all, lostRelays(), narrow);
    }

    @Override
    public @Nullable PathDebug debugPath(Node peer, Instant now) {
        Optional<PathDetail> detail = ask(paths.detail(peer.key()), Optional.empty());
        if (detail.isEmpty()) {
            return null;
        }
        List<String> addresses = Names.addresses(peer);
        return PathDebugView.of(
                detail.get(),
                Names.brief(peer),
                addresses.isEmpty() ? "" : addresses.getFirst(),
                peer.key(),
                path(detail.get().view(), now),
                tunnelMtu,
                this::code,
                now);
    }

    @Override
    public void mtu(int bytes) {
        tunnelMtu = bytes;
        paths.onTunnelMtu(bytes);
    }

    private Map<NodeKey, PathView> views() {
        return ask(paths.paths(), Map.of());
    }

    /** Only the home counts: the others are connected to when somebody is there. */
    private Map<String, String> lostRelays() {
        Map<String, String> lost = new TreeMap<>();
        for (RelayView relay : ask(paths.relays(), List.<RelayView>of())) {
            if (relay.isHome() && !relay.isUp() && !relay.problem().isEmpty()) {
                lost.put(code(relay.region()), relay.problem());
            }
        }
        return lost;
    }

    private static <T> T ask(Future<T> answer, T none) {
        try {
            return answer.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.log(Level.WARNING, "the paths do not tell how they are", e);
        }
        return none;
    }

    private PeerPath path(PathView view, Instant now) {
        Endpoint endpoint = view.endpoint();
        PeerPath.Kind kind =
                switch (view.kind()) {
                    case DIRECT -> PeerPath.Kind.DIRECT;
                    case RELAY -> PeerPath.Kind.RELAY;
                    case NONE -> PeerPath.Kind.NONE;
                };
        return new PeerPath(
                kind,
                endpoint == null ? null : endpoint.withoutLocal().toString(),
                view.region() == 0 ? null : code(view.region()),
                kind == PeerPath.Kind.NONE ? null : now.minusNanos(view.sinceNs()),
                view.roundTripNs() < 0 ? null : ms(view.roundTripNs()),
                view.mtuBytes() == 0 ? null : (Integer) view.mtuBytes());
    }

    private void read(Map<NodeKey, Readings.Counters> counters, Map<NodeKey, PeerPath> endpoints) {
        Snapshot snapshot = new Snapshot();
        Configuration configuration = tunnel.configuration();
        while (!snapshot.isComplete() && configuration.read(snapshot) == 0) {
            for (Snapshot.Item item : snapshot.items()) {
                if (item instanceof Snapshot.Item.PeerState peer) {
                    NodeKey key = new NodeKey(peer.publicKey());
                    Instant handshake = peer.handshakeSeconds() == 0
                            ? null
                            : Instant.ofEpochSecond(peer.handshakeSeconds(), peer.handshakeNanos());
                    counters.put(key, new Readings.Counters(handshake, peer.receivedBytes(), peer.sentBytes()));
                    Endpoint endpoint = peer.endpoint();
                    if (endpoint != null && !endpoint.isRelay()) {
                        endpoints.put(
                                key,
                                new PeerPath(
                                        PeerPath.Kind.DIRECT,
                                        endpoint.withoutLocal().toString(),
                                        null,
                                        null,
                                        null,
                                        null));
                    }
                }
            }
            snapshot.wipe();
        }
        snapshot.wipe();
    }

    @Override
    public void close() {
        isClosing = true;
        if (socket != null) {
            socket.close();
        }
        tunnel.close();
        paths.close();
    }

    /** The paths hear everything, the node hears of the port too. */
    private record Listening(PathDriver driver, Listener listener) implements WireListener {
        @Override
        public void onPort(int port) {
            driver.onPort(port);
            listener.onPort(port);
        }

        @Override
        public void onDatagram(Endpoint source, byte[] datagram) {
            driver.onDatagram(source, datagram);
        }

        @Override
        public void onSendFailed(Endpoint to, int errno) {
            driver.onSendFailed(to, errno);
        }

        @Override
        public void onTraffic(PublicKey peer, boolean hasSent, boolean hasReceived) {
            driver.onTraffic(peer, hasSent, hasReceived);
        }

        @Override
        public void onPacket(byte[] packet) {
            driver.onPacket(packet);
        }

        @Override
        public void onRelayed() {
            driver.onRelayed();
        }
    }
}
