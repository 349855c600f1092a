package io.penstock.engine.lane;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.aead.AeadEngines;
import io.penstock.engine.io.FakeUdpPort;
import io.penstock.ffm.LibC;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.MessageType;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two lanes that reach each other by a relay only, which is the test; and what else a node needs of a lane. */
class RelayedLaneTest {
    private static final int HOST_A = 0x0a000001;
    private static final int HOST_B = 0x0a000002;
    private static final long A_AT_B = 17; // the relay's number for A at B
    private static final long B_AT_A = 18;

    private final FakeUdpPort.Wire wire = new FakeUdpPort.Wire();
    private final int[] wakeUps = new int[2];
    private final List<byte[]> relayed = new ArrayList<>(); // all messages in their order
    private long nowNs = 1_000_000_000L;
    private Site a;
    private Site b;
    private WireRings ringsA;
    private WireRings ringsB;
    private Peer bAtA;
    private Peer aAtB;

    @BeforeEach
    void join() throws Exception {
        ringsA = new WireRings(() -> wakeUps[0]++);
        ringsB = new WireRings(() -> wakeUps[1]++);
        a = new Site(wire, "192.0.2.1:1000", 1, AeadEngines.open("bouncycastle"), nowNs, ringsA);
        b = new Site(wire, "192.0.2.2:2000", 2, AeadEngines.open("bouncycastle"), nowNs, ringsB);
        bAtA = a.addPeer(b, nowNs, "10.0.0.2/32");
        aAtB = b.addPeer(a, nowNs, "10.0.0.1/32");
        bAtA.manageEndpoint();
        aAtB.manageEndpoint();
        bAtA.endpoint(Endpoint.relay(B_AT_A));
        aAtB.endpoint(Endpoint.relay(A_AT_B));
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
    }

    private void settle() {
        for (int i = 0; i < 200; i++) {
            boolean more = a.step(nowNs);
            more |= b.step(nowNs);
            more |= relay(ringsA, B_AT_A, ringsB, A_AT_B) > 0;
            more |= relay(ringsB, A_AT_B, ringsA, B_AT_A) > 0;
            more |= a.udp.isReadable()
                    || ringsA.fromRelays().isAnnounced()
                    || ringsB.fromRelays().isAnnounced();
            if (!more) {
                return;
            }
        }
        throw new AssertionError("the two never come to rest");
    }

