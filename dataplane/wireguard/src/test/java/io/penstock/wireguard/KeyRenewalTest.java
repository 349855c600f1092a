package io.penstock.wireguard;

import static io.penstock.wireguard.Wire.MS;
import static io.penstock.wireguard.Wire.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.noise.BouncyCastleX25519;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.wire.Initiation;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node makes itself another key, and its peer hears of that sooner or later: traffic goes on. */
class KeyRenewalTest {
    private static final int EVERY_MS = 5;

    private final Wire wire = new Wire(Seeded.create());
    private final Site a = wire.site(1);
    private final Site b = wire.site(2);
    private int sent;

    @BeforeEach
    void connect() {
        Wire.join(a, b);
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(1, b.delivered.size(), wire.seeded::toString);
        b.delivered.clear();
    }

    private PublicKey renewOwnKey() {
        a.device.renewPrivateKey(wire.seeded.bytes(32), wire.nowNs, key -> {});
        a.settle();
        return Objects.requireNonNull(a.device.publicKey());
    }

    private void hear(PublicKey successor) {
        b.device.renewPeerKey(Objects.requireNonNull(b.device.peer(a.publicKey)), successor, wire.nowNs);
        b.settle();
    }

    /** Traffic of a to b, and of b back where {@code back} has the peer. */
    private void flow(long durationMs) {
        for (long ms = 0; ms < durationMs; ms += EVERY_MS) {
            a.ping(b);
            sent++;
            wire.run(EVERY_MS * MS);
        }
    }

    private void settleDown() {
        wire.run(SECOND);
        assertEquals(sent, b.delivered.size(), wire.seeded::toString);
    }

    @Test
    void nothingIsLostWhereThePeerHearsLate() {
        Keypair before = a.peer(b).current();
        flow(100);
        PublicKey successor = renewOwnKey();
        flow(3_000);
        assertSame(before, a.peer(b).current(), "the session goes on");
        assertTrue(b.device.drops(DropReason.INITIATION_UNKNOWN_PEER) >= 2, "it asks each second");
        hear(successor);
        flow(500);
        assertNotSame(before, a.peer(b).current());
        assertEquals(successor, Objects.requireNonNull(b.device.peer(successor)).publicKey());
        assertNull(b.device.peer(a.publicKey));
        settleDown();
    }

    @Test
    void nothingIsLostWhereThePeerHearsFirst() {
        byte[] secret = wire.seeded.bytes(32);
        PublicKey successor = publicKey(secret);
        flow(100);
        hear(successor);
        flow(2_500);
        long renewedNs = wire.nowNs;
        a.device.renewPrivateKey(secret, wire.nowNs, key -> {});
        a.settle();
        flow(2_500); // both may have begun at once, and begin anew within a second or so
        Keypair confirmed = Objects.requireNonNull(b.device.peer(successor)).current();
        assertNotNull(confirmed);
        assertTrue(confirmed.createdNs() - renewedNs >= 0, () -> "a new session, " + wire.seeded);
        settleDown();
    }

    @Test
    void aPeerThatForgotTheOldKeyIsReachedWithinASecondOfItsNews() {
        PublicKey successor = renewOwnKey();
        b.device.removePeer(b.peer(a), wire.nowNs); // as others do it that know of no renewal
        b.settle();
        wire.run(2_700 * MS);
        b.device.addPeer(successor, wire.nowNs).endpoint(a.address);
        wire.run(1_500 * MS);
        a.ping(b);
        wire.run(100 * MS);
        assertEquals(1, b.delivered.size(), wire.seeded::toString);
    }

    @Test
    void oneThatNeverHearsIsAskedEachSecondForTenAndThenAsAlways() {
        int before = wire.sent(a, Initiation.TYPE).size();
        renewOwnKey();
        wire.run(9_500 * MS);
        int hurried = wire.sent(a, Initiation.TYPE).size() - before;
        assertTrue(hurried >= 7 && hurried <= 10, "in ten seconds: " + hurried);
        wire.run(2 * SECOND);
        int until = wire.sent(a, Initiation.TYPE).size();
        wire.runSeconds(20);
        int then = wire.sent(a, Initiation.TYPE).size() - until;
        assertTrue(then >= 3 && then <= 5, "in twenty seconds: " + then);
    }

    @Test
    void anOldSessionEndsInItsTimeAllTheSame() {
        renewOwnKey();
        wire.runSeconds(181);
        a.ping(b);
        wire.run(100 * MS);
        assertEquals(0, b.delivered.size());
    }

    @Test
    void withoutASessionNothingIsSent() {
        Site idle = wire.site(3);
        Wire.join(idle, b);
        idle.device.renewPrivateKey(wire.seeded.bytes(32), wire.nowNs, key -> {});
        idle.settle();
        b.device.renewPeerKey(
                Objects.requireNonNull(b.device.peer(idle.publicKey)),
                Objects.requireNonNull(idle.device.publicKey()),
                wire.nowNs);
        b.settle();
        wire.runSeconds(10);
        assertEquals(0, wire.sent(idle, Initiation.TYPE).size());
        idle.ping(b);
        wire.runSeconds(1);
        assertEquals(1, b.delivered.size(), wire.seeded::toString);
    }

    @Test
    void takesNoKeyThatIsOursOrAnothers() {
        Site other = wire.site(3);
        b.addPeer(other);
        assertThrows(
                IllegalArgumentException.class, () -> b.device.renewPeerKey(b.peer(a), other.publicKey, wire.nowNs));
        assertThrows(IllegalArgumentException.class, () -> b.device.renewPeerKey(b.peer(a), b.publicKey, wire.nowNs));
        flow(50);
        settleDown();
    }

    private static PublicKey publicKey(byte[] secret) {
        byte[] clamped = secret.clone();
        clamped[0] &= (byte) 0xf8;
        clamped[31] = (byte) ((clamped[31] & 0x7f) | 0x40);
        byte[] point = new byte[32];
        new BouncyCastleX25519().publicKey(clamped, point);
        return PublicKey.of(point);
    }
}
