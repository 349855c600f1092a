package io.penstock.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.Greeting;
import io.penstock.protocol.key.NodeKey;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.core.DropReason;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.wireguard.PublicKey;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A relay over real sockets on the loopback: what clients see of it. */
class RelayServerTest {
    private static final Greeting OF_MESH = new Greeting(Greeting.VERSION, "5a".repeat(32), true, false, "");

    private RelayServer server;

    @BeforeEach
    void start() throws IOException {
        server = RelayFixture.start(RelayFixture.settings(RelayLimits.DEFAULT));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private TestClient join(long seed) throws IOException {
        return TestClient.join(server.address(), seed);
    }

    @Test
    void passesPacketsBetweenTwoClients() throws IOException {
        try (TestClient alice = join(1);
                TestClient bob = join(2)) {
            alice.sendTo(bob.key(), "hello".getBytes(UTF_8));
            assertArrayEquals("hello".getBytes(UTF_8), bob.nextPacket(alice.key()));
            bob.sendTo(alice.key(), new byte[0]);
            assertEquals(0, alice.nextPacket(bob.key()).length);
            alice.sendTo(alice.key(), new byte[] {1});
            assertEquals(1, alice.nextPacket(alice.key()).length, "to itself");
        }
        assertEquals(3, server.counters().snapshot().packetsReceived());
        assertEquals(3, server.counters().snapshot().packetsSent());
    }

    @Test
    void passesPacketsOfEverySizeInOrder() throws IOException {
        Random random = new Random(11);
        try (TestClient alice = join(1);
                TestClient bob = join(2)) {
            for (int length : new int[] {0, 1, 61, 62, 100, 1420, 16_384, 65_535, 65_536, 3, 65_536, 1}) {
                byte[] packet = new byte[length];
                random.nextBytes(packet);
                alice.sendTo(bob.key(), packet);
                assertArrayEquals(packet, bob.nextPacket(alice.key()), "of " + length + " bytes");
            }
        }
    }

    @Test
    void readsFramesInPiecesOfAnySize() throws IOException {
        Random random = new Random(12);
        try (TestClient alice = join(1);
                TestClient bob = join(2);
                TestClient carol = join(3)) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            List<byte[]> sent = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                byte[] packet = new byte[random.nextInt(3000)];
                random.nextBytes(packet);
                sent.add(packet);
                NodeKey to = i % 3 == 0 ? carol.key() : bob.key();
                all.writeBytes(TestClient.bytes(new Frame.SendPacket(to, java.nio.ByteBuffer.wrap(packet))));
                all.writeBytes(new byte[] {0x7f, 0, 0, 0, 3, 1, 2, 3}); // of a type to come
            }
            byte[] stream = all.toByteArray();
            Thread writer = Thread.ofVirtual().start(() -> writeInPieces(alice, stream, new Random(13)));
            for (int i = 0; i < sent.size(); i++) {
                TestClient to = i % 3 == 0 ? carol : bob;
                assertArrayEquals(sent.get(i), to.nextPacket(alice.key()), "packet " + i);
            }
            assertTrue(RelayFixture.eventually(() -> !writer.isAlive()));
        }
        assertEquals(300, server.counters().snapshot().skippedFrames());
    }

    private static void writeInPieces(TestClient client, byte[] stream, Random random) {
        try {
            for (int at = 0; at < stream.length; ) {
                int length = Math.min(1 + random.nextInt(random.nextBoolean() ? 40 : 9000), stream.length - at);
                client.write(Arrays.copyOfRange(stream, at, at + length));
                at += length;
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void saysItsVersionAndKeyInTheUpgrade() throws Exception {
        try (TestClient alice = TestClient.connect(server.address(), 1)) {
            String head = alice.upgrade("Ideal-Node: 900a\r\n");
            assertTrue(head.startsWith("HTTP/1.1 101 "), head);
            assertTrue(head.contains("Derp-Version: 2\r\n"), head);
            PublicKey relay = alice.serverKey();
            assertTrue(head.contains("Derp-Public-Key: " + relay.toHex() + "\r\n"), head);
            alice.hello(relay, Greeting.ofNode());
            assertEquals(
                    2, alice.open(relay, alice.next(Frame.ServerInfo.class)).version());
        }
    }

    @Test
    void takesARequestAHelloAndPacketsInOneFlight() throws IOException {
        PublicKey relay;
        try (TestClient bob = join(2);
                TestClient alice = TestClient.connect(server.address(), 1)) {
            try (TestClient asks = TestClient.connect(server.address(), 3)) {
                asks.upgrade("");
                relay = asks.serverKey();
            }
            ByteArrayOutputStream flight = new ByteArrayOutputStream();
            String request = "GET /derp HTTP/1.1|Host: r|Upgrade: derp|Connection: Upgrade|Derp-Fast-Start: 1||";
            flight.writeBytes(request.replace("|", "\r\n").getBytes(US_ASCII));
            flight.writeBytes(
                    TestClient.bytes(alice.helloFrame(relay, Greeting.ofNode().encode())));
            flight.writeBytes(TestClient.bytes(new Frame.NotePreferred(true)));
            flight.writeBytes(
                    TestClient.bytes(new Frame.SendPacket(bob.key(), java.nio.ByteBuffer.wrap(new byte[] {5, 6}))));
            alice.write(flight.toByteArray());
            assertEquals(relay, alice.serverKey(), "no HTTP before it");
            alice.next(Frame.ServerInfo.class);
            assertArrayEquals(new byte[] {5, 6}, bob.nextPacket(alice.key()));
            assertEquals(1, server.counters().snapshot().homes());
        }
        assertTrue(RelayFixture.eventually(() -> server.counters().snapshot().homes() == 0));
    }

    @Test
    void tellsOfDiscoveryForAbsentKeysAndNotTooOften() throws IOException {
        byte[] disco = new byte[62];
        System.arraycopy("TS\ud83d\udcac".getBytes(UTF_8), 0, disco, 0, 6);
        try (TestClient alice = join(1)) {
            List<NodeKey> absent = new ArrayList<>();
            for (int i = 1; i <= 5; i++) {
                byte[] key = new byte[32];
                key[0] = (byte) i;
                absent.add(NodeKey.of(key));
                alice.sendTo(NodeKey.of(key), new byte[100]); // not discovery: no answer
                alice.sendTo(NodeKey.of(key), disco);
            }
            for (int i = 0; i < 3; i++) {
                Frame.PeerGone gone = alice.next(Frame.PeerGone.class);
                assertEquals(absent.get(i), gone.key());
                assertEquals(Frame.GONE_NOT_HERE, gone.reason());
            }
            assertNull(alice.next(Duration.ofMillis(200)));
            assertEquals(10, server.counters().dropped(DropReason.UNKNOWN_DESTINATION));
            assertEquals(2, server.counters().dropped(DropReason.NOT_HERE_LIMIT));
        }
    }

    @Test
    void tellsThoseWhoHeardFromAKeyWhenItLeaves() throws IOException {
        try (TestClient bob = join(2);
                TestClient carol = join(3)) {
            NodeKey gone;
            try (TestClient alice = join(1)) {
                gone = alice.key();
                alice.sendTo(bob.key(), new byte[1]);
                bob.nextPacket(gone);
            }
            Frame.PeerGone frame = bob.next(Frame.PeerGone.class);
            assertEquals(gone, frame.key());
            assertEquals(Frame.GONE_DISCONNECTED, frame.reason());
            assertNull(carol.next(Duration.ofMillis(100)), "who never heard of it");
        }
    }

    @Test
    void givesPacketsToTheConnectionOfAKeyThatSpokeLast() throws IOException {
        try (TestClient alice = join(1);
                TestClient older = join(2);
                TestClient newer = join(2)) {
            alice.sendTo(older.key(), new byte[] {1});
            assertEquals(1, newer.nextPacket(alice.key())[0], "the newest at first");
            older.sendTo(alice.key(), new byte[] {2});
            alice.nextPacket(older.key());
            alice.sendTo(older.key(), new byte[] {3});
            assertEquals(3, older.nextPacket(alice.key())[0], "then the one that sends");
            older.socket().close();
            assertTrue(
                    RelayFixture.eventually(() -> server.counters().snapshot().clients() == 2));
            alice.sendTo(older.key(), new byte[] {4});
            assertEquals(4, newer.nextPacket(alice.key())[0], "then the one that is left");
            assertNull(alice.next(Duration.ofMillis(100)), "the key is still here");
        }
    }

    @Test
    void answersPings() throws IOException {
        try (TestClient alice = join(1)) {
            alice.send(new Frame.Ping(0x0102030405060708L));
            assertEquals(0x0102030405060708L, alice.next(Frame.Pong.class).data());
            byte[] longer = new byte[5 + 1000];
            longer[0] = 0x12;
            longer[3] = (byte) (1000 >> 8);
            longer[4] = (byte) 1000;
            longer[12] = 7;
            alice.write(longer);
            assertEquals(7, alice.next(Frame.Pong.class).data(), "the rest is dropped");
        }
    }

    @Test
    void tellsAWatcherWhoIsHereComesAndGoes() throws IOException {
        try (TestClient alice = join(1);
                TestClient watcher = TestClient.join(server.address(), 3, OF_MESH)) {
            watcher.send(new Frame.WatchConns());
            List<NodeKey> first = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Frame.PeerPresent present = watcher.next(Frame.PeerPresent.class);
                first.add(present.key());
                assertEquals(
                        present.key().equals(alice.key()) ? Frame.PRESENT_REGULAR : Frame.PRESENT_MESH,
                        present.flags());
            }
            assertTrue(first.contains(alice.key()), "who was here");
            NodeKey bobKey;
            try (TestClient bob = join(2)) {
                bobKey = bob.key();
                Frame.PeerPresent present = watcher.next(Frame.PeerPresent.class);
                assertEquals(bob.key(), present.key());
                assertEquals(
                        bob.socket().getLocalPort(),
                        java.util.Objects.requireNonNull(present.source()).port());
            }
            assertEquals(bobKey, watcher.next(Frame.PeerGone.class).key());
            watcher.send(new Frame.ClosePeer(alice.key()));
            alice.awaitClose();
        }
        RelayFixture.assertClosed(server, CloseReason.CLOSED_BY_MESH);
    }

    @Test
    void deliversForwardedPacketsHereAndNowhereElse() throws IOException {
        NodeKey far = NodeKey.of(new byte[] {
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
            30, 31, 32
        });
        try (TestClient alice = join(1);
                TestClient other = TestClient.join(server.address(), 3, OF_MESH)) {
            byte[] packet = new byte[1420];
            new Random(5).nextBytes(packet);
            other.send(new Frame.ForwardPacket(far, alice.key(), java.nio.ByteBuffer.wrap(packet)));
            assertArrayEquals(packet, alice.nextPacket(far));
            other.send(new Frame.ForwardPacket(far, far, java.nio.ByteBuffer.wrap(packet)));
            other.send(new Frame.ForwardPacket(far, alice.key(), java.nio.ByteBuffer.wrap(new byte[0])));
            assertEquals(0, alice.nextPacket(far).length);
        }
        assertEquals(1, server.counters().dropped(DropReason.UNKNOWN_DESTINATION));
    }

    @Test
    void tellsEverybodyThatItRestarts() throws IOException {
        try (TestClient alice = join(1)) {
            server.close();
            Frame.Restarting restarting = alice.next(Frame.Restarting.class);
            assertEquals(1000, restarting.reconnectInMs());
            assertEquals(30_000, restarting.tryForMs());
            alice.awaitClose();
            assertThrows(IOException.class, () -> TestClient.connect(server.address(), 2)
                    .close());
        }
        RelayFixture.assertClosed(server, CloseReason.SHUTDOWN);
        server.close();
    }

    @Test
    void answersProbesAndChallenges() throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (String path : List.of("/derp/probe", "/derp/latency-check")) {
                HttpResponse<String> probe = get(http, path);
                assertEquals(200, probe.statusCode());
                assertEquals(
                        "*",
                        probe.headers()
                                .firstValue("access-control-allow-origin")
                                .orElseThrow());
                assertEquals("", probe.body());
            }
            HttpResponse<String> plain = get(http, "/generate_204");
            assertEquals(204, plain.statusCode());
            assertTrue(plain.headers().firstValue("x-tailscale-response").isEmpty());
            HttpResponse<String> challenged = get(http, "/generate_204", "X-Tailscale-Challenge", "ts_relay.example");
            assertEquals(
                    "response ts_relay.example",
                    challenged.headers().firstValue("x-tailscale-response").orElseThrow());
            HttpResponse<String> bad = get(http, "/generate_204", "X-Tailscale-Challenge", "a b");
            assertTrue(bad.headers().firstValue("x-tailscale-response").isEmpty());
            assertEquals("ok\n", get(http, "/healthz").body());
            assertEquals(200, get(http, "/").statusCode());
            assertEquals(404, get(http, "/nothing").statusCode());
            assertEquals(426, get(http, "/derp").statusCode());
        }
    }

    private HttpResponse<String> get(HttpClient http, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.address().getPort() + path))
                .timeout(Duration.ofSeconds(10));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void refusesPlainHttpWhereOthersCanListen() throws Exception {
        RelaySettings usual = RelayFixture.settings(RelayLimits.DEFAULT);
        InetSocketAddress open = new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0);
        assertThrows(
                IllegalArgumentException.class,
                () -> new RelaySettings(
                        open,
                        List.of(),
                        null,
                        Set.of(),
                        usual.identity(),
                        usual.admission(),
                        null,
                        List.of(),
                        usual.limits(),
                        Duration.ZERO,
                        1));
    }

    @Test
    void closesWithoutAWordWhoIsNotAdmitted() throws IOException {
        try (RelayServer strict = RelayFixture.start(RelayFixture.settings(
                        RelayLimits.DEFAULT,
                        (key, source) -> java.util.concurrent.CompletableFuture.completedFuture(false),
                        null));
                TestClient alice = TestClient.connect(strict.address(), 1)) {
            alice.upgrade("");
            alice.hello(alice.serverKey(), Greeting.ofNode());
            assertThrows(EOFException.class, () -> alice.next(Duration.ofSeconds(10)));
            RelayFixture.assertClosed(strict, CloseReason.NOT_ADMITTED);
        }
    }
}
