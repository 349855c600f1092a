package io.penstock.node.path;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.wire.Wire;
import io.penstock.node.coordination.Seeded;
import io.penstock.node.path.core.Ignored;
import io.penstock.node.path.core.Maps;
import io.penstock.node.path.core.PathSettings;
import io.penstock.node.path.core.PathStatus;
import io.penstock.node.path.core.PathView;
import io.penstock.node.path.core.PingResult;
import io.penstock.node.relay.Proxies;
import io.penstock.node.relay.RelaySettings;
import io.penstock.node.relay.RelayUnderTest;
import io.penstock.node.relay.TcpPipe;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpNode;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.Node;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Drivers with a tunnel that is not one but has real sockets, and a relay of ours, on the loopback. */
class PathDriverTest {
    private static final PathSettings LOOPBACK = new PathSettings(List.of(), true);

    private final List<AutoCloseable> open = new ArrayList<>();
    private RelayUnderTest relay;
    private DerpMap relays;
    private Site a;
    private Site b;

    /** A node: its driver, and a socket in place of its tunnel. */
    private static final class Site implements Wire, AutoCloseable {
        final int number;
        final NodeKey key;
        final PathDriver driver;
        final DatagramSocket socket;
        final AtomicReference<@Nullable PathStatus> status = new AtomicReference<>();
        final Map<NodeKey, Endpoint> endpoints = new ConcurrentHashMap<>();
        final Queue<byte[]> toRelay = new ConcurrentLinkedQueue<>();
        final BlockingQueue<byte[]> fromRelay = new LinkedBlockingQueue<>();
        volatile List<Endpoint> hostAddresses = List.of(Endpoint.parse("127.0.0.1:0"));
        final Queue<String> faults = new ConcurrentLinkedQueue<>();
        volatile boolean hasFault;
        final AtomicReference<@Nullable Site> other = new AtomicReference<>();

        Site(int number) throws IOException {
            this.number = number;
            BouncyCastleX25519 x25519 = new BouncyCastleX25519();
            PrivateKey node = PrivateKey.generate(new Seeded(number));
            key = new NodeKey(node.publicKey(x25519));
            socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            driver = PathDriver.start(
                    x25519,
                    new Seeded(100 + number),
                    node,
                    PrivateKey.generate(new Seeded(200 + number)),
                    LOOPBACK,
                    new RelaySettings(null, true, Proxies.NONE),
                    this::addresses,
                    this::onEvent);
            Thread.ofVirtual().start(this::receive);
        }

        private List<Endpoint> addresses() {
            if (hasFault) {
                throw new IllegalStateException("planted");
            }
            return hostAddresses;
        }

        private void onEvent(PathEvent event) {
            switch (event) {
                case PathEvent.UseEndpoint use -> endpoints.put(use.peer(), use.endpoint());
                case PathEvent.StatusChanged changed -> status.set(changed.status());
                case PathEvent.RelayHealth health -> {}
                case PathEvent.RelayAddresses addresses -> {}
                case PathEvent.Faulted fault -> faults.add(fault.what());
            }
        }

        private void receive() {
            byte[] room = new byte[MAX_DATAGRAM];
            try {
                while (true) {
                    DatagramPacket packet = new DatagramPacket(room, room.length);
                    socket.receive(packet);
                    int address =
                            ByteBuffer.wrap(packet.getAddress().getAddress()).getInt();
                    driver.onDatagram(Endpoint.v4(address, packet.getPort()), Arrays.copyOf(room, packet.getLength()));
                }
            } catch (IOException e) {
                assertTrue(socket.isClosed(), e::toString);
            }
        }

        Node node() {
            PathStatus told = status.get();
            return Maps.node(
                    number,
                    key,
                    driver.discoKey(),
                    List.of(Prefix.parse("100.64.0." + number + "/32")),
                    told == null ? List.of() : told.endpoints(),
                    told == null ? 0 : told.netInfo().preferredDerp());
        }

        boolean isDirect(Site peer) {
            Endpoint endpoint = endpoints.get(peer.key);
            return endpoint != null && !endpoint.isRelay();
        }

        @Override
        public int port() {
            return socket.getLocalPort();
        }

        @Override
        public boolean send(Endpoint to, byte[] datagram) {
            byte[] address = ByteBuffer.allocate(4).putInt((int) to.low()).array();
            try {
                socket.send(
                        new DatagramPacket(datagram, datagram.length, InetAddress.getByAddress(address), to.port()));
                return true;
            } catch (IOException e) {
                driver.onSendFailed(to, 1);
                return false;
            }
        }

