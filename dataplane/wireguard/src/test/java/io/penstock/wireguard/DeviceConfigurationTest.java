package io.penstock.wireguard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.Prefix;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Changes of a device's configuration while it runs. */
class DeviceConfigurationTest {
    private final Wire wire = new Wire(Seeded.create());
    private final Site a = wire.site(1);
    private final Site b = wire.site(2);

    DeviceConfigurationTest() {
        Wire.join(a, b);
    }

    private void connect() {
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(1, b.delivered.size());
    }

    @Test
    void downZeroesKeysAndStopsEverything() {
        connect();
        a.device.setPersistentKeepalive(a.peer(b), 5, wire.nowNs);
        int messages = wire.log.size();
        a.device.down(wire.nowNs);
        a.settle();
        assertFalse(a.device.isUp());
        assertNull(a.peer(b).current());
        assertEquals(0, a.device.indexTable().size());
        assertEquals(Device.NO_DEADLINE, a.device.deadlineNs());

        a.receive(wire.sent(a, Initiation.TYPE).getFirst().bytes(), b.address);
        assertEquals(1, a.device.drops(DropReason.DEVICE_DOWN));
        wire.runSeconds(60);
        assertTrue(wire.log.size() <= messages + 2);

        a.device.up(wire.nowNs);
        a.settle();
        wire.runSeconds(1);
        assertNotNull(a.peer(b).current()); // the persistent keepalive starts at once
    }

    @Test
    void changeOfThePrivateKeyEndsSessionsAndNeedsTheNewOne() {
        connect();
        byte[] changed = wire.seeded.bytes(32);
        a.device.setPrivateKey(changed, wire.nowNs);
        PublicKey newKey = a.device.publicKey();
        assertNotEquals(a.publicKey, newKey);
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(1, b.delivered.size());
        assertEquals(1, b.device.drops(DropReason.INITIATION_UNKNOWN_PEER)); // it did try at once

        assertNotNull(newKey);
        Peer peer = b.device.addPeer(newKey, wire.nowNs);
        peer.endpoint(a.address);
        wire.runSeconds(6);
        assertEquals(2, b.delivered.size());
    }

    @Test
    void samePrivateKeyAgainChangesNothing() {
        connect();
        a.device.setPrivateKey(a.privateKey, wire.nowNs);
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(2, b.delivered.size());
        assertEquals(1, wire.sent(a, Initiation.TYPE).size());
    }

    @Test
    void clampsThePrivateKeyOnRead() {
        byte[] ones = new byte[32];
        Arrays.fill(ones, (byte) 0xff);
        a.device.setPrivateKey(ones, wire.nowNs);
        byte[] read = new byte[32];
        assertTrue(a.device.copyPrivateKey(read));
        assertEquals((byte) 0xf8, read[0]);
        assertEquals((byte) 0x7f, read[31]);
    }

    @Test
    void removesThePeerThatIsOurself() {
        Peer self = b.peer(a);
        b.device.setPrivateKey(a.privateKey, wire.nowNs);
        assertNull(b.device.peer(a.publicKey));
        assertTrue(self.isRemoved());
        assertThrows(IllegalArgumentException.class, () -> b.device.addPeer(a.publicKey, wire.nowNs));
    }

    @Test
    void withoutPrivateKeyNothingIsSentOrAccepted() {
        a.device.setPrivateKey(new byte[32], wire.nowNs);
        assertNull(a.device.publicKey());
        assertFalse(a.device.copyPrivateKey(new byte[32]));
        a.ping(b);
        b.ping(a);
        wire.runSeconds(7);
        assertEquals(0, wire.sent(a, Initiation.TYPE).size());
        assertEquals(0, wire.sent(a, Response.TYPE).size());
        assertTrue(a.device.drops(DropReason.NO_PRIVATE_KEY) > 0);

        a.device.setPrivateKey(a.privateKey, wire.nowNs);
        wire.runSeconds(7);
        assertEquals(1, b.delivered.size(), wire.seeded::toString);
    }

    @Test
    void lowOrderPeerNeverCausesAPacket() {
        Peer peer = a.device.addPeer(PublicKey.of(new byte[32]), wire.nowNs);
        peer.endpoint(b.address);
        a.device.setPersistentKeepalive(peer, 1, wire.nowNs);
        a.send(peer, new byte[10]);
        a.settle();
        wire.runSeconds(300);
        assertEquals(0, wire.log.size());
    }

