package io.penstock.node.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.coordination.Seeded;
import io.penstock.node.path.core.Maps;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpNode;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes at relays of ours, over real sockets on the loopback. */
class RelayClientTest {
    private static final RelaySettings PLAIN = new RelaySettings(null, true, Proxies.NONE);

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private record Packet(int region, NodeKey source, String text) {}

    /** A node that notes what it is told. */
    private final class Member implements RelayListener {
        final RelayClient client;
        final NodeKey key;
        final BlockingQueue<Packet> packets = new LinkedBlockingQueue<>();
        final Set<Integer> up = ConcurrentHashMap.newKeySet();
        final Set<Integer> told = ConcurrentHashMap.newKeySet();
        final Set<InetAddress> addresses = ConcurrentHashMap.newKeySet();
        final Set<NodeKey> gone = ConcurrentHashMap.newKeySet();

        Member(int seed, RelaySettings settings, DerpMap map, int home) throws SSLException {
            BouncyCastleX25519 x25519 = new BouncyCastleX25519();
            PrivateKey node = PrivateKey.generate(new Seeded(seed));
            key = new NodeKey(node.publicKey(x25519));
            client = RelayClient.start(settings, x25519, new Seeded(seed + 1), node, this);
            open.add(client);
            onLoop(() -> {
                client.onMap(map);
                client.setHome(home);
            });
        }

        void onLoop(Runnable task) {
            client.executor().execute(task);
        }

        void send(int region, NodeKey to, String text) {
            byte[] bytes = text.getBytes(UTF_8);
            onLoop(() -> client.send(region, to, bytes, 0, bytes.length, false));
        }

        Packet next() throws InterruptedException {
            return Objects.requireNonNull(packets.poll(10, TimeUnit.SECONDS), "no packet came");
        }

        RelayView view(int region) throws Exception {
            return client.executor()
                    .submit(() -> client.views().stream()
                            .filter(view -> view.region() == region)
                            .findFirst()
                            .orElseThrow())
                    .get(10, TimeUnit.SECONDS);
        }

        @Override
        public void onPacket(int region, NodeKey source, ByteBuffer packet) {
            packets.add(new Packet(region, source, UTF_8.decode(packet).toString()));
        }

        @Override
        public void onPeerGone(int region, NodeKey peer) {
            gone.add(peer);
        }

        @Override
        public void onState(int region, boolean isUp) {
            told.add(region);
            if (isUp) {
                up.add(region);
            } else {
                up.remove(region);
            }
        }

        @Override
        public void onAddresses(int region, List<InetAddress> found) {
            addresses.addAll(found);
        }

        @Override
        public void onHealth(int region, String problem) {}
    }

    private RelayUnderTest plain(int region) throws IOException {
        RelayUnderTest relay = RelayUnderTest.plain(region);
        open.add(relay);
        return relay;
    }

    private RelayUnderTest tls(int region) throws IOException {
        RelayUnderTest relay = RelayUnderTest.tls(region);
        open.add(relay);
        return relay;
    }

