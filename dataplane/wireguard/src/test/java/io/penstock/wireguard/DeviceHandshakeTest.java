package io.penstock.wireguard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.wire.CookieReply;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;
import org.junit.jupiter.api.Test;

/** Whole handshakes between devices in virtual time: whitepaper sections 5 and 6.1. */
class DeviceHandshakeTest {
    private final Wire wire = new Wire(Seeded.create());
    private final Site a = wire.site(1);
    private final Site b = wire.site(2);

    @Test
    void firstPacketBringsUpTheTunnel() {
        Wire.join(a, b);
        byte[] packet = wire.seeded.bytes(100);

        a.send(b, packet);
        assertEquals(1, a.staged(b));
        wire.runSeconds(1);

        assertEquals(1, b.delivered.size());
        assertArrayEquals(packet, b.delivered.getFirst());
        assertEquals(1, wire.sent(a, Initiation.TYPE).size());
        assertEquals(1, wire.sent(b, Response.TYPE).size());
        assertEquals(0x88, wire.sent(a, Initiation.TYPE).getFirst().trafficClass());
        assertEquals(0x88, wire.sent(b, Response.TYPE).getFirst().trafficClass());
        assertEquals(
                20 * Wire.MS,
                a.actions(Action.HandshakeCompleted.class).getFirst().roundTripNs());
        assertEquals(
                20 * Wire.MS,
                b.actions(Action.HandshakeCompleted.class).getFirst().roundTripNs());
        assertEquals(1_700_000_000L, a.peer(b).lastHandshakeSeconds());
        assertEquals(20 * Wire.MS, a.peer(b).lastHandshakeNanos());

        b.send(a, packet);
        wire.runSeconds(1);
        assertArrayEquals(packet, a.delivered.getFirst());
    }

    @Test
    void countsBytesOfUdpPayload() {
        Wire.join(a, b);
        a.ping(b);
        wire.runSeconds(1);

        long data = 32 + 100;
        assertEquals(148 + data, a.peer(b).sentBytes());
        assertEquals(92, a.peer(b).receivedBytes());
        assertEquals(92, b.peer(a).sentBytes());
        assertEquals(148 + data, b.peer(a).receivedBytes());
    }

    @Test
    void initiatorWithNothingToSendConfirmsByAKeepalive() {
        Wire.join(a, b);
        a.device.setPersistentKeepalive(a.peer(b), 25, wire.nowNs);
        wire.runSeconds(1);

        assertEquals(1, wire.sent(a, Data.TYPE).size());
        assertEquals(32, wire.sent(a, Data.TYPE).getFirst().length());
        assertNotNull(b.peer(a).current());
        assertNull(b.peer(a).next());
        assertEquals(0, wire.sent(b, Data.TYPE).size());
    }

    @Test
    void responderSendsNothingBeforeItsKeysAreConfirmed() {
        Wire.join(a, b);
        wire.loss = datagram -> datagram.type() == Data.TYPE;
        a.ping(b);
        wire.runSeconds(1);
        assertNull(b.peer(a).current());
        assertNotNull(b.peer(a).next());

        b.ping(a);
        wire.runSeconds(1);
        assertEquals(1, b.staged(a));
        assertEquals(0, wire.sent(b, Data.TYPE).size());

        wire.loss = datagram -> false;
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(1, a.delivered.size());
        assertEquals(0, b.staged(a));
    }

    @Test
    void usesThePresharedKey() {
        Wire.join(a, b);
        byte[] key = wire.seeded.bytes(32);
        a.device.setPresharedKey(a.peer(b), key);
        b.device.setPresharedKey(b.peer(a), key);
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(1, b.delivered.size());

        byte[] copy = new byte[32];
        b.device.copyPresharedKey(b.peer(a), copy);
        assertArrayEquals(key, copy);
    }