    @Test
    void endpointThatComesLaterStartsTheHandshakeAtTheKick() {
        a.peer(b).endpoint(null);
        a.ping(b);
        wire.runSeconds(2);
        assertEquals(0, wire.log.size());

        a.peer(b).endpoint(b.address);
        a.device.kick(a.peer(b), wire.nowNs);
        wire.settle();
        wire.run(100 * Wire.MS);
        assertEquals(1, b.delivered.size());
    }

    @Test
    void removalDuringAHandshakeLeavesNothing() {
        int regions = a.memory.liveRegions();
        Site c = wire.site(3);
        Peer peer = a.addPeer(c);
        a.device.allowedIps().insert(Prefix.parse("10.0.0.0/8"), peer);
        a.ping(c);
        assertEquals(1, a.device.indexTable().size());
        a.device.removePeer(peer, wire.nowNs);
        a.settle();
        wire.runSeconds(30);

        assertTrue(peer.isRemoved());
        assertEquals(0, a.device.indexTable().size());
        assertNull(a.device.allowedIps().lookup4(0x0a00_0001));
        assertEquals(regions, a.memory.liveRegions());
        assertEquals(1, wire.sent(a, Initiation.TYPE).size());
        peer.activity().requestHandshake(); // a lane that has not heard yet
        a.device.touched().add(peer);
        a.device.drainActivity(wire.nowNs);
        a.device.removePeer(peer, wire.nowNs);
        assertNull(a.device.poll());
        assertThrows(IllegalArgumentException.class, () -> a.device.kick(peer, wire.nowNs));
    }

    @Test
    void slotsAreReusedOnlyAfterTheirRelease() {
        a.acknowledges = false;
        Peer peer = a.peer(b);
        a.device.removePeer(peer, wire.nowNs);
        a.settle();
        Site c = wire.site(3);
        assertNotEquals(peer.slot(), a.addPeer(c).slot());
        a.device.releaseSlot(peer);
        assertEquals(peer.slot(), a.addPeer(wire.site(4)).slot());
        assertThrows(IllegalArgumentException.class, () -> a.device.releaseSlot(a.peer(c)));
    }

    @Test
    void peersAreListedInTheOrderOfTheirMaking() {
        List<Peer> expected = new ArrayList<>(List.of(a.peer(b)));
        for (int i = 0; i < 50; i++) {
            expected.add(a.device.addPeer(PublicKey.of(wire.seeded.bytes(32)), wire.nowNs));
        }
        assertSame(expected.get(7), a.device.addPeer(expected.get(7).publicKey(), wire.nowNs));
        List<Peer> found = new ArrayList<>();
        a.device.peers().forEach(found::add);
        assertEquals(expected, found);
        assertEquals(51, a.device.peerCount());
        a.device.removeAllPeers(wire.nowNs);
        assertEquals(0, a.device.peerCount());
        assertFalse(a.device.peers().iterator().hasNext());
    }

    @Test
    void keypairsAreWipedAfterTheirRetirement() {
        connect();
        Keypair keypair = a.peer(b).current();
        assertNotNull(keypair);
        byte[] key = new byte[32];
        new UnsafeBuffer(keypair.sendKeyAddress(), 32).getBytes(0, key);
        assertTrue(a.memory.holds(key));
        a.bounce();
        assertFalse(a.memory.holds(key));
        assertEquals(-1, keypair.reserveCounters(1));
    }

    @Test
    void threeSlotsChangeAsThePaperSays() {
        connect();
        Peer initiators = a.peer(b);
        Peer responders = b.peer(a);
        final Keypair firstA = initiators.current();
        final Keypair firstB = responders.current();
        wire.loss = datagram -> datagram.type() == Data.TYPE;
        for (int i = 0; i < 125; i++) {
            a.ping(b); // unanswered: the fifteen-second rule makes a new handshake, which nobody confirms
            wire.runSeconds(1);
            if (initiators.current() != firstA) {
                break;
            }
        }
        assertSame(firstA, initiators.previous());
        assertSame(firstB, responders.current());
        assertNull(responders.previous());
        final Keypair waiting = responders.next();
        assertNotNull(waiting);

        wire.loss = datagram -> false;
        a.ping(b);
        wire.runSeconds(1);
        assertSame(waiting, responders.current());
        assertSame(firstB, responders.previous());
        assertNull(responders.next());
        assertArrayEquals(new byte[100], b.delivered.getLast());
    }
}
