package io.penstock.engine.lane;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.aead.AeadEngines;
import io.penstock.engine.io.FakeUdpPort;
import io.penstock.engine.io.Faults;
import io.penstock.engine.io.UdpSockets;
import io.penstock.ffm.Errno;
import io.penstock.ffm.LibC;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.peer.Peer;
import java.io.ByteArrayOutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two lanes joined by a wire in memory: everything real but the ports. */
class LaneTest {
    private static final long SEED = Long.getLong("penstock.seed", 42);
    private static final int HOST_A = 0x0a000001;
    private static final int HOST_B = 0x0a000002;

    private final FakeUdpPort.Wire wire = new FakeUdpPort.Wire();
    private long nowNs = 1_000_000_000L;
    private Site a;
    private Site b;
    private Peer bAtA;
    private Peer aAtB;

    @BeforeEach
    void join() throws Exception {
        a = new Site(wire, "192.0.2.1:1000", 1, AeadEngines.open("bouncycastle"), nowNs);
        b = new Site(wire, "192.0.2.2:2000", 2, AeadEngines.open("bouncycastle"), nowNs);
        bAtA = a.addPeer(b, nowNs, "10.0.0.2/32");
        aAtB = b.addPeer(a, nowNs, "10.0.0.1/32");
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
    }

