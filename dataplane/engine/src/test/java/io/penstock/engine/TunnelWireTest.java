package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.wire.Wire;
import io.penstock.ffm.Errno;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Datagrams that are not WireGuard, through a control agent and a lane on their threads and real sockets of the loopback. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TunnelWireTest {
    private static final byte[] DISCO = {0x54, 0x53, (byte) 0xf0, (byte) 0x9f, (byte) 0x92, (byte) 0xac, 1, 2, 3};
    private static final byte[] STUN = {0, 1, 0, 0, 0x21, 0x12, (byte) 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
    };

    /** Several rounds of the agent, and no more than the other socket's buffer holds. */
    private static final int MANY = 200;

    @TempDir
    private Path state;

    private final RecordingListener heard = new RecordingListener();
    private TestTunnel tunnel;
    private DatagramSocket other;
    private int port;

    @BeforeEach
    void open() throws Exception {
        tunnel = new TestTunnel(state, new TestTunnel.PlainMemory(), heard);
        tunnel.link(true);
        port = RecordingListener.next(heard.ports);
        other = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"));
        other.setSoTimeout(10_000);
    }

    @AfterEach
    void close() {
        other.close();
        tunnel.close();
    }

    private void sendToTunnel(byte[] bytes) throws Exception {
        other.send(new DatagramPacket(bytes, bytes.length, InetAddress.ofLiteral("127.0.0.1"), port));
    }

    private Endpoint others() {
        return Endpoint.v4(0x7f000001, other.getLocalPort());
    }

    private byte[] receive() throws Exception {
        DatagramPacket packet = new DatagramPacket(new byte[Wire.MAX_DATAGRAM + 1], Wire.MAX_DATAGRAM + 1);
        other.receive(packet);
        assertEquals(port, packet.getPort(), "from the tunnel's own port");
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    @Test
    void tellsItsPortAsSocketsOpenAndClose() throws Exception {
        assertEquals(port, tunnel.wire.port());
        assertEquals(port, tunnel.onControl(tunnel.control::listenPort));
        tunnel.link(false);
        assertEquals(0, RecordingListener.next(heard.ports));
        assertEquals(0, tunnel.wire.port());
        tunnel.link(true);
        assertEquals(port, RecordingListener.next(heard.ports));
    }

    @Test
    void handsOverDatagramsThatAreNoWireGuard() throws Exception {
        byte[] jumbo = new byte[Wire.MAX_DATAGRAM];
        new Random(1).nextBytes(jumbo);
        for (byte[] bytes : new byte[][] {DISCO, STUN, {1}, {5, 0, 0, 0}, {4, 0, 0, 1}, jumbo}) {
            sendToTunnel(bytes);
            RecordingListener.Datagram datagram = RecordingListener.next(heard.datagrams);
            assertArrayEquals(bytes, datagram.bytes());
            assertTrue(datagram.source().isSameRemote(others()));
            assertEquals(0x7f000001, datagram.source().localLow());
        }
        assertEquals(0, tunnel.control.drops(DropReason.UNKNOWN_TYPE));
        assertEquals(0, tunnel.control.drops(DropReason.WRONG_LENGTH));
    }

    @Test
    void keepsWhatSaysThatItIsWireGuard() throws Exception {
        for (int type = 1; type <= 4; type++) {
            sendToTunnel(new byte[] {(byte) type, 0, 0, 0, 9});
        }
        sendToTunnel(DISCO);
        assertArrayEquals(DISCO, RecordingListener.next(heard.datagrams).bytes());
        assertEquals(4, tunnel.control.drops(DropReason.WRONG_LENGTH));
    }

    @Test
    void keepsDatagramsThatNobodyWouldSend() throws Exception {
        byte[] tooLong = new byte[Wire.MAX_DATAGRAM + 1];
        sendToTunnel(tooLong);
        sendToTunnel(DISCO);
        assertArrayEquals(DISCO, RecordingListener.next(heard.datagrams).bytes());
        assertEquals(1, tunnel.control.drops(DropReason.UNKNOWN_TYPE));
    }

    @Test
    void sendsDatagramsOfAnyLengthFromTheTunnelsPort() throws Exception {
        Random random = new Random(2);
        for (int length : new int[] {1, 62, 257, 1_500, Wire.MAX_DATAGRAM}) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            assertTrue(tunnel.wire.send(others(), bytes));
            assertArrayEquals(bytes, receive());
        }
        assertTrue(heard.failures.isEmpty());
    }

    @Test
    void sendsManyInOrder() throws Exception {
        for (int i = 0; i < MANY; i++) {
            assertTrue(tunnel.wire.send(others(), new byte[] {(byte) (i >>> 8), (byte) i}));
        }
        for (int i = 0; i < MANY; i++) {
            assertArrayEquals(new byte[] {(byte) (i >>> 8), (byte) i}, receive());
        }
    }

    @Test
    void sendsFromTheAddressThatWasAsked() throws Exception {
        assertTrue(tunnel.wire.send(others().withLocal(0, 0x7f000009, 0), DISCO));
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        other.receive(packet);
        assertEquals(InetAddress.ofLiteral("127.0.0.9"), packet.getAddress());
    }

    @Test
    void saysWhatCouldNotBeSent() throws Exception {
        Endpoint broadcast = Endpoint.parse("255.255.255.255:9");
        Endpoint relay = Endpoint.relay(7);
        assertTrue(tunnel.wire.send(broadcast, DISCO));
        assertTrue(tunnel.wire.send(others(), DISCO));
        assertTrue(tunnel.wire.send(relay, DISCO));
        assertEquals( // in the order of the calls within a batch, but the three may be in several
                Set.of(
                        new RecordingListener.Failure(broadcast, Errno.EACCES),
                        new RecordingListener.Failure(relay, Errno.ENETUNREACH)),
                new HashSet<>(List.of(RecordingListener.next(heard.failures), RecordingListener.next(heard.failures))));
        assertArrayEquals(DISCO, receive());
    }

    /** Those that nobody may cut, in turns with others; of one that goes nowhere nobody is told, as it is tried to see that. */
    @Test
    void sendsWholeDatagramsBesideOthers() throws Exception {
        for (int i = 0; i < MANY; i++) {
            byte[] bytes = {(byte) (i >>> 8), (byte) i};
            assertTrue(i % 3 == 0 ? tunnel.wire.sendWhole(others(), bytes) : tunnel.wire.send(others(), bytes));
        }
        for (int i = 0; i < MANY; i++) {
            assertArrayEquals(new byte[] {(byte) (i >>> 8), (byte) i}, receive());
        }
        Endpoint broadcast = Endpoint.parse("255.255.255.255:9");
        assertTrue(tunnel.wire.sendWhole(Endpoint.relay(7), DISCO));
        assertTrue(tunnel.wire.sendWhole(broadcast, DISCO));
        assertTrue(tunnel.wire.send(Endpoint.relay(8), DISCO));
        assertEquals(
                new RecordingListener.Failure(Endpoint.relay(8), Errno.ENETUNREACH),
                RecordingListener.next(heard.failures));
        assertTrue(heard.failures.isEmpty());
    }

    @Test
    void sendsNothingWhileItsInterfaceIsDown() throws Exception {
        tunnel.link(false);
        assertEquals(0, RecordingListener.next(heard.ports));
        assertFalse(tunnel.wire.send(others(), DISCO));
    }

    @Test
    void sendsNothingOnceItHasEnded() {
        tunnel.close();
        assertFalse(tunnel.wire.send(others(), DISCO));
        assertEquals(0, tunnel.wire.port());
    }

    @Test
    void refusesDatagramsThatAreNone() {
        assertThrows(IllegalArgumentException.class, () -> tunnel.wire.send(others(), new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> tunnel.wire.send(others(), new byte[Wire.MAX_DATAGRAM + 1]));
    }

    @Test
    void queuesNoMoreThanItsBound() throws Exception {
        tunnel.onControl(
                () -> { // the agent is busy: nobody takes from the queue
                    for (int i = 0; i < TunnelWire.SEND_QUEUE; i++) {
                        assertTrue(tunnel.wire.send(others(), DISCO));
                    }
                    assertFalse(tunnel.wire.send(others(), DISCO));
                    return 0;
                });
    }
}