    @Test
    void differentPresharedKeysGiveNoTunnel() {
        Wire.join(a, b);
        a.device.setPresharedKey(a.peer(b), wire.seeded.bytes(32));
        a.ping(b);
        wire.runSeconds(30);
        assertEquals(0, b.delivered.size());
        assertNull(a.peer(b).current());
        assertTrue(a.device.drops(DropReason.RESPONSE_INVALID) >= 5);
        assertEquals(0, a.peer(b).receivedBytes());

        a.device.setPresharedKey(a.peer(b), new byte[32]);
        wire.runSeconds(6);
        assertEquals(1, b.delivered.size());
    }

    @Test
    void presharedKeyChangeCountsFromTheNextHandshake() {
        Wire.join(a, b);
        a.ping(b);
        wire.runSeconds(1);
        byte[] key = wire.seeded.bytes(32);
        a.device.setPresharedKey(a.peer(b), key);
        b.device.setPresharedKey(b.peer(a), key);
        for (int i = 0; i < 130; i++) {
            a.ping(b);
            wire.runSeconds(1);
        }
        assertEquals(131, b.delivered.size());
        assertEquals(2, wire.sent(a, Initiation.TYPE).size());
    }

    @Test
    void strangersGetNoAnswer() {
        a.addPeer(b);
        a.ping(b);
        wire.runSeconds(20);

        assertEquals(0, wire.sent(b, Response.TYPE).size());
        assertTrue(b.device.drops(DropReason.INITIATION_UNKNOWN_PEER) >= 3);
    }

    @Test
    void simultaneousInitiationsResolve() {
        Wire.join(a, b);
        for (int round = 0; round < 20; round++) {
            a.ping(b);
            b.ping(a);
            wire.runSeconds(30); // retries cross again when both jitters are alike: some, but not five times in a row
            assertEquals(round + 1, a.delivered.size(), wire.seeded::toString);
            assertEquals(round + 1, b.delivered.size(), wire.seeded::toString);
            a.bounce();
            b.bounce();
        }
    }

    @Test
    void restartedSideIsFoundAgainAfterFifteenSeconds() {
        Wire.join(a, b);
        a.ping(b);
        wire.runSeconds(5);
        b.restart(1_700_000_100L, true);
        b.addPeer(a);

        for (int i = 0; i < 18; i++) {
            a.ping(b);
            wire.runSeconds(1);
        }
        int before = b.delivered.size();
        a.ping(b);
        b.ping(a);
        wire.runSeconds(1);
        assertEquals(before + 1, b.delivered.size());
        assertEquals(1, a.delivered.size());
    }

    @Test
    void restartedInitiatorIsAcceptedAtOnce() {
        Wire.join(a, b);
        a.ping(b);
        wire.runSeconds(5);
        a.restart(1_700_000_006L, true);
        a.addPeer(b);
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(2, b.delivered.size());
    }

    @Test
    void clockSetBackDoesNotStopHandshakesIfTheTimestampWasStored() {
        Wire.join(a, b);
        a.ping(b);
        wire.runSeconds(5);
        a.restart(1_000_000_000L, true);
        a.addPeer(b);
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(2, b.delivered.size());

        a.setWallClock(900_000_000L); // and again while it runs
        a.bounce();
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(3, b.delivered.size());
    }

    @Test
    void clockSetBackStopsHandshakesIfItWasNot() {
        Wire.join(a, b);
        a.ping(b);
        wire.runSeconds(5);
        a.restart(1_000_000_000L, false);
        a.addPeer(b);
        a.ping(b);
        wire.runSeconds(20);
        assertEquals(1, b.delivered.size());
        assertTrue(b.device.drops(DropReason.INITIATION_TIMESTAMP_OLD) >= 3);
    }

    @Test
    void storesTheTimestampBeforeItsInitiationAndAtMostEveryTenSeconds() {
        Wire.join(a, b);
        wire.loss = datagram -> true;
        a.ping(b);
        assertTrue(a.actions.get(0) instanceof Action.PersistTimestamp);
        assertTrue(a.actions.get(1) instanceof Action.SendHandshake);
        wire.runSeconds(110);

        assertEquals(20, wire.sent(a, Initiation.TYPE).size());
        assertTrue(a.actions(Action.PersistTimestamp.class).size() <= 10);
        assertEquals(
                1_700_000_010L,
                a.actions(Action.PersistTimestamp.class).getFirst().seconds());
    }

