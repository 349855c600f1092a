package io.penstock.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameType;
import io.penstock.protocol.derp.Greeting;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.wireguard.PublicKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whatever is wrong ends the connection, is counted by its reason, and leaves the others alone. */
class BadInputTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(200);

    @SuppressWarnings("NullAway.Init") // each test starts its own
    private RelayServer server;

    @AfterEach
    void stop() {
        server.close();
    }

    private void start(RelayLimits limits) throws IOException {
        server = RelayFixture.start(RelayFixture.settings(limits));
    }

    /** Sends bytes as a client that is in, and expects the connection to end for this reason. */
    private void assertEnds(CloseReason reason, byte[] bytes) throws IOException {
        start(RelayLimits.DEFAULT);
        try (TestClient alice = TestClient.join(server.address(), 1);
                TestClient bob = TestClient.join(server.address(), 2);
                TestClient carol = TestClient.join(server.address(), 3)) {
            alice.write(bytes);
            alice.awaitClose();
            RelayFixture.assertClosed(server, reason);
            bob.sendTo(carol.key(), new byte[] {1});
            assertEquals(1, carol.nextPacket(bob.key()).length, "others go on");
        }
    }

    private static byte[] frame(int type, int announced, int actual) {
        ByteBuffer frame = ByteBuffer.allocate(Frame.HEADER_LENGTH + actual);
        return frame.put((byte) type).putInt(announced).array();
    }

    @Test
    void endsWhoSendsAPacketThatIsTooLong() throws IOException {
        int length = PublicKey.LENGTH + Frame.MAX_PACKET_LENGTH + 1;
        assertEnds(CloseReason.FRAME_TOO_LONG, frame(FrameType.SEND_PACKET, length, 100));
    }

    @Test
    void endsWhoAnnouncesANegativeLength() throws IOException {
        assertEnds(CloseReason.FRAME_TOO_LONG, frame(FrameType.SEND_PACKET, -1, 0));
    }

    @Test
    void endsWhoSendsALongFrameOfAnUnknownType() throws IOException {
        assertEnds(CloseReason.FRAME_TOO_LONG, frame(0x7f, (1 << 20) + 1, 0));
    }

    @Test
    void endsWhoSendsAPacketForNobody() throws IOException {
        assertEnds(CloseReason.FRAME_MALFORMED, frame(FrameType.SEND_PACKET, 31, 31));
    }

    @Test
    void endsWhoSendsAPreferenceOfTwoBytes() throws IOException {
        assertEnds(CloseReason.FRAME_MALFORMED, frame(FrameType.NOTE_PREFERRED, 2, 2));
    }

    @Test
    void endsWhoSendsAPingThatIsTooShort() throws IOException {
        assertEnds(CloseReason.FRAME_MALFORMED, frame(FrameType.PING, 7, 7));
    }

    @Test
    void endsWhoSendsAPingThatIsTooLong() throws IOException {
        assertEnds(CloseReason.FRAME_TOO_LONG, frame(FrameType.PING, 1001, 0));
    }

    @Test
    void endsWhoSaysHelloTwice() throws IOException {
        assertEnds(CloseReason.FRAME_MALFORMED, frame(FrameType.CLIENT_INFO, 100, 100));
    }

    @Test
    void endsWhoWatchesWithoutTheMeshKey() throws IOException {
        assertEnds(CloseReason.NO_PERMISSION, frame(FrameType.WATCH_CONNS, 0, 0));
    }

    @Test
    void endsWhoForwardsWithoutTheMeshKey() throws IOException {
        assertEnds(CloseReason.NO_PERMISSION, frame(FrameType.FORWARD_PACKET, 100, 100));
    }

    @Test
    void endsWhoClosesOthersWithoutTheMeshKey() throws IOException {
        assertEnds(CloseReason.NO_PERMISSION, frame(FrameType.CLOSE_PEER, 32, 32));
    }

    @Test
    void takesAWrongMeshKeyForNone() throws IOException {
        start(RelayLimits.DEFAULT);
        Greeting wrong = new Greeting(Greeting.VERSION, "5b".repeat(32), true, false, "");
        try (TestClient alice = TestClient.join(server.address(), 1, wrong)) {
            alice.send(new Frame.WatchConns());
            alice.awaitClose();
        }
        RelayFixture.assertClosed(server, CloseReason.NO_PERMISSION);
    }

    /** Upgrades, sends these bytes in place of a hello, and expects the connection to end for this reason. */
    private void assertNoHello(CloseReason reason, byte[] bytes) throws IOException {
        start(RelayLimits.DEFAULT);
        try (TestClient alice = TestClient.connect(server.address(), 1)) {
            alice.upgrade("");
            alice.serverKey();
            alice.write(bytes);
            alice.awaitClose();
        }
        RelayFixture.assertClosed(server, reason);
    }

    @Test
    void endsWhoSendsAPacketBeforeTheHello() throws IOException {
        assertNoHello(CloseReason.BAD_HELLO, frame(FrameType.SEND_PACKET, 50, 50));
    }

    @Test
    void endsWhoSaysHelloWithAnotherKeyThanTheBoxs() throws IOException {
        assertNoHello(CloseReason.BAD_HELLO, frame(FrameType.CLIENT_INFO, 150, 150));
    }

    @Test
    void endsWhoseHelloIsTooShortForABox() throws IOException {
        assertNoHello(CloseReason.FRAME_MALFORMED, frame(FrameType.CLIENT_INFO, 55, 55));
    }

    @Test
    void endsWhoseHelloIsTooLong() throws IOException {
        assertNoHello(CloseReason.FRAME_TOO_LONG, frame(FrameType.CLIENT_INFO, (256 << 10) + 1, 0));
    }

    /** Says hello with this text in the box, and expects the connection to end. */
    private void assertBadGreeting(String json) throws IOException {
        start(RelayLimits.DEFAULT);
        try (TestClient alice = TestClient.connect(server.address(), 1)) {
            alice.upgrade("");
            alice.send(alice.helloFrame(alice.serverKey(), json.getBytes(UTF_8)));
            alice.awaitClose();
        }
        RelayFixture.assertClosed(server, CloseReason.BAD_HELLO);
    }

    @Test
    void endsWhoseGreetingIsNoJson() throws IOException {
        assertBadGreeting("{\"version\":");
    }

    @Test
    void endsWhoSpeaksAnotherVersion() throws IOException {
        assertBadGreeting("{\"version\":1,\"CanAckPings\":true}");
    }

    @Test
    void endsWhoSaysNoHelloInTime() throws IOException {
        start(RelayFixture.limits(LONG, SHORT, LONG, LONG));
        try (TestClient alice = TestClient.connect(server.address(), 1)) {
            alice.upgrade("");
            alice.write(frame(FrameType.CLIENT_INFO, 10_000, 100)); // and no more of it
            alice.awaitClose();
        }
        RelayFixture.assertClosed(server, CloseReason.HELLO_TIMEOUT);
    }

    @Test
    void endsWhoseAdmissionIsNotDecidedInTime() throws IOException {
        server = RelayFixture.start(RelayFixture.settings(
                RelayFixture.limits(LONG, SHORT, LONG, LONG), (key, source) -> new CompletableFuture<>(), null));
        try (TestClient alice = TestClient.connect(server.address(), 1)) {
            alice.upgrade("");
            alice.hello(alice.serverKey(), Greeting.ofNode());
            alice.awaitClose();
        }
        RelayFixture.assertClosed(server, CloseReason.HELLO_TIMEOUT);
    }

    @Test
    void endsWhomNobodyCanAdmit() throws IOException {
        server = RelayFixture.start(RelayFixture.settings(
                RelayLimits.DEFAULT,
                (key, source) -> CompletableFuture.failedFuture(new IOException("no coordinator")),
                null));
        try (TestClient alice = TestClient.connect(server.address(), 1)) {
            alice.upgrade("");
            alice.hello(alice.serverKey(), Greeting.ofNode());
            alice.awaitClose();
        }
        RelayFixture.assertClosed(server, CloseReason.ADMISSION_FAILED);
    }

    @Test
    void endsWhoSendsARequestByteByByteForTooLong() throws IOException {
        start(RelayFixture.limits(SHORT, LONG, LONG, LONG));
        try (TestClient slow = TestClient.connect(server.address(), 1)) {
            slow.write("GET /derp HT".getBytes(US_ASCII));
            slow.awaitClose();
        }
        RelayFixture.assertClosed(server, CloseReason.HTTP_TIMEOUT);
    }

    @Test
    void endsWhoSendsNoHttp() throws IOException {
        start(RelayLimits.DEFAULT);
        try (TestClient alice = TestClient.connect(server.address(), 1)) {
            alice.write("\u0016\u0003\u0001 not HTTP\r\n\r\n".getBytes(US_ASCII));
            assertTrue(alice.head().startsWith("HTTP/1.1 400 "));
        }
        RelayFixture.assertClosed(server, CloseReason.BAD_HTTP);
    }

    @Test
    void endsWhoseHeadersHaveNoEnd() throws IOException {
        start(RelayLimits.DEFAULT);
        try (TestClient alice = TestClient.connect(server.address(), 1)) {
            alice.write(("GET /derp HTTP/1.1\r\nX: " + "x".repeat(20_000) + "\r\n\r\n").getBytes(US_ASCII));
            assertTrue(alice.head().startsWith("HTTP/1.1 400 "));
        }
        RelayFixture.assertClosed(server, CloseReason.BAD_HTTP);
    }

    @Test
    void answersAndEndsWhoWantsSomethingElse() throws IOException {
        start(RelayLimits.DEFAULT);
        try (TestClient alice = TestClient.connect(server.address(), 1)) {
            alice.write("POST /derp HTTP/1.1\r\nHost: r\r\nContent-Length: 0\r\n\r\n".getBytes(US_ASCII));
            assertTrue(alice.head().startsWith("HTTP/1.1 405 "));
        }
        RelayFixture.assertClosed(server, CloseReason.NOT_DERP);
    }

    @Test
    void endsWhoAnswersNoPing() throws IOException {
        start(RelayFixture.limits(LONG, LONG, SHORT, LONG));
        try (TestClient halfOpen = TestClient.join(server.address(), 1)) {
            Frame frame = halfOpen.next(Duration.ofSeconds(10));
            assertTrue(frame instanceof Frame.KeepAlive || frame instanceof Frame.Ping, () -> "got " + frame);
            halfOpen.awaitClose();
        }
        RelayFixture.assertClosed(server, CloseReason.SILENT);
    }

    @Test
    void keepsWhoAnswersPings() throws IOException {
        start(RelayFixture.limits(LONG, LONG, SHORT, LONG));
        try (TestClient alice = TestClient.join(server.address(), 1)) {
            for (int pings = 0; pings < 3; ) {
                Frame frame = alice.next(Duration.ofSeconds(10));
                assertNotNull(frame);
                if (frame instanceof Frame.Ping ping) {
                    pings++;
                    alice.send(new Frame.Pong(ping.data()));
                }
            }
        }
        RelayFixture.assertClosed(server, CloseReason.LEFT);
    }

    @Test
    void keepsASilentClientThatAnswersNoPingsAlive() throws IOException {
        start(RelayFixture.limits(LONG, LONG, SHORT, LONG));
        Greeting old = new Greeting(Greeting.VERSION, "", false, false, "");
        try (TestClient alice = TestClient.join(server.address(), 1, old)) {
            for (int i = 0; i < 4; i++) {
                alice.next(Frame.KeepAlive.class);
            }
        }
        RelayFixture.assertClosed(server, CloseReason.LEFT);
    }

    @Test
    void endsWhoTakesNothingForTooLong() throws IOException {
        start(RelayFixture.limits(LONG, LONG, LONG, Duration.ofMillis(500)));
        try (TestClient alice = TestClient.join(server.address(), 1);
                TestClient stuck = TestClient.join(server.address(), 2)) {
            byte[] packet = new byte[60_000];
            assertTrue(RelayFixture.eventually(() -> {
                try {
                    for (int i = 0; i < 20; i++) {
                        alice.sendTo(stuck.key(), packet);
                    }
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
                return server.counters().closed(CloseReason.STALLED) == 1;
            }));
        }
    }

    @Test
    void closesConnectionsBeyondTheMost() throws IOException {
        RelayLimits usual = RelayLimits.DEFAULT;
        start(new RelayLimits(
                3, 50, 500, LONG, LONG, LONG, LONG, usual.bytesPerSecond(), usual.burstBytes(), usual.queue()));
        List<TestClient> many = new ArrayList<>();
        try (TestClient alice = TestClient.join(server.address(), 1)) {
            for (int i = 0; i < 50; i++) {
                many.add(TestClient.connect(server.address(), 10 + i));
            }
            assertTrue(RelayFixture.eventually(() -> server.counters().closed(CloseReason.TOO_MANY_CONNECTIONS) == 48));
            alice.send(new Frame.Ping(1));
            alice.next(Frame.Pong.class);
        } finally {
            for (TestClient one : many) {
                one.socket().close();
            }
        }
    }

    @Test
    void closesConnectionsOfOneAddressThatComeTooFast() throws IOException {
        RelayLimits usual = RelayLimits.DEFAULT;
        start(new RelayLimits(
                1000, 0.01, 5, LONG, LONG, LONG, LONG, usual.bytesPerSecond(), usual.burstBytes(), usual.queue()));
        try (TestClient alice = TestClient.join(server.address(), 1)) {
            for (int i = 0; i < 30; i++) {
                TestClient.connect(server.address(), 10 + i).socket().close();
            }
            assertTrue(RelayFixture.eventually(() -> server.counters().closed(CloseReason.CONNECTION_RATE) == 26));
            alice.send(new Frame.Ping(1));
            alice.next(Frame.Pong.class);
        }
    }

    @Test
    void readsNoFasterFromAClientThanItsRate() throws Exception {
        RelayLimits usual = RelayLimits.DEFAULT;
        start(new RelayLimits(1000, 50, 500, LONG, LONG, LONG, LONG, 400_000, 70_000, usual.queue()));
        try (TestClient alice = TestClient.connect(server.address(), 1);
                TestClient bob = TestClient.join(server.address(), 2)) {
            alice.upgrade("");
            PublicKey relay = alice.serverKey();
            alice.hello(relay, Greeting.ofNode());
            Frame.ServerInfo info = alice.next(Frame.ServerInfo.class);
            assertEquals(400_000, alice.open(relay, info).bytesPerSecond(), "it is told");
            long startNs = System.nanoTime();
            for (int i = 0; i < 200; i++) {
                alice.sendTo(bob.key(), new byte[1400]);
            }
            for (int i = 0; i < 200; i++) {
                assertEquals(1400, bob.nextPacket(alice.key()).length);
            }
            long tookMs = (System.nanoTime() - startNs) / 1_000_000;
            assertTrue(tookMs > 200, () -> "280 KB took " + tookMs + " ms");
            assertTrue(server.counters().snapshot().throttled() > 0);
        }
    }

    @Test
    void survivesRandomBytesAtEveryStage() throws IOException {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        Random random = new Random(seed);
        start(RelayFixture.limits(SHORT, SHORT, LONG, LONG));
        for (int i = 0; i < 150; i++) {
            byte[] junk = new byte[random.nextInt(600)];
            random.nextBytes(junk);
            try (TestClient client = TestClient.connect(server.address(), i)) {
                if (i % 3 > 0) {
                    client.upgrade("");
                    PublicKey relay = client.serverKey();
                    if (i % 3 > 1) {
                        client.hello(relay, Greeting.ofNode());
                        client.next(Frame.ServerInfo.class);
                    }
                }
                client.write(junk);
            }
        }
        assertTrue(
                RelayFixture.eventually(() -> server.counters().connections() == 0),
                () -> "seed " + seed + ": " + server.counters().snapshot());
        assertEquals(0, server.counters().closed(CloseReason.FAULT), "seed " + seed);
        try (TestClient alice = TestClient.join(server.address(), 1)) {
            alice.send(new Frame.Ping(1));
            alice.next(Frame.Pong.class);
        }
    }
}