    private void settle() {
        for (int i = 0; i < 100; i++) {
            boolean moreAtA = a.step(nowNs);
            boolean moreAtB = b.step(nowNs);
            if (!moreAtA && !moreAtB && !a.udp.isReadable()) {
                return;
            }
        }
        throw new AssertionError("the two never come to rest");
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(SEED + length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void deliversWhatWasStagedBeforeTheHandshake() {
        byte[] first = Packets.udp4(HOST_A, HOST_B, random(100));
        byte[] second = Packets.udp4(HOST_A, HOST_B, random(101));
        a.tun.offer(first);
        a.tun.offer(second);
        settle();
        List<byte[]> written = b.tun.takeWritten();
        assertEquals(2, written.size());
        assertArrayEquals(first, written.get(0));
        assertArrayEquals(second, written.get(1));
        assertTrue(a.events.contains("handshake completed"));
        assertNotNull(aAtB.current(), "the first packet confirmed the responder's keypair");
    }

    @Test
    void carriesASuperpacketAsOne() {
        establish();
        byte[] payload = random(60_000);
        wire.sent.clear();
        a.tun.offer(Packets.tcpSuperpacket4(HOST_A, HOST_B, 1_000, payload, 1380));
        settle();
        assertEquals(1, wire.sent.size(), "one message with UDP_SEGMENT");
        assertEquals(43 * 1452 + 16 + 16 + 704, wire.sent.get(0).length, "43 full segments and one of 660, padded");
        List<byte[]> written = b.tun.takeWritten();
        assertEquals(1, written.size());
        assertArrayEquals(payload, Packets.tcpPayload(written.get(0)));
    }

    @Test
    void carriesSuperpacketsOfTinySegments() {
        establish();
        byte[] payload = random(20_000);
        a.tun.offer(Packets.tcpSuperpacket4(HOST_A, HOST_B, 1_000, payload, 7));
        settle();
        ByteArrayOutputStream arrived = new ByteArrayOutputStream();
        for (byte[] write : b.tun.takeWritten()) {
            arrived.writeBytes(Packets.tcpPayload(write));
        }
        assertArrayEquals(payload, arrived.toByteArray());
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.EINVAL, Errno.EIO})
    void writesSinglePacketsWhereTheKernelRefusesMergedOnes(int errno) {
        establish();
        b.tun.mergedWrites = Faults.always(errno);
        byte[] payload = random(14_000);
        for (int round = 0; round < 2; round++) {
            a.tun.offer(Packets.tcpSuperpacket4(HOST_A, HOST_B, 1_000, payload, 1380));
            settle();
            ByteArrayOutputStream arrived = new ByteArrayOutputStream();
            List<byte[]> written = b.tun.takeWritten();
            assertEquals(11, written.size());
            written.forEach(write -> arrived.writeBytes(Packets.tcpPayload(write)));
            assertArrayEquals(payload, arrived.toByteArray());
        }
        assertEquals(1, b.events.stream().filter("tcp merge refused"::equals).count(), "asked once");
    }

    @Test
    void goesOnMergingWhereTheInterfaceIsDownOrMemoryIsShort() {
        establish();
        b.tun.mergedWrites = Faults.once(0, Errno.EIO);
        b.tun.singleWrites = Faults.always(Errno.EIO);
        byte[] payload = random(14_000);
        a.tun.offer(Packets.tcpSuperpacket4(HOST_A, HOST_B, 1_000, payload, 1380));
        settle();
        assertEquals(11, b.lane.drops().count(DropReason.TUN_WRITE_FAILED));

        b.tun.mergedWrites = Faults.once(0, Errno.ENOMEM);
        b.tun.singleWrites = Faults.NONE;
        for (int packets : new int[] {11, 1}) {
            a.tun.offer(Packets.tcpSuperpacket4(HOST_A, HOST_B, 1_000, payload, 1380));
            settle();
            assertEquals(packets, b.tun.takeWritten().size());
        }
        assertEquals(11, b.lane.drops().count(DropReason.TUN_WRITE_FAILED));
        assertTrue(b.events.stream().noneMatch(event -> event.endsWith("merge refused")), b.events.toString());
    }

    @Test
    void acceptsEachPacketOnce() {
        establish();
        wire.sent.clear();
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(64)));
        settle();
        byte[] message = wire.sent.get(0);
        b.tun.takeWritten();
        b.udp.deliver(message, message.length, 0, a.address);
        settle();
        assertTrue(b.tun.takeWritten().isEmpty());
        assertEquals(1, b.lane.drops().count(DropReason.REPLAYED));
    }

    @Test
    void followsAPeerOnlyByAuthenticPackets() {
        establish();
        Endpoint elsewhere = Endpoint.parse("198.51.100.7:999");
        byte[] message = sendIntoCutWire(Packets.udp4(HOST_A, HOST_B, random(64)));
        byte[] forged = message.clone();
        forged[message.length - 1] ^= 1;
        b.udp.deliver(forged, forged.length, 0, elsewhere);
        settle();
        assertEquals("192.0.2.1:1000", String.valueOf(aAtB.endpoint()));
        assertEquals(1, b.lane.drops().count(DropReason.AUTHENTICATION_FAILED));

        b.udp.deliver(message, message.length, 0, elsewhere);
        b.step(nowNs);
        assertEquals("198.51.100.7:999", String.valueOf(aAtB.endpoint()));
    }

    @Test
    void leavesAManagedPeerWhereItIs() {
        aAtB.manageEndpoint();
        aAtB.endpoint(a.address);
        establish();
        Endpoint elsewhere = Endpoint.parse("198.51.100.7:999");
        byte[] packet = Packets.udp4(HOST_A, HOST_B, random(64));
        byte[] message = sendIntoCutWire(packet);
        b.udp.deliver(message, message.length, 0, elsewhere);
        b.step(nowNs);
        assertArrayEquals(packet, b.tun.takeWritten().get(0));
        assertEquals("192.0.2.1:1000", String.valueOf(aAtB.endpoint()));
        assertEquals(
                a.address.withLocal(b.address.high(), b.address.low(), 0),
                aAtB.endpoint(),
                "the local side is learned");

        aAtB.endpoint(elsewhere);
        byte[] next = sendIntoCutWire(packet);
        b.udp.deliver(next, next.length, 0, elsewhere);
        b.step(nowNs);
        assertEquals(elsewhere.withLocal(b.address.high(), b.address.low(), 0), aAtB.endpoint());
    }

    @Test
    void opensASessionWithAManagedPeerThatIsNowhere() {
        aAtB.manageEndpoint();
        aAtB.endpoint(null);
        byte[] packet = Packets.udp4(HOST_A, HOST_B, random(64));
        a.tun.offer(packet);
        settle();
        assertArrayEquals(
                packet, b.tun.takeWritten().get(0), "the response went to where the initiation had come from");
        assertNull(aAtB.endpoint());

        byte[] answer = Packets.udp4(HOST_B, HOST_A, random(65));
        b.tun.offer(answer);
        settle();
        assertTrue(a.tun.takeWritten().isEmpty());
        aAtB.endpoint(a.address);
        b.device.kick(aAtB, nowNs);
        settle();
        assertArrayEquals(answer, a.tun.takeWritten().get(0), "it waited");
    }

    @Test
    void makesNoObjectToRememberAForgottenSource() {
        establish();
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(64)));
        settle();
        Endpoint before = aAtB.endpoint();
        assertNotNull(before);
        assertTrue(before.hasLocal());
        aAtB.forgetSource();
        assertNotSame(before, aAtB.endpoint());
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(64)));
        settle();
        assertSame(before, aAtB.endpoint());
    }

    /** What {@code a} makes of a packet, kept from {@code b}. */
    private byte[] sendIntoCutWire(byte[] packet) {
        wire.isCut = true;
        wire.sent.clear();
        a.tun.offer(packet);
        a.lane.round(false, false, true, nowNs);
        wire.isCut = false;
        return wire.sent.get(0);
    }

    @Test
    void refusesInnerSourcesOfOthers() {
        establish();
        a.tun.offer(Packets.udp4(0x0a000063, HOST_B, random(64)));
        settle();
        assertTrue(b.tun.takeWritten().isEmpty());
        assertEquals(1, b.lane.drops().count(DropReason.SOURCE_NOT_ALLOWED));
    }

    @Test
    void dropsWhatNoPeerOwns() {
        establish();
        a.tun.offer(Packets.udp4(HOST_A, 0x0a0000ff, random(64)));
        settle();
        assertEquals(1, a.lane.drops().count(DropReason.NO_PEER_FOR_DESTINATION));
    }

    @Test
    void saysThatNoPeerOwnsAnAddressNoMoreOftenThanAKernel() {
        byte[] packet = Packets.udp4(HOST_A, 0x0a0000ff, random(64));
        for (int i = 0; i < 60; i++) {
            a.tun.offer(packet);
        }
        settle();
        List<byte[]> written = a.tun.takeWritten();
        assertEquals(50, written.size());
        byte[] inner = Packets.withoutHeader(packet);
        byte[] answer = Packets.withoutHeader(written.get(0));
        assertEquals(20 + 8 + inner.length, answer.length);
        assertArrayEquals(inner, Arrays.copyOfRange(answer, 28, answer.length));

        nowNs += 1_000_000L;
        a.tun.offer(packet);
        a.tun.offer(packet);
        settle();
        assertEquals(1, a.tun.takeWritten().size());
    }

    /** Staged or not, a tunnel in this tunnel gets a shorter hop limit each time, and ends when there is none left. */
    @Test
    void endsALoopOfTunnels() {
        byte[] message = random(96);
        message[0] = 4;
        message[1] = 0;
        message[2] = 0;
        message[3] = 0;
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, message));
        settle();
        assertEquals(List.of(0, 0, 56), wire.hopLimits, "initiation, response, packet");

        for (int inner : new int[] {56, 16, 8}) {
            a.tun.offer(Packets.withHopLimit(Packets.udp4(HOST_A, HOST_B, message), inner));
            settle();
        }
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(97)));
        settle();
        assertEquals(List.of(0, 0, 56, 48, 8, 0), wire.hopLimits);
        assertEquals(1, a.lane.drops().count(DropReason.ROUTING_LOOP));
    }

    @Test
    void countsBytesAsSentAndReceivedOnTheWire() {
        establish();
        long sent = bAtA.sentBytes();
        long received = aAtB.receivedBytes();
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(100))); // 128 bytes, so no padding
        settle();
        assertEquals(sent + 32 + 128, bAtA.sentBytes());
        assertEquals(received + 32 + 128, aAtB.receivedBytes());
    }

    /** RFC 6040, normal mode; INET_ECN_encapsulate of the kernel: a CE inside goes as ECT(0) outside. */
    @Test
    void tellsThePathWhetherThePacketIsEcnCapable() {
        int[] outerByInner = {0, 1, 2, 2};
        for (boolean staged : new boolean[] {true, false}) {
            for (int inner = 0; inner < 4; inner++) {
                if (staged) {
                    a.device.down(nowNs); // so that the packet waits for a handshake
                    settle();
                    nowNs += 6_000_000_000L;
                    a.device.setWallClock(nowNs, 1_800_000_000L + nowNs / 1_000_000_000L, 0);
                    a.device.up(nowNs);
                }
                wire.trafficClasses.clear();
                byte[] packet = Packets.withTrafficClass(Packets.udp4(HOST_A, HOST_B, random(64)), 0x28 | inner);
                a.tun.offer(packet);
                settle();
                assertEquals(staged, wire.trafficClasses.size() > 1, "initiation, response, packet");
                assertEquals(outerByInner[inner], wire.trafficClasses.getLast(), "inner " + inner);
                assertArrayEquals(packet, b.tun.takeWritten().get(0), "inner " + inner);
            }
        }
    }

    @Test
    void marksCongestionInside() {
        establish();
        int[][] innerAfter = { // by the outer header's bits, then by those of the inner one
            {0, 1, 2, 3}, {0, 1, 2, 3}, {0, 1, 2, 3}, {0, 3, 3, 3},
        };
        for (int outer = 0; outer < 4; outer++) {
            for (int inner = 0; inner < 4; inner++) {
                byte[] packet = Packets.udp4(HOST_A, HOST_B, random(64));
                byte[] message = sendIntoCutWire(Packets.withTrafficClass(packet, 0x28 | inner));
                b.udp.deliver(message, message.length, 0xb8 | outer, a.address);
                b.step(nowNs);
                byte[] expected = Packets.withTrafficClass(packet, 0x28 | innerAfter[outer][inner]);
                assertArrayEquals(expected, b.tun.takeWritten().get(0), "outer " + outer + ", inner " + inner);
            }
        }
    }

    @Test
    void countsDatagramsWithoutContent() {
        b.udp.deliver(new byte[0], 0, 0, a.address);
        b.step(nowNs);
        assertEquals(1, b.lane.drops().count(DropReason.WRONG_LENGTH));
    }

    @Test
    void countsEveryDatagramThatCannotBeSent() {
        establish();
        bAtA.endpoint(Endpoint.parse("198.51.100.9:1")); // nobody there
        a.tun.offer(Packets.tcpSuperpacket4(HOST_A, HOST_B, 1_000, random(13_000), 1300));
        settle();
        assertEquals(10, a.lane.drops().count(DropReason.SEND_FAILED));
    }

    @Test
    void receivesNothingFromSocketsThatWereReplaced() throws Exception {
        LibC libc = new LibC();
        UdpSockets sockets = UdpSockets.open(libc, 0, 0);
        a.lane.useSockets(sockets, libc);
        a.lane.step(0);
        try (DatagramSocket sender = new DatagramSocket()) {
            sender.send(new DatagramPacket(
                    new byte[1], 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), sockets.port()));
        }
        a.lane.useSockets(UdpSockets.NONE, libc);
        a.lane.step(0);
        for (DropReason reason : DropReason.values()) {
            assertEquals(0, a.lane.drops().count(reason), reason.label());
        }
        sockets.close(libc);
    }

    @Test
    void survivesAnyDatagram() {
        establish();
        Random random = new Random(SEED);
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(200)));
        wire.sent.clear();
        settle();
        byte[] valid = wire.sent.get(0);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = random.nextBoolean() ? valid.clone() : new byte[random.nextInt(300)];
            if (bytes != valid && random.nextBoolean()) {
                random.nextBytes(bytes);
            }
            for (int flips = random.nextInt(4); flips > 0 && bytes.length > 0; flips--) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            int segment = random.nextInt(3) == 0 ? 1 + random.nextInt(bytes.length + 1) : bytes.length;
            b.udp.deliver(bytes, segment, random.nextInt(256), a.address);
            if ((i & 7) == 7) {
                b.step(nowNs);
            }
        }
        settle();
        b.tun.takeWritten();
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(201)));
        settle();
        assertEquals(1, b.tun.takeWritten().size(), "the tunnel still works");
    }

    @Test
    void survivesAnythingFromTheTun() {
        establish();
        Random random = new Random(SEED);
        byte[] valid = Packets.tcpSuperpacket4(HOST_A, HOST_B, 1_000, random(9_000), 1380);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = random.nextInt(3) == 0 ? new byte[random.nextInt(200)] : valid.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0 && bytes.length > 0; flips--) {
                bytes[random.nextInt(Math.min(60, bytes.length))] = (byte) random.nextInt();
            }
            a.tun.offer(bytes);
            if ((i & 7) == 7) {
                a.step(nowNs);
                b.step(nowNs);
                b.tun.takeWritten();
                wire.sent.clear();
            }
        }
        settle();
        b.tun.takeWritten();
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(201)));
        settle();
        assertEquals(1, b.tun.takeWritten().size(), "the tunnel still works");
    }

    private void establish() {
        a.tun.offer(Packets.udp4(HOST_A, HOST_B, random(64)));
        settle();
        b.tun.takeWritten();
    }
}