    /** What was stored before was stored for the old key: a restart under the new one would find nothing. */
    @Test
    void storesTheTimestampAnewForAnotherPrivateKey() {
        Wire.join(a, b);
        a.ping(b);
        wire.runSeconds(6);
        a.actions.clear();
        a.device.setPrivateKey(wire.seeded.bytes(32), wire.nowNs);
        a.ping(b);
        assertTrue(a.actions.stream().anyMatch(Action.PersistTimestamp.class::isInstance));
        assertEquals(2, wire.sent(a, Initiation.TYPE).size());
    }

    /** The other side knows the last timestamp, although we have forgotten it with the peer. */
    @Test
    void peerThatComesBackIsNotSentAnOldTimestamp() {
        Wire.join(a, b);
        a.ping(b);
        wire.runSeconds(5);
        a.setWallClock(1_000_000_000L); // or the clock would hide it
        a.device.removePeer(a.peer(b), wire.nowNs);
        a.settle();
        a.addPeer(b);
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(0, b.device.drops(DropReason.INITIATION_TIMESTAMP_OLD));
        assertEquals(2, b.delivered.size());
    }

    @Test
    void endpointFollowsAuthenticMessagesOnly() {
        Wire.join(a, b);
        a.ping(b);
        wire.runSeconds(1);
        a.address = Endpoint.v4(0x0a00_0001, 7);
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(a.address, b.peer(a).endpoint());

        byte[] replayed = wire.sent(a, Data.TYPE).getLast().bytes();
        byte[] old = wire.log.getFirst().bytes();
        b.receive(replayed, Endpoint.v4(0x0b00_0001, 8));
        b.receive(old, Endpoint.v4(0x0b00_0001, 8));
        assertEquals(a.address, b.peer(a).endpoint());

        a.bounce();
        a.address = Endpoint.v4(0x0a00_0002, 9);
        wire.loss = datagram -> datagram.type() == Data.TYPE;
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(a.address, b.peer(a).endpoint()); // by the initiation
        wire.loss = datagram -> false;
        a.ping(b);
        wire.runSeconds(1);
        b.ping(a);
        wire.runSeconds(1);
        assertEquals(1, a.delivered.size());
    }

    @Test
    void aManagedEndpointMovesWithNoMessage() {
        Wire.join(a, b);
        Peer managed = b.peer(a);
        managed.manageEndpoint();
        Endpoint chosen = Endpoint.v4(0x0a00_0009, 9);
        managed.endpoint(chosen);
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(a.address, wire.sent(b, Response.TYPE).getFirst().to(), "answered where it was asked");
        assertEquals(chosen, managed.endpoint());

        Endpoint withSource = chosen.withLocal(0, 0x0a00_0005, 0);
        managed.follow(withSource);
        assertEquals(withSource, managed.endpoint(), "of the same remote the local side is taken");
        managed.replaceEndpoint(chosen, a.address);
        assertEquals(withSource, managed.endpoint(), "what is not there is not replaced");
    }

    @Test
    void underLoadACookieIsAskedForByTheRelayToo() {
        a.address = Endpoint.relay(1);
        b.address = Endpoint.relay(2);
        Wire.join(a, b);
        b.queued = 1;
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(a.address, wire.sent(b, CookieReply.TYPE).getFirst().to());
        assertEquals(0, wire.sent(b, Response.TYPE).size());

        wire.runSeconds(6);
        assertEquals(a.address, wire.sent(b, Response.TYPE).getFirst().to());
        assertEquals(1, b.delivered.size());
        assertEquals(1, b.device.drops(DropReason.COOKIE_REQUIRED));
    }

