package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.io.UdpSockets;
import io.penstock.engine.lane.OnLane;
import io.penstock.engine.uapi.Change;
import io.penstock.engine.uapi.Secret;
import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.peer.Peer;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The control agent with a real lane beside it, each on a thread of its own. */
class ControlAgentTest {
    private static final int PEERS = 20_000;

    private final LibC libc = new LibC();

    @TempDir
    private Path state;

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void movesTwentyThousandPeersAtOnce() throws Exception {
        try (TestTunnel tunnel = new TestTunnel(state, new TestTunnel.PlainMemory())) {
            Random random = new Random(1);
            tunnel.onControl(() -> add(tunnel, random));
            tunnel.link(true);
            tunnel.link(false);
            tunnel.link(true);
            tunnel.onControl(() -> {
                tunnel.device.removeAllPeers(System.nanoTime()); // replace_peers=true
                return add(tunnel, random);
            });
            tunnel.onControl(() -> {
                tunnel.device.removeAllPeers(System.nanoTime());
                return 0;
            });
            tunnel.await(() -> firstSlotIsFree(tunnel, random));
            assertEquals(List.of(), tunnel.log.complaints());
        }
    }

    @Test
    void goesDownAndUpOnTheSamePort() throws Exception {
        try (TestTunnel tunnel = new TestTunnel(state, new TestTunnel.PlainMemory())) {
            tunnel.link(true);
            int port = tunnel.onControl(tunnel.control::listenPort);
            for (int round = 0; round < 200; round++) {
                if (round % 20 == 0) { // a lane that is busy does not let go at once
                    OnLane.run(tunnel.lane, () -> LockSupport.parkNanos(20_000_000), libc);
                }
                tunnel.link(false);
                tunnel.link(true);
                assertEquals(port, tunnel.onControl(tunnel.control::listenPort));
            }
            assertEquals(List.of(), tunnel.log.complaints());
        }
    }

    @Test
    void changesPortsBackAndForth() throws Exception {
        int[] ports = {freePort(), freePort()};
        try (TestTunnel tunnel = new TestTunnel(state, new TestTunnel.PlainMemory())) {
            tunnel.link(true);
            int failures = tunnel.onControl(() -> {
                int failed = 0;
                for (int round = 0; round < 200; round++) {
                    failed += tunnel.control.setListenPort(ports[round & 1]) == 0 ? 0 : 1;
                }
                return failed;
            });
            assertEquals(0, failures);
            assertEquals(ports[1], tunnel.onControl(tunnel.control::listenPort));
        }
    }

    @Test
    void keepsItsPortWhereTheWantedOneIsTaken() throws Exception {
        UdpSockets other = UdpSockets.open(libc, 0, 0);
        try (TestTunnel tunnel = new TestTunnel(state, new TestTunnel.PlainMemory())) {
            tunnel.link(true);
            int before = tunnel.onControl(tunnel.control::listenPort);
            assertEquals(-Errno.EADDRINUSE, tunnel.onControl(() -> tunnel.control.setListenPort(other.port())));
            assertEquals(before, tunnel.onControl(tunnel.control::listenPort));
            assertTrue(tunnel.onControl(tunnel.device::isUp));
        } finally {
            other.close(libc);
        }
    }

    @Test
    void comesUpWhenItsPortIsFree() throws Exception {
        UdpSockets other = UdpSockets.open(libc, 0, 0);
        int port = other.port();
        try (TestTunnel tunnel = new TestTunnel(state, new TestTunnel.PlainMemory())) {
            assertEquals(0, tunnel.onControl(() -> tunnel.control.setListenPort(port)), "no socket is open yet");
            tunnel.link.set(true);
            tunnel.await(() -> !tunnel.log.complaints().isEmpty());
            assertFalse(tunnel.onControl(tunnel.device::isUp));
            assertEquals(-Errno.EADDRINUSE, tunnel.onControl(() -> tunnel.control.setListenPort(port)));
            assertEquals(-Errno.EADDRINUSE, tunnel.onControl(() -> tunnel.control.setFwmark(0)));

            other.close(libc);
            tunnel.await(tunnel.device::isUp);
            assertEquals(port, tunnel.onControl(tunnel.control::listenPort));
            assertEquals(1, tunnel.log.complaints().size(), "said once: " + tunnel.log.complaints());
        }
    }