        @Override
        public boolean sendWhole(Endpoint to, byte[] datagram) {
            return send(to, datagram);
        }

        @Override
        public boolean receiveRelayed(long relayId, byte[] message, int offset, int length) {
            return fromRelay.add(Arrays.copyOfRange(message, offset, offset + length));
        }

        @Override
        public int drainRelayed(RelayedHandler handler, int limit) {
            int count = 0;
            for (byte[] message = toRelay.poll(); message != null; message = count < limit ? toRelay.poll() : null) {
                Endpoint endpoint = endpoints.values().iterator().next();
                handler.onRelayed(endpoint.low(), new UnsafeBuffer(message), 0, message.length);
                count++;
            }
            return count;
        }

        @Override
        public boolean inject(byte[] packet) {
            Site peer = other.get();
            if (peer != null) {
                peer.driver.onPacket(packet);
            }
            return peer != null;
        }

        @Override
        public void close() {
            driver.close();
            socket.close();
        }
    }

    @BeforeEach
    void start() throws IOException {
        relay = RelayUnderTest.plain(900);
        open.add(relay);
        relays = RelayUnderTest.map(relay.node().build());
        a = new Site(1);
        open.add(a);
        b = new Site(2);
        open.add(b);
        a.other.set(b);
        b.other.set(a);
        a.driver.attach(a);
        b.driver.attach(b);
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private void tellMaps() {
        a.driver.onMap(Maps.map(a.node(), List.of(b.node()), relays));
        b.driver.onMap(Maps.map(b.node(), List.of(a.node()), relays));
    }

    private static void assertEventually(String what, BooleanSupplier condition) throws InterruptedException {
        long deadlineNs = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadlineNs < 0, what);
            Thread.sleep(5);
        }
    }

    /** Both know where the other is, and are at home at the relay. */
    private void meet() throws InterruptedException {
        tellMaps();
        assertEventually("both have told where they are", () -> a.status.get() != null && b.status.get() != null);
        assertEventually("both are at home", () -> relay.server().clientKeys().containsAll(List.of(a.key, b.key)));
        tellMaps();
        assertEventually("both have a first endpoint", () -> a.endpoints.size() == 1 && b.endpoints.size() == 1);
    }

    private static PingResult ping(Site from, Site to, PingKind kind) throws InterruptedException {
        BlockingQueue<PingResult> results = new LinkedBlockingQueue<>();
        from.driver.ping(to.key, kind, results::add);
        return Objects.requireNonNull(results.poll(10, TimeUnit.SECONDS), "no result");
    }

    @Test
    void tellsWhereTheNodeIs() throws Exception {
        meet();
        PathStatus told = Objects.requireNonNull(a.status.get());
        assertEquals(900, told.netInfo().preferredDerp());
        assertEquals(List.of(Endpoint.parse("127.0.0.1:" + a.port())), told.endpoints());
        assertEquals(List.of(MapRequest.ENDPOINT_STUN), told.endpointTypes());
        assertEquals(a.driver.discoKey(), told.discoKey());
    }

    @Test
    void findsADirectPathAndSaysSo() throws Exception {
        meet();
        assertTrue(!a.isDirect(b), "at first by the relay");
        a.driver.onTraffic(b.key.value(), true, false);
        assertEventually("a direct path", () -> a.isDirect(b));
        PingResult.Direct direct = assertInstanceOf(PingResult.Direct.class, ping(a, b, PingKind.DISCO));
        assertEquals(Endpoint.parse("127.0.0.1:" + b.port()), direct.endpoint());
        PathView view = Objects.requireNonNull(
                a.driver.paths().get(10, TimeUnit.SECONDS).get(b.key));
        assertEquals(PathView.Kind.DIRECT, view.kind());
        assertTrue(a.driver.relays().get(10, TimeUnit.SECONDS).getFirst().isUp());
    }

    @Test
    void movesMessagesBetweenTunnelAndRelay() throws Exception {
        meet();
        for (int i = 0; i < 200; i++) {
            byte[] message = {4, 0, 0, 0, (byte) i};
            a.toRelay.add(message);
            a.driver.onRelayed();
            assertArrayEquals(message, b.fromRelay.poll(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void pingsInsideTheTunnel() throws Exception {
        meet();
        assertInstanceOf(PingResult.InTunnel.class, ping(a, b, PingKind.TSMP));
        b.other.set(null);
        PingResult.Failed failed = assertInstanceOf(PingResult.Failed.class, ping(a, b, PingKind.TSMP));
        assertTrue(failed.reason().contains("5 s"), failed::reason);
    }

    @Test
    void aFaultOfOursIsToldAndGoneOnFrom() throws Exception {
        meet();
        assertTrue(a.faults.isEmpty());
        a.hasFault = true;
        a.driver.onAddressesChanged();
        assertEventually("a fault is told", () -> !a.faults.isEmpty());
        assertTrue(a.faults.element().contains("planted"));
        a.hasFault = false;
        assertInstanceOf(PingResult.InTunnel.class, ping(a, b, PingKind.TSMP));
    }

    /** As the kernel tells of them: what hangs on an address that is gone is made anew at once, and nothing for one that is only new. */
    @Test
    void makesAConnectionAnewWhoseAddressIsGone() throws Exception {
        meet();
        long before = relay.server().counters().snapshot().admitted();
        a.hostAddresses = List.of(Endpoint.parse("127.0.0.1:0"), Endpoint.parse("127.0.0.9:0"));
        a.driver.onAddressesChanged();
        assertEquals(1, a.driver.paths().get(10, TimeUnit.SECONDS).size());
        assertEquals(before, relay.server().counters().snapshot().admitted());
        a.hostAddresses = List.of(Endpoint.parse("127.0.0.9:0"));
        a.driver.onAddressesChanged();
        assertEventually(
                "another connection", () -> relay.server().counters().snapshot().admitted() == before + 1);
    }

    @Test
    void usesAnotherKeyAtRelays() throws Exception {
        meet();
        BouncyCastleX25519 x25519 = new BouncyCastleX25519();
        PrivateKey other = PrivateKey.generate(new Seeded(55));
        NodeKey otherKey = new NodeKey(other.publicKey(x25519));
        a.driver.useNodeKey(other);
        assertEventually(
                "there by the other key",
                () -> relay.server().clientKeys().contains(otherKey)
                        && !relay.server().clientKeys().contains(a.key));
    }

    @Test
    void countsWhatIsNotForIt() throws Exception {
        meet();
        a.driver.onDatagram(Endpoint.parse("127.0.0.1:5"), new byte[] {1, 2, 3});
        PathCounters counters = a.driver.counters().get(10, TimeUnit.SECONDS);
        assertEquals(1L, counters.ignored().get(Ignored.OTHER_DATAGRAM));
        assertEquals(0, counters.lost());
    }

    @Test
    void endsQuietly() {
        a.driver.close();
        a.driver.onDatagram(Endpoint.parse("127.0.0.1:5"), new byte[] {1, 2, 3});
        a.driver.onRelayed();
        assertTrue(a.driver.paths().isCompletedExceptionally());
    }

    /** The whole region dies without a word, and the nearest of the others is home. */
    @Test
    void movesHomeToAnotherRegionWhenOneIsLost() throws Exception {
        Map<Integer, RelayUnderTest> servers = new TreeMap<>();
        Map<Integer, TcpPipe> pipes = new TreeMap<>();
        List<DerpNode> nodes = new ArrayList<>();
        for (int region = 910; region < 913; region++) {
            RelayUnderTest server = RelayUnderTest.plain(region);
            TcpPipe pipe = new TcpPipe(server.server().address());
            open.add(server);
            open.add(pipe);
            servers.put(region, server);
            pipes.put(region, pipe);
            nodes.add(server.node().derpPort(pipe.port()).build());
        }
        relays = RelayUnderTest.map(nodes.toArray(DerpNode[]::new));
        tellMaps();
        assertEventually("it is at home", () -> home(a) != 0 && isThere(servers, home(a)));
        int lost = home(a);
        long startNs = System.nanoTime();
        Objects.requireNonNull(pipes.get(lost)).close();
        Objects.requireNonNull(servers.get(lost)).stop();
        assertEventually("it is at home elsewhere", () -> home(a) != lost && isThere(servers, home(a)));
        double tookMs = (System.nanoTime() - startNs) / 1e6;
        System.out.printf("region lost: at home in another after %.0f ms%n", tookMs);
        assertTrue(tookMs < 6000, () -> tookMs + " ms");
    }

    private static int home(Site site) {
        PathStatus told = site.status.get();
        return told == null ? 0 : told.netInfo().preferredDerp();
    }

    private boolean isThere(Map<Integer, RelayUnderTest> servers, int region) {
        RelayUnderTest server = servers.get(region);
        return server != null && server.server().clientKeys().contains(a.key);
    }
}