    private int relay(WireRings from, long toId, WireRings to, long fromId) {
        return from.drainToRelays(
                (id, buffer, offset, length) -> {
                    assertEquals(toId, id);
                    byte[] message = new byte[length];
                    buffer.getBytes(offset, message);
                    relayed.add(message);
                    to.receiveFromRelay(fromId, message, 0, length);
                },
                1_000);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void carriesHandshakeAndPacketsByRelays() {
        byte[] first = Packets.udp4(HOST_A, HOST_B, random(100));
        byte[] second = Packets.udp4(HOST_A, HOST_B, random(101));
        a.tun.offer(first);
        a.tun.offer(second);
        settle();
        List<byte[]> written = b.tun.takeWritten();
        assertEquals(2, written.size());
        assertArrayEquals(first, written.get(0));
        assertArrayEquals(second, written.get(1));

        byte[] answer = Packets.udp4(HOST_B, HOST_A, random(102));
        b.tun.offer(answer);
        settle();
        assertArrayEquals(answer, a.tun.takeWritten().get(0));
        assertTrue(wire.sent.isEmpty(), "nothing went to a socket");
        assertEquals(Endpoint.relay(A_AT_B), aAtB.endpoint());
    }

    @Test
    void carriesSuperpackets() {
        establish();
        byte[] payload = random(60_000);
        relayed.clear();
        a.tun.offer(Packets.tcpSuperpacket4(HOST_A, HOST_B, 1_000, payload, 1380));
        settle();
        assertEquals(44, relayed.size(), "a message for each packet");
        ByteArrayOutputStream arrived = new ByteArrayOutputStream();
        List<byte[]> written = b.tun.takeWritten();
        written.forEach(write -> arrived.writeBytes(Packets.tcpPayload(write)));
        assertArrayEquals(payload, arrived.toByteArray());
        assertEquals(1, written.size(), "joined again");
    }

    @Test
    void wakesTheRelaysOnceForAllThatComes() {
        establish();
        wakeUps[0] = 0;
        for (int i = 0; i < 50; i++) {
            a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(100 + i)));
            a.lane.round(false, false, true, nowNs);
        }
        assertEquals(1, wakeUps[0]);
        settle();
        assertEquals(50, b.tun.takeWritten().size());
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(100)));
        a.lane.round(false, false, true, nowNs);
        assertEquals(2, wakeUps[0]);
    }

    @Test
    void countsWhatTheRelaysDoNotTake() {
        establish();
        byte[] payload = random(60_000);
        for (int i = 0; i < 60; i++) {
            a.tun.offer(Packets.tcpSuperpacket4(HOST_A, HOST_B, 1_000 + i * 60_000, payload, 1380));
            a.lane.round(false, false, true, nowNs);
        }
        long lost = ringsA.drops().count(DropReason.RELAY_QUEUE_FULL);
        relayed.clear();
        settle();
        assertEquals(60 * 44, lost + relayed.size());
        assertTrue(lost > 0);
        b.tun.takeWritten();
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(100)));
        settle();
        assertEquals(1, b.tun.takeWritten().size(), "and goes on");
    }

    @Test
    void countsWhatALaneIsTooSlowFor() {
        establish();
        byte[] junk = random(1_400);
        junk[0] = Data.TYPE;
        int offered = 0;
        while (ringsB.receiveFromRelay(A_AT_B, junk, 0, junk.length) != WireRings.Reception.DROPPED) {
            offered++;
        }
        assertEquals(1, ringsB.drops().count(DropReason.RELAYED_QUEUE_FULL));
        assertTrue(offered > 1_000);
        settle();
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(100)));
        settle();
        assertEquals(1, b.tun.takeWritten().size());
        assertEquals(WireRings.Reception.DROPPED, ringsB.receiveFromRelay(1, new byte[65_536], 0, 65_536));
        assertEquals(1, ringsB.drops().count(DropReason.WRONG_LENGTH));
    }

    @Test
    void acceptsEachRelayedPacketOnceAndOnlyAuthenticOnes() {
        establish();
        relayed.clear();
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(64)));
        settle();
        assertEquals(1, b.tun.takeWritten().size());
        byte[] message = relayed.get(0);
        ringsB.receiveFromRelay(A_AT_B, message, 0, message.length);
        byte[] forged = message.clone();
        forged[message.length - 1] ^= 1;
        forged[8] ^= 64;
        ringsB.receiveFromRelay(A_AT_B, forged, 0, forged.length);
        settle();
        assertTrue(b.tun.takeWritten().isEmpty());
        assertEquals(1, b.lane.drops().count(DropReason.REPLAYED));
        assertEquals(1, b.lane.drops().count(DropReason.AUTHENTICATION_FAILED));
    }

    @Test
    void takesDataByRelayWhileItSendsDirectly() {
        establish();
        aAtB.endpoint(a.address);
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(64)));
        settle();
        assertEquals(1, b.tun.takeWritten().size());
        assertEquals("192.0.2.1:1000", String.valueOf(aAtB.endpoint()));
        wire.sent.clear();
        b.tun.offer(Packets.udp4(HOST_B, HOST_A, random(65)));
        settle();
        assertEquals(1, a.tun.takeWritten().size());
        assertEquals(1, wire.sent.size());
        assertEquals(Endpoint.relay(B_AT_A), bAtA.endpoint());
    }

    @Test
    void followsAPeerThatRoamsToARelay() throws Exception {
        Site c = new Site(wire, "192.0.2.3:3000", 3, AeadEngines.open("bouncycastle"), nowNs, ringsB);
        try (c) {
            Endpoint relay = Endpoint.relay(A_AT_B);
            Peer roaming = c.addPeer(a, nowNs, "10.0.0.1/32");
            roaming.follow(relay);
            assertSame(relay, roaming.endpoint());
            roaming.forgetSource();
            assertSame(relay, roaming.endpoint(), "a relay has no source to forget");
        }
    }

    /** The way that an initiation came is the way for the response, also where nothing else is known of the peer. */
    @Test
    void answersAHandshakeByTheRelayItCameBy() {
        aAtB.endpoint(null);
        byte[] packet = Packets.udp4(HOST_A, HOST_B, random(64));
        a.tun.offer(packet);
        settle();
        assertArrayEquals(packet, b.tun.takeWritten().get(0));
        assertNull(aAtB.endpoint());
        assertNotNull(aAtB.current());
    }

    @Test
    void believesNoDatagramThatSaysItCameByARelay() {
        establish();
        relayed.clear();
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(64)));
        a.lane.round(false, false, true, nowNs);
        ringsA.drainToRelays(
                (_, buffer, offset, length) -> {
                    byte[] message = new byte[length];
                    buffer.getBytes(offset, message);
                    relayed.add(message);
                },
                10);
        byte[] message = relayed.get(0);
        b.udp.deliver(message, message.length, 0, Endpoint.relay(A_AT_B));
        settle();
        assertTrue(b.tun.takeWritten().isEmpty());
        assertEquals(1, b.lane.drops().count(DropReason.RELAY_SOURCE_FORGED));
    }

    @Test
    void handsOverWhatARelayBringsAndIsNoWireGuard() {
        byte[] disco = {0x54, 0x53, (byte) 0xf0, (byte) 0x9f, (byte) 0x92, (byte) 0xac, 1};
        ringsB.receiveFromRelay(A_AT_B, disco, 0, disco.length);
        b.lane.round(false, false, false, nowNs);
        List<Endpoint> sources = new ArrayList<>();
        assertEquals(1, ringsB.datagrams().drain((source, _) -> sources.add(source), 10));
        assertEquals(Endpoint.relay(A_AT_B), sources.get(0));
    }

    @Test
    void survivesAnythingThatARelayBrings() {
        establish();
        relayed.clear();
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(200)));
        settle();
        byte[] valid = relayed.get(0);
        Random random = new Random(42);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = random.nextBoolean() ? valid.clone() : new byte[random.nextInt(300)];
            for (int flips = random.nextInt(4); flips > 0 && bytes.length > 0; flips--) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            ringsB.receiveFromRelay(random.nextLong(), bytes, 0, bytes.length);
            if ((i & 7) == 7) {
                b.step(nowNs);
                ringsB.datagrams().drain((_, _) -> {}, 1_000);
                ringsB.drainToRelays((_, _, _, _) -> {}, 1_000);
            }
        }
        settle();
        b.tun.takeWritten();
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(201)));
        settle();
        assertEquals(1, b.tun.takeWritten().size(), "the tunnel still works");
    }

    @Test
    void givesPacketsBetweenNodesToTheNode() {
        establish();
        byte[] tsmp = Packets.withProtocol(Packets.udp4(HOST_A, HOST_B, random(20)), 99);
        a.tun.offer(tsmp);
        byte[] stranger = Packets.withProtocol(Packets.udp4(0x0a000063, HOST_B, random(20)), 99);
        a.tun.offer(stranger);
        settle();
        assertTrue(b.tun.takeWritten().isEmpty());
        List<byte[]> packets = new ArrayList<>();
        ringsB.packets().drain(packets::add, 10);
        assertEquals(1, packets.size(), "of its own address only");
        assertArrayEquals(Packets.withoutHeader(tsmp), packets.get(0));
        assertEquals(1, b.lane.drops().count(DropReason.SOURCE_NOT_ALLOWED));
    }

    @Test
    void countsPacketsThatTheNodeDoesNotTake() {
        establish();
        byte[] tsmp = Packets.withProtocol(Packets.udp4(HOST_A, HOST_B, random(1_000)), 99);
        for (int i = 0; i < 200; i++) {
            a.tun.offer(tsmp);
            settle();
        }
        long lost = b.lane.drops().count(DropReason.PACKET_QUEUE_FULL);
        assertTrue(lost > 0);
        assertEquals(200, lost + ringsB.packets().drain(_ -> {}, 1_000));
    }

    @Test
    void sendsPacketsOfTheNodesOwn() {
        LibC libc = new LibC();
        byte[] packet = Packets.udp4(HOST_A, HOST_B, random(64));
        assertTrue(a.lane.proxy().inject(Packets.withoutHeader(packet), libc));
        settle();
        assertArrayEquals(packet, b.tun.takeWritten().get(0), "it waited for the handshake");

        assertTrue(a.lane.proxy().inject(Packets.withoutHeader(packet), libc));
        settle();
        assertArrayEquals(packet, b.tun.takeWritten().get(0));

        assertTrue(a.lane.proxy().inject(new byte[3], libc));
        settle();
        assertEquals(1, a.lane.drops().count(DropReason.OUTGOING_MALFORMED));
    }

    @Test
    void queuesFewPacketsOfTheNodesOwn() {
        LibC libc = new LibC();
        byte[] packet = Packets.withoutHeader(Packets.udp4(HOST_A, HOST_B, random(64)));
        establish();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < LaneProxy.INJECTED; i++) {
                byte[] longer = Packets.udp4(HOST_A, HOST_B, random(64 + i)); // so that none are joined
                assertTrue(a.lane.proxy().inject(Packets.withoutHeader(longer), libc));
            }
            assertFalse(a.lane.proxy().inject(packet, libc));
            settle();
            assertEquals(LaneProxy.INJECTED, b.tun.takeWritten().size());
        }
    }

    /** A source keeps its own bucket and cookie behind a relay as elsewhere: see the device's tests. */
    @Test
    void sendsHandshakesOnlyOnce() {
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(64)));
        settle();
        long handshakes = relayed.stream()
                .filter(message -> MessageType.of(new UnsafeBuffer(message), 0, message.length) != Data.TYPE)
                .count();
        assertEquals(2, handshakes, "initiation and response");
    }

    private void establish() {
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(64)));
        settle();
        b.tun.takeWritten();
        nowNs += 1;
    }
}