    @Test
    void aCookieOfOneRelayedSourceIsNoneOfAnother() {
        a.address = Endpoint.relay(1);
        b.address = Endpoint.relay(2);
        Wire.join(a, b);
        b.queued = 1;
        a.ping(b);
        wire.runSeconds(1);
        a.address = Endpoint.relay(3); // the same peer by another relay, with the cookie it has
        wire.runSeconds(6);
        assertEquals(2, b.device.drops(DropReason.COOKIE_REQUIRED));
        assertEquals(0, wire.sent(b, Response.TYPE).size());
    }

    @Test
    void underLoadACookieIsAskedForAndUsedByTheNextRetry() {
        Wire.join(a, b);
        b.queued = 1; // one in eight
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(1, wire.sent(b, CookieReply.TYPE).size());
        assertEquals(0, wire.sent(b, CookieReply.TYPE).getFirst().trafficClass());
        assertEquals(0, wire.sent(b, Response.TYPE).size());
        assertEquals(0, b.peer(a).receivedBytes());
        assertEquals(1, wire.sent(a, Initiation.TYPE).size()); // nothing at once

        wire.runSeconds(6);
        assertEquals(2, wire.sent(a, Initiation.TYPE).size());
        assertEquals(1, wire.sent(b, CookieReply.TYPE).size());
        assertEquals(1, wire.sent(b, Response.TYPE).size());
        assertEquals(1, b.delivered.size());
        assertEquals(1, b.device.drops(DropReason.COOKIE_REQUIRED));
    }

    @Test
    void responsesMayBeAnsweredWithACookieToo() {
        Wire.join(a, b);
        a.queued = 1;
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(1, wire.sent(a, CookieReply.TYPE).size());
        assertEquals(0, b.delivered.size());
        wire.runSeconds(6);
        assertEquals(1, b.delivered.size());
    }

    @Test
    void replayedAndRepeatedMessagesChangeNothing() {
        Wire.join(a, b);
        a.ping(b);
        wire.runSeconds(1);
        Keypair keys = a.peer(b).current();
        byte[] initiation = wire.sent(a, Initiation.TYPE).getFirst().bytes();
        byte[] response = wire.sent(b, Response.TYPE).getFirst().bytes();

        b.receive(initiation, a.address);
        a.receive(response, b.address);
        wire.runSeconds(1);

        assertEquals(1, b.device.drops(DropReason.INITIATION_TIMESTAMP_OLD));
        assertEquals(1, a.device.drops(DropReason.RESPONSE_UNEXPECTED));
        assertEquals(1, wire.sent(b, Response.TYPE).size());
        assertEquals(keys, a.peer(b).current());
    }

    @Test
    void acceptsOneInitiationInTwentyMilliseconds() {
        Wire.join(a, b);
        wire.loss = datagram -> true;
        byte[][] initiations = new byte[3][];
        for (int i = 0; i < 3; i++) {
            a.bounce();
            a.ping(b);
            initiations[i] = wire.sent(a, Initiation.TYPE).getLast().bytes();
        }
        b.receive(initiations[0], a.address);
        wire.run(20 * Wire.MS);
        b.receive(initiations[1], a.address);
        wire.run(1);
        b.receive(initiations[2], a.address);
        wire.settle();
        assertEquals(1, b.device.drops(DropReason.INITIATION_TOO_SOON));
        assertEquals(2, wire.sent(b, Response.TYPE).size());
    }

    @Test
    void handshakeInProgressSurvivesABadResponse() {
        Wire.join(a, b);
        wire.loss = datagram -> datagram.type() == Response.TYPE;
        a.ping(b);
        wire.runSeconds(1);
        byte[] good = wire.sent(b, Response.TYPE).getFirst().bytes();
        byte[] bad = good.clone();
        bad[50] ^= 1;
        a.receive(bad, b.address);
        assertEquals(1, a.device.drops(DropReason.MAC1_INVALID));
        a.receive(good, b.address);
        wire.settle();
        wire.runSeconds(1);
        Peer peer = a.peer(b);
        assertNotNull(peer.current());
        assertEquals(1, b.delivered.size());
        assertFalse(peer.isRemoved());
    }
}