    @Test
    void comesUpOnAnotherPortAtOnce() throws Exception {
        UdpSockets other = UdpSockets.open(libc, 0, 0);
        try (TestTunnel tunnel = new TestTunnel(state, new TestTunnel.PlainMemory())) {
            tunnel.onControl(() -> tunnel.control.setListenPort(other.port()));
            tunnel.link.set(true);
            tunnel.await(() -> !tunnel.log.complaints().isEmpty());
            int result = tunnel.onControl(() -> tunnel.control.setListenPort(0));
            assertEquals(0, result);
            assertTrue(tunnel.onControl(tunnel.device::isUp));
        } finally {
            other.close(libc);
        }
    }

    @Test
    void triesNoMoreOnceTheLinkIsDown() throws Exception {
        UdpSockets other = UdpSockets.open(libc, 0, 0);
        try (TestTunnel tunnel = new TestTunnel(state, new TestTunnel.PlainMemory())) {
            tunnel.onControl(() -> tunnel.control.setListenPort(other.port()));
            tunnel.link.set(true);
            tunnel.await(() -> !tunnel.log.complaints().isEmpty());
            tunnel.link.set(false);
            tunnel.await(() -> !tunnel.link.isUp());
            assertEquals(0, tunnel.onControl(() -> tunnel.control.setListenPort(0)), "nothing is opened");
            assertFalse(tunnel.onControl(tunnel.device::isUp));
        } finally {
            other.close(libc);
        }
    }

    /** Rules that look at the mark may lead another way, from another address. */
    @Test
    void forgetsSourcesWhenItsMarkChanges() throws Exception {
        try (TestTunnel tunnel = new TestTunnel(state, new TestTunnel.PlainMemory())) {
            Endpoint sticky = Endpoint.v4(0x7f000001, 9).withLocal(0, 0x7f000002, 0);
            Peer peer = tunnel.onControl(() -> tunnel.device.addPeer(key(new Random(3)), System.nanoTime()));
            peer.endpoint(sticky);
            assertEquals(0, tunnel.onControl(() -> tunnel.control.setFwmark(0)));
            assertEquals(sticky, peer.endpoint());

            assertEquals(0, tunnel.onControl(() -> tunnel.control.setFwmark(7)));
            assertEquals(sticky.withoutLocal(), peer.endpoint());
        }
    }

    @Test
    void survivesTheEndOfItsSecretMemory() throws Exception {
        TestTunnel.PlainMemory memory = new TestTunnel.PlainMemory();
        try (TestTunnel tunnel = new TestTunnel(state, memory)) {
            tunnel.link(true);
            Random random = new Random(2);
            assertEquals(0, tunnel.select(key(random)));
            tunnel.onControl(() -> memory.isExhausted = true);
            assertEquals(-Errno.ENOMEM, tunnel.select(key(random)));
            Secret privateKey = new Secret(key(random).toBytes());
            assertEquals(-Errno.ENOMEM, tunnel.apply(new Change.PrivateKey(privateKey)));
            assertEquals(1, tunnel.onControl(tunnel.device::peerCount));
            tunnel.onControl(() -> memory.isExhausted = false);
            assertEquals(0, tunnel.select(key(random)));
            assertEquals(2, tunnel.onControl(tunnel.device::peerCount));
            assertEquals(List.of(), tunnel.log.complaints());
        }
    }

    @Test
    void tellsWhatWasDropped() throws Exception {
        TestTunnel tunnel = new TestTunnel(state, new TestTunnel.PlainMemory());
        try (tunnel;
                DatagramSocket sender = new DatagramSocket()) {
            tunnel.link(true);
            int port = tunnel.onControl(tunnel.control::listenPort);
            sender.send(new DatagramPacket(new byte[60], 60, InetAddress.ofLiteral("127.0.0.1"), port));
            tunnel.await(() -> tunnel.control.drops(DropReason.UNKNOWN_TYPE) == 1);
        }
        assertTrue(tunnel.log.lines().contains("dropped: unknown-type 1 (+1)"), tunnel.log.lines()::toString);
    }

    private int freePort() throws ErrnoException {
        UdpSockets free = UdpSockets.open(libc, 0, 0);
        free.close(libc);
        return free.port();
    }

    private static int add(TestTunnel tunnel, Random random) {
        for (int i = 0; i < PEERS; i++) {
            tunnel.device.addPeer(key(random), System.nanoTime());
        }
        return tunnel.device.peerCount();
    }

    /** The lane has let go of the peers before: a new one gets the first of their slots. */
    private static boolean firstSlotIsFree(TestTunnel tunnel, Random random) {
        long nowNs = System.nanoTime();
        Peer peer = tunnel.device.addPeer(key(random), nowNs);
        tunnel.device.removePeer(peer, nowNs);
        return peer.slot() == 0;
    }

    private static PublicKey key(Random random) {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return PublicKey.of(bytes);
    }
}