    private static void assertEventually(String what, BooleanSupplier condition) throws InterruptedException {
        long deadlineNs = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadlineNs < 0, what);
            Thread.sleep(5);
        }
    }

    private void assertTalk(Member a, Member b, int region) throws InterruptedException {
        a.send(region, b.key, "to b");
        assertEquals(new Packet(region, a.key, "to b"), b.next());
        b.send(region, a.key, "to a");
        assertEquals(new Packet(region, b.key, "to a"), a.next());
    }

    @Test
    void carriesPacketsBothWays() throws Exception {
        DerpMap map = RelayUnderTest.map(plain(900).node().build());
        Member a = new Member(10, PLAIN, map, 900);
        Member b = new Member(20, PLAIN, map, 900);
        assertEventually("both are there", () -> a.up.contains(900) && b.up.contains(900));
        assertTalk(a, b, 900);
        assertTrue(a.view(900).isUp());
        assertTrue(a.view(900).isHome());
        assertEquals("900a", a.view(900).node());
        assertEquals(Set.of(InetAddress.ofLiteral("127.0.0.1")), a.addresses);
    }

    @Test
    void trustsAPinnedCertificate() throws Exception {
        DerpMap map = RelayUnderTest.map(tls(900).node().build());
        Member a = new Member(10, RelaySettings.DEFAULT, map, 900);
        Member b = new Member(20, RelaySettings.DEFAULT, map, 900);
        assertEventually("both are there", () -> a.up.contains(900) && b.up.contains(900));
        assertTalk(a, b, 900);
    }

    @Test
    void refusesACertificateThatIsNotThePinnedOne() throws Exception {
        DerpNode node =
                tls(900).node().certName("sha256-raw:" + "ab".repeat(32)).build();
        Member a = new Member(10, RelaySettings.DEFAULT, RelayUnderTest.map(node), 900);
        assertEventually("it was tried", () -> a.told.contains(900));
        assertFalse(a.up.contains(900));
        assertTrue(a.view(900).problem().contains("fingerprint"), a.view(900)::problem);
    }

    @Test
    void refusesACertificateThatNobodyVouchesFor() throws Exception {
        DerpNode node = tls(900).node().certName("").build();
        Member a = new Member(10, RelaySettings.DEFAULT, RelayUnderTest.map(node), 900);
        assertEventually("it was tried", () -> a.told.contains(900));
        assertFalse(a.up.contains(900));
    }

    @Test
    void trustsTheAuthoritiesAndChecksTheName() throws Exception {
        RelayUnderTest relay = tls(900);
        RelaySettings settings = new RelaySettings(authorities(relay), false, Proxies.NONE);
        DerpNode right = relay.node().hostName("localhost").certName("").build();
        Member a = new Member(10, settings, RelayUnderTest.map(right), 900);
        assertEventually("the name is right", () -> a.up.contains(900));
        DerpNode other =
                relay.node().hostName("127.0.0.1").certName("relay.example").build();
        Member b = new Member(20, settings, RelayUnderTest.map(other), 900);
        assertEventually("the other name is right", () -> b.up.contains(900));
        DerpNode wrong = relay.node().hostName("other.example").certName("").build();
        Member c = new Member(30, settings, RelayUnderTest.map(wrong), 900);
        assertEventually("it was tried", () -> c.told.contains(900));
        assertFalse(c.up.contains(900));
    }

    private static TrustManagerFactory authorities(RelayUnderTest relay) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry(
                "relay", Objects.requireNonNull(relay.certificate()).certificate());
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }

    @Test
    void comesBackAfterARelayRestarts() throws Exception {
        RelayUnderTest relay = plain(900);
        DerpMap map = RelayUnderTest.map(relay.node().build());
        Member a = new Member(10, PLAIN, map, 900);
        Member b = new Member(20, PLAIN, map, 900);
        assertEventually("both are there", () -> a.up.contains(900) && b.up.contains(900));
        relay.restart();
        assertEventually(
                "both are there again", () -> relay.server().clientKeys().containsAll(Set.of(a.key, b.key)));
        assertTalk(a, b, 900);
        assertTrue(a.up.contains(900), "a relay that is back at once was not down");
    }

    @Test
    void saysThatARelayIsDown() throws Exception {
        RelayUnderTest relay = plain(900);
        Member a = new Member(10, PLAIN, RelayUnderTest.map(relay.node().build()), 900);
        assertEventually("it is there", () -> a.up.contains(900));
        relay.stop();
        assertEventually("it was told", () -> !a.up.contains(900));
        assertFalse(a.view(900).problem().isEmpty());
    }

    @Test
    void meetsPeersThatAreAtHomeElsewhere() throws Exception {
        DerpMap map =
                RelayUnderTest.map(plain(900).node().build(), plain(901).node().build());
        Member a = new Member(10, PLAIN, map, 900);
        Member b = new Member(20, PLAIN, map, 901);
        assertEventually("both are at home", () -> a.up.contains(900) && b.up.contains(901));
        a.send(901, b.key, "hello");
        assertEquals(new Packet(901, a.key, "hello"), b.next());
        b.send(900, a.key, "hello too");
        assertEquals(new Packet(900, b.key, "hello too"), a.next());
        assertTrue(a.view(900).isHome());
        assertFalse(a.view(901).isHome());
    }

    @Test
    void triesTheNextNodeOfARegion() throws Exception {
        RelayUnderTest relay = plain(900);
        DerpNode dead = relay.node().name("900x").derpPort(9).build();
        DerpNode alive = relay.node().name("900b").build();
        DerpMap both = new DerpMap(null, Map.of(900, Maps.region(900, dead, alive)), true);
        Member a = new Member(10, PLAIN, both, 900);
        assertEventually("the second one is there", () -> a.up.contains(900));
        assertEquals("900b", a.view(900).node());
    }

    @Test
    void keepsTheNewestOfAFlood() throws Exception {
        RelayUnderTest relay = plain(900);
        DerpMap map = RelayUnderTest.map(relay.node().build());
        Member a = new Member(10, PLAIN, map, 900);
        Member b = new Member(20, PLAIN, map, 900);
        assertEventually("both are there", () -> a.up.contains(900) && b.up.contains(900));
        String filling = "x".repeat(1300);
        int count = 20_000;
        for (int i = 0; i < count; i++) {
            a.send(900, b.key, i + " " + filling);
        }
        Packet last = b.next();
        int received = 1;
        while (!last.text().startsWith(count - 1 + " ")) {
            last = b.next();
            received++;
        }
        RelayView view = a.view(900);
        assertEquals(count, view.sent() + view.dropped());
        assertTrue(received > 0 && received <= view.sent());
    }

    @Test
    void dropsWhatIsForARegionThatIsNotInTheMap() throws Exception {
        Member a = new Member(10, PLAIN, RelayUnderTest.map(plain(900).node().build()), 900);
        a.send(905, a.key, "nobody");
        assertEquals(1L, a.client.executor().submit(a.client::unknownRegions).get(10, TimeUnit.SECONDS));
    }

    @Test
    void tellsThatAPeerHasLeft() throws Exception {
        DerpMap map = RelayUnderTest.map(plain(900).node().build());
        Member a = new Member(10, PLAIN, map, 900);
        Member b = new Member(20, PLAIN, map, 900);
        assertEventually("both are there", () -> a.up.contains(900) && b.up.contains(900));
        assertTalk(a, b, 900);
        b.client.close();
        assertEventually("it was told", () -> a.gone.contains(b.key));
    }

    @Test
    void measuresHowLongAConnectionTakes() throws Exception {
        Member a = new Member(10, PLAIN, RelayUnderTest.map(plain(900).node().build()), 0);
        BlockingQueue<Long> results = new LinkedBlockingQueue<>();
        a.onLoop(() -> {
            a.client.measure(900, results::add);
            a.client.measure(905, results::add);
        });
        long one = Objects.requireNonNull(results.poll(10, TimeUnit.SECONDS));
        long other = Objects.requireNonNull(results.poll(10, TimeUnit.SECONDS));
        assertEquals(-1, Math.min(one, other));
        assertTrue(Math.max(one, other) > 0);
    }

    /** A proxy that asks for a password, and notes the requests that it got; all lead to one place. */
    private ServerSocket proxy(InetSocketAddress to, BlockingQueue<String> requests) throws IOException {
        ServerSocket listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        open.add(listener);
        Thread.ofVirtual().start(() -> {
            while (!listener.isClosed()) {
                try (Socket client = listener.accept()) {
                    serve(client, to, requests);
                } catch (IOException e) {
                    // Closed, or a client that has left.
                }
            }
        });
        return listener;
    }

    private static void serve(Socket client, InetSocketAddress to, BlockingQueue<String> requests) throws IOException {
        StringBuilder head = new StringBuilder();
        InputStream in = client.getInputStream();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
        requests.add(head.toString());
        boolean isAllowed = head.indexOf("Basic am9lOnB3") >= 0; // joe:pw
        client.getOutputStream()
                .write((isAllowed ? "HTTP/1.1 200 yes\r\n\r\n" : "HTTP/1.1 407 who?\r\n\r\n").getBytes(UTF_8));
        if (isAllowed) {
            try (Socket far = new Socket(to.getAddress(), to.getPort())) {
                Thread.ofVirtual().start(() -> {
                    try {
                        far.getInputStream().transferTo(client.getOutputStream());
                    } catch (IOException e) {
                        return; // either has ended
                    }
                });
                in.transferTo(far.getOutputStream());
            }
        }
    }

    @Test
    void reachesARelayThroughAProxyThatWantsAPassword() throws Exception {
        RelayUnderTest relay = tls(900);
        BlockingQueue<String> requests = new LinkedBlockingQueue<>();
        int port = proxy(relay.server().address(), requests).getLocalPort();
        DerpNode node =
                relay.node().hostName("relay.example").ipv4("").derpPort(8443).build(); // a name that nobody knows here
        Proxies proxies = Proxies.of(Map.of("HTTPS_PROXY", "http://joe:pw@127.0.0.1:" + port));
        Member a = new Member(10, new RelaySettings(null, false, proxies), RelayUnderTest.map(node), 900);
        assertEventually("it is there", () -> a.up.contains(900));
        String head = Objects.requireNonNull(requests.poll(10, TimeUnit.SECONDS));
        assertTrue(head.startsWith("CONNECT relay.example:8443 HTTP/1.1\r\n"), head);
        assertEquals(Set.of(InetAddress.ofLiteral("127.0.0.1")), a.addresses, "where packets lead is told");
        a.send(900, a.key, "to myself");
        assertEquals(new Packet(900, a.key, "to myself"), a.next());
    }

    @Test
    void saysThatAProxyRefuses() throws Exception {
        RelayUnderTest relay = tls(900);
        int port = proxy(relay.server().address(), new LinkedBlockingQueue<>()).getLocalPort();
        DerpNode node = relay.node().hostName("relay.example").ipv4("").build();
        Proxies proxies = Proxies.of(Map.of("HTTPS_PROXY", "http://127.0.0.1:" + port));
        Member a = new Member(10, new RelaySettings(null, false, proxies), RelayUnderTest.map(node), 900);
        assertEventually("it was tried", () -> a.told.contains(900));
        assertFalse(a.up.contains(900));
        String problem = a.view(900).problem();
        assertTrue(problem.contains("proxy 127.0.0.1:" + port) && problem.contains("407"), problem);
    }
}
