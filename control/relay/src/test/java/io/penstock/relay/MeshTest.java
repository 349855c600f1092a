package io.penstock.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.relay.core.Admission;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.core.DropReason;
import io.penstock.relay.edge.MeshPeer;
import io.penstock.relay.edge.RelayIdentity;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.relay.tls.Certificates;
import io.penstock.relay.tls.PinnedTrust;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two relays of one region, one of them behind TLS, over real sockets on the loopback. */
class MeshTest {
    private static final Duration RETRY = Duration.ofMillis(50);

    private Certificates.SelfSigned certificate;
    private RelayServer left;
    private RelayServer right;

    @BeforeEach
    void start() throws IOException {
        Instant now = Instant.now();
        certificate =
                Certificates.selfSigned(List.of("left.example"), List.of(), now.minusSeconds(9), now.plusSeconds(3600));
        left = start(901, new RelaySettings.Tls(certificate.key(), List.of(certificate.certificate())));
        right = start(902, null);
        right.connect(
                new MeshPeer(
                        "127.0.0.1",
                        left.address().getPort(),
                        new MeshPeer.Trust.Pinned(new PinnedTrust(certificate.pinnedName()))),
                RETRY);
        left.connect(new MeshPeer("127.0.0.1", right.address().getPort(), new MeshPeer.Trust.Network()), RETRY);
        assertTrue(RelayFixture.eventually(() -> left.counters().snapshot().meshLinks() == 1
                && right.counters().snapshot().meshLinks() == 1));
    }

    private static RelayServer start(long seed, RelaySettings.@Nullable Tls tls) throws IOException {
        RelaySettings usual = RelayFixture.settings(RelayLimits.DEFAULT, Admission.EVERYBODY, tls);
        return RelayFixture.start(new RelaySettings(
                usual.address(),
                usual.stunAddresses(),
                tls,
                Set.of(),
                new RelayIdentity(PrivateKey.generate(new Seeded(seed))),
                usual.admission(),
                usual.meshKey(),
                List.of(),
                usual.limits(),
                usual.goodbye(),
                1));
    }

    @AfterEach
    void stop() {
        right.close();
        left.close();
    }

    private TestClient joinLeft(long seed) throws Exception {
        return TlsTest.join(left.address(), seed);
    }

    private TestClient joinRight(long seed) throws IOException {
        return TestClient.join(right.address(), seed);
    }

    /** Sends until it arrives: that a client is there takes a moment to be known at the other relay. */
    private static void reach(TestClient from, TestClient to) throws IOException {
        for (int i = 0; i < 200; i++) {
            from.sendTo(to.key(), new byte[] {1});
            Frame frame = to.next(Duration.ofMillis(50));
            if (frame instanceof Frame.RecvPacket packet && packet.source().equals(from.key())) {
                return;
            }
        }
        throw new IOException("does not arrive");
    }

    @Test
    void passesPacketsFromOneRelayToTheOther() throws Exception {
        try (TestClient alice = joinLeft(1);
                TestClient bob = joinRight(2)) {
            reach(alice, bob);
            reach(bob, alice);
            for (int i = 0; i < 200; i++) {
                alice.sendTo(bob.key(), new byte[] {(byte) i, 7});
            }
            for (int i = 0; i < 200; i++) {
                byte[] packet = bob.nextPacket(alice.key());
                if (packet.length == 2) {
                    assertEquals((byte) i, packet[0]);
                } else {
                    i--; // of the first attempts
                }
            }
            assertTrue(left.counters().snapshot().packetsForwarded() >= 200);
        }
    }

    @Test
    void tellsWhoHeardFromAKeyThatLeftTheOtherRelay() throws Exception {
        try (TestClient bob = joinRight(2)) {
            NodeKey gone;
            try (TestClient alice = joinLeft(1)) {
                gone = alice.key();
                reach(bob, alice); // so that bob's relay knows of her before she is heard there
                reach(alice, bob);
            }
            Frame.PeerGone frame = bob.next(Frame.PeerGone.class);
            assertEquals(gone, frame.key());
            assertEquals(Frame.GONE_DISCONNECTED, frame.reason());
        }
    }

    @Test
    void prefersAClientOfItsOwn() throws Exception {
        try (TestClient alice = joinRight(1);
                TestClient far = joinLeft(2)) {
            reach(alice, far);
            try (TestClient near = joinRight(2)) {
                alice.sendTo(near.key(), new byte[] {5, 5});
                assertEquals(2, near.nextPacket(alice.key()).length);
            }
            assertTrue(RelayFixture.eventually(() -> right.counters().snapshot().clients() == 2)); // alice and left
            reach(alice, far);
        }
    }

    @Test
    void tellsTheSenderThroughTheOtherRelayThatSomebodyIsNotThere() throws Exception {
        byte[] disco = new byte[62];
        System.arraycopy("TS\ud83d\udcac".getBytes(UTF_8), 0, disco, 0, 6);
        try (TestClient alice = joinRight(1)) {
            NodeKey absent = NodeKey.of(new byte[32]);
            alice.sendTo(absent, disco);
            assertEquals(Frame.GONE_NOT_HERE, alice.next(Frame.PeerGone.class).reason());
            assertEquals(1, right.counters().dropped(DropReason.UNKNOWN_DESTINATION));
        }
    }

    @Test
    void connectsAgainAfterTheOtherRelayCameBack() throws Exception {
        left.close();
        assertTrue(RelayFixture.eventually(() -> right.counters().snapshot().meshLinks() == 0));
        RelaySettings usual = RelayFixture.settings(RelayLimits.DEFAULT);
        left = RelayFixture.start(new RelaySettings(
                left.address(),
                List.of(),
                new RelaySettings.Tls(certificate.key(), List.of(certificate.certificate())),
                Set.of(),
                new RelayIdentity(PrivateKey.generate(new Seeded(901))),
                usual.admission(),
                usual.meshKey(),
                List.of(),
                usual.limits(),
                usual.goodbye(),
                1));
        assertTrue(RelayFixture.eventually(() -> right.counters().snapshot().meshLinks() == 1));
        try (TestClient alice = joinLeft(1);
                TestClient bob = joinRight(2)) {
            reach(bob, alice);
        }
    }

    @Test
    void givesUpAConnectionToItself() throws Exception {
        int port = right.address().getPort();
        long before = right.counters().snapshot().accepted();
        right.connect(new MeshPeer("127.0.0.1", port, new MeshPeer.Trust.Network()), RETRY);
        assertTrue(RelayFixture.eventually(() -> right.counters().closed(CloseReason.LEFT) >= 1));
        Thread.sleep(5 * RETRY.toMillis());
        assertEquals(before + 1, right.counters().snapshot().accepted(), "one attempt");
    }
}
