package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.penstock.engine.io.LinuxUdpPort;
import io.penstock.engine.io.SendBatch;
import io.penstock.engine.io.UdpSockets;
import io.penstock.engine.uapi.Change;
import io.penstock.engine.uapi.PeerBlock;
import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two tunnels of this process that nodes would drive: peers by a relay, which is a pair of threads of this test, and datagrams of
 * path finding by the link between the sites.
 *
 * <pre>
 *   namespace A                          relay                         namespace B
 *   tun 10.9.0.1/24 == Tunnel ===========(rings)=========== Tunnel == tun 10.9.0.2/24
 *                         '-- veth 192.0.2.1 --- 192.0.2.2 veth --'
 * </pre>
 */
@Tag("live")
class RelayedTunnelsLiveTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long A_AT_B = 17;
    private static final long B_AT_A = 18;
    private static final Endpoint ADDRESS_A = Endpoint.parse("192.0.2.1:" + TwoSites.PORT);
    private static final Endpoint ADDRESS_B = Endpoint.parse("192.0.2.2:" + TwoSites.PORT);
    private static final byte[] DISCO = {0x54, 0x53, (byte) 0xf0, (byte) 0x9f, (byte) 0x92, (byte) 0xac};

    private static final long BYTES = 20_000_000;
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int PACKETS_PER_ROUND = 200_000;
    private static final int WARM_UP_ROUNDS = 30;
    private static final int ROUNDS = 3;

    private static final int JUNK_LENGTH = 100;
    private static final long FLOOD_NS = 9_000_000_000L;
    private static final int PACKETS_IN_FLOOD = 20_000;
    private static final int RECENT_SECONDS = 7; // sessions are renewed as soon as they may be, after 5.3 at most

    private final RecordingListener heardA = new RecordingListener();
    private final RecordingListener heardB = new RecordingListener();
    private TwoSites sites;
    private TestRelay relay;

    @BeforeEach
    void open() throws Exception {
        open(Duration.ofSeconds(1), Parallelism.ONE_THREAD);
    }

    private void open(Duration rekeyAfter, Parallelism parallelism) throws Exception {
        sites = TwoSites.openListening(rekeyAfter, parallelism, heardA, heardB);
        manage(sites.tunnelA(), TwoSites.privateKeyB(), Endpoint.relay(B_AT_A));
        manage(sites.tunnelB(), TwoSites.privateKeyA(), Endpoint.relay(A_AT_B));
        relay = new TestRelay(
                sites.tunnelA().wire(), heardA, B_AT_A, sites.tunnelB().wire(), heardB, A_AT_B);
        assertEquals(TwoSites.PORT, awaitPort(heardA));
        assertEquals(TwoSites.PORT, awaitPort(heardB));
    }

    @AfterEach
    void close() throws Exception {
        relay.close();
        sites.close();
    }

    private void reopen(Duration rekeyAfter, Parallelism parallelism) throws Exception {
        close();
        heardA.ports.clear();
        heardB.ports.clear();
        open(rekeyAfter, parallelism);
    }

    private static int awaitPort(RecordingListener heard) throws InterruptedException {
        int port = RecordingListener.next(heard.ports);
        return port == 0 ? RecordingListener.next(heard.ports) : port;
    }

    private static void manage(Tunnel tunnel, byte[] privateKeyOfPeer, Endpoint at) {
        List<Change> changes = List.of(
                new Change.SelectPeer(PublicKey.of(TwoSites.publicKey(privateKeyOfPeer))),
                new Change.ManageEndpoint(),
                new Change.SetEndpoint(at),
                new Change.EndOfPeer());
        assertEquals(0, tunnel.configuration().apply(new PeerBlock(), changes));
    }

    @Test
    void carriesTcpByTheRelayAlone() throws Exception {
        for (NetworkNamespace namespace : List.of(sites.namespaceA(), sites.namespaceB())) {
            try (Netlink netlink = namespace.netlink()) {
                Links links = new Links(netlink);
                links.setDown(links.index("veth"));
            }
        }
        DigestedTcp.exchange(sites.namespaceA(), sites.namespaceB(), "10.9.0.2", 7100, BYTES, PATIENCE);
        String shown = TwoSites.ask(sites.tunnelA(), "get=1\n\n");
        assertTrue(shown.contains("\nendpoint=[100::12]:1\n"), shown);

        RecordingListener.Traffic told = RecordingListener.next(heardA.traffic);
        assertEquals(PublicKey.of(TwoSites.publicKey(TwoSites.privateKeyB())), told.peer());
        assertTrue(told.hasSent());
        assertEquals(List.of(), sites.log().complaints());
    }

    /** Workers seal, open and retire, and so put messages into the relay's ring beside the lane. */
    @Test
    void carriesTcpWithWorkersAndSeveralLanes() throws Exception {
        reopen(Duration.ofSeconds(1), new Parallelism(2, 3));
        DigestedTcp.exchange(sites.namespaceA(), sites.namespaceB(), "10.9.0.2", 7100, BYTES, PATIENCE);
        for (Tunnel tunnel : List.of(sites.tunnelA(), sites.tunnelB())) {
            Map<DropReason, Long> drops = tunnel.drops();
            assertEquals(0, drops.get(DropReason.REPLAYED));
            assertEquals(0, drops.get(DropReason.AUTHENTICATION_FAILED));
        }
        assertEquals(List.of(), sites.log().complaints());
    }

    @Test
    void movesToADirectPathAndBackWithoutAGap() throws Exception {
        try (DatagramStream stream = stream(sites.namespaceA(), sites.namespaceB(), TwoSites.ADDRESS_B, 7001)) {
            for (int round = 0; round < 5; round++) {
                await(stream, 5_000);
                manage(sites.tunnelA(), TwoSites.privateKeyB(), ADDRESS_B);
                await(stream, 5_000);
                manage(sites.tunnelA(), TwoSites.privateKeyB(), Endpoint.relay(B_AT_A));
            }
        }
        String shown = TwoSites.ask(sites.tunnelB(), "get=1\n\n");
        assertTrue(shown.contains("\nendpoint=[100::11]:1\n"), "packets by the link moved nothing: " + shown);
        assertEquals(List.of(), sites.log().complaints());
    }

    @Test
    void passesDatagramsOfPathFindingBothWays() throws Exception {
        Random random = new Random(3);
        for (int length : new int[] {62, 110, 1_472, 9_000}) {
            byte[] ping = Arrays.copyOf(DISCO, length);
            byte[] rest = new byte[length - DISCO.length];
            random.nextBytes(rest);
            System.arraycopy(rest, 0, ping, DISCO.length, rest.length);
            assertTrue(sites.tunnelA().wire().send(ADDRESS_B, ping));
            RecordingListener.Datagram at = RecordingListener.next(heardB.datagrams);
            assertArrayEquals(ping, at.bytes());
            assertTrue(at.source().isSameRemote(ADDRESS_A));
            assertEquals(0xc0000202L, at.source().localLow());

            ping[length - 1] ^= 1;
            assertTrue(sites.tunnelB().wire().send(at.source(), ping));
            assertArrayEquals(ping, RecordingListener.next(heardA.datagrams).bytes());
        }
        assertTrue(sites.tunnelA().wire().send(Endpoint.parse("[2001:db8::2]:" + TwoSites.PORT), DISCO));
        RecordingListener.Datagram by6 = RecordingListener.next(heardB.datagrams);
        assertArrayEquals(DISCO, by6.bytes());
        assertEquals("[2001:db8::1]:" + TwoSites.PORT, by6.source().toString());
        assertTrue(heardA.failures.isEmpty());

        Endpoint nowhere = Endpoint.parse("198.51.100.1:9");
        assertTrue(sites.tunnelA().wire().send(nowhere, DISCO));
        assertEquals(
                new RecordingListener.Failure(nowhere, Errno.ENETUNREACH), RecordingListener.next(heardA.failures));
        assertEquals(List.of(), sites.log().complaints());
    }

    @Test
    void givesAPacketOfTheNodesOwnToTheOtherNode() throws Exception {
        byte[] tsmp = new byte[40];
        ByteBuffer.wrap(tsmp)
                .putInt(0x45000028)
                .putInt(0)
                .putInt(0x40630000)
                .putInt(TwoSites.ADDRESS_A)
                .putInt(TwoSites.ADDRESS_B)
                .put((byte) 'P');
        assertTrue(sites.tunnelA().wire().inject(tsmp));
        assertArrayEquals(tsmp, RecordingListener.next(heardB.packets));
    }

    /** Until C2 has compiled what lanes call they allocate; from some round on they do not any more. */
    @Test
    void lanesAllocateNothingForRelays() throws Exception {
        // What a renewal has lanes do allocates before it is compiled.
        reopen(Duration.ofSeconds(120), Parallelism.ONE_THREAD);
        LoadedClasses classes = new LoadedClasses();
        List<Long> lanes = laneThreads();
        try (DatagramStream out = stream(sites.namespaceA(), sites.namespaceB(), TwoSites.ADDRESS_B, 7001);
                DatagramStream back = stream(sites.namespaceB(), sites.namespaceA(), TwoSites.ADDRESS_A, 7002)) {
            long bytes = 1;
            for (int round = 0; round < WARM_UP_ROUNDS && bytes > 0; round++) {
                classes.prepare();
                bytes = allocatedInARound(lanes, out, back);
            }
            for (int round = 0; round < ROUNDS; round++) {
                assertEquals(0, allocatedInARound(lanes, out, back), "bytes allocated by lane threads");
            }
        }
    }

    private static long allocatedInARound(List<Long> lanes, DatagramStream out, DatagramStream back)
            throws InterruptedException {
        long before = allocated(lanes);
        await(out, PACKETS_PER_ROUND);
        await(back, PACKETS_PER_ROUND);
        return allocated(lanes) - before;
    }

    /** Datagrams that look like path finding, as fast as one thread sends them: packets pass and sessions are renewed all the same. */
    @Test
    void carriesPacketsAndRenewsSessionsInAFloodOfJunk() throws Exception {
        heardB.onlyCounts = true;
        try (DatagramStream stream = stream(sites.namespaceA(), sites.namespaceB(), TwoSites.ADDRESS_B, 7001)) {
            await(stream, 1_000);
            Flood flood = new Flood(sites.namespaceA());
            long before = stream.received();
            Thread.sleep(Duration.ofNanos(FLOOD_NS));
            long carried = stream.received() - before;
            long ageSeconds = System.currentTimeMillis() / 1_000 - lastHandshakeSeconds();
            Map<DropReason, Long> drops = sites.tunnelB().drops();
            long sent = flood.end();
            System.out.printf(
                    "%d junk datagrams sent, %d handed over, %s too many; %d packets carried meanwhile%n",
                    sent, heardB.datagramCount.get(), drops.get(DropReason.DATAGRAM_QUEUE_FULL), carried);
            assertTrue(sent > 100_000, () -> "a flood of " + sent);
            assertTrue(heardB.datagramCount.get() > 1_000, "some are looked at");
            assertTrue(carried > PACKETS_IN_FLOOD, () -> carried + " packets carried");
            assertTrue(
                    ageSeconds <= RECENT_SECONDS,
                    () -> "no handshake for " + ageSeconds + " s; dropped at A "
                            + sites.tunnelA().drops() + ", at B " + drops);
        }
        assertEquals(List.of(), sites.log().complaints());
    }

    private long lastHandshakeSeconds() {
        return TwoSites.ask(sites.tunnelB(), "get=1\n\n")
                .lines()
                .filter(line -> line.startsWith("last_handshake_time_sec="))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf('=') + 1)))
                .max()
                .orElseThrow();
    }

    /** Junk from a thread of its own, until {@link #end}. */
    private static final class Flood {
        private final Thread thread;
        private volatile boolean isEnding;
        private volatile long sent;

        Flood(NetworkNamespace namespace) {
            thread = Thread.ofPlatform().name("flood").start(() -> {
                try {
                    namespace.enter();
                    send(new LibC());
                } catch (ErrnoException e) {
                    throw new IllegalStateException(e);
                }
            });
        }

        private void send(LibC libc) throws ErrnoException {
            UdpSockets sockets = UdpSockets.open(libc, 0, 0);
            int length = SendBatch.MAX_SEGMENTS * JUNK_LENGTH;
            UnsafeBuffer slab = new UnsafeBuffer(Memory.slab(length), length);
            SendBatch batch = new SendBatch(slab);
            for (int i = 0; i < SendBatch.MAX_SEGMENTS; i++) {
                slab.putBytes(i * JUNK_LENGTH, DISCO);
                batch.add(ADDRESS_B, 0, i * JUNK_LENGTH, JUNK_LENGTH);
            }
            LinuxUdpPort udp = new LinuxUdpPort(libc, sockets, 0, _ -> {});
            long done = 0;
            while (!isEnding) {
                done += SendBatch.MAX_SEGMENTS - udp.send(batch);
                sent = done;
            }
            udp.close();
            sockets.close(libc);
        }

        long end() throws InterruptedException {
            isEnding = true;
            thread.join();
            return sent;
        }
    }

    private static DatagramStream stream(NetworkNamespace from, NetworkNamespace to, int address, int port) {
        return new DatagramStream(from, to, address, port, 1_200);
    }

    private static void await(DatagramStream stream, long packets) throws InterruptedException {
        long until = stream.received() + packets;
        long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (stream.received() < until) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("too slow: " + (until - stream.received()) + " packets are missing");
            }
            Thread.sleep(5);
        }
    }

    private static List<Long> laneThreads() {
        List<Long> lanes = new ArrayList<>();
        for (ThreadInfo thread : THREADS.dumpAllThreads(false, false)) {
            if (thread.getThreadName().startsWith("lane-")) {
                lanes.add(thread.getThreadId());
            }
        }
        assertEquals(2, lanes.size(), "lane threads of both tunnels");
        return lanes;
    }

    private static long allocated(List<Long> threads) {
        long bytes = 0;
        for (long thread : threads) {
            bytes += THREADS.getThreadAllocatedBytes(thread);
        }
        return bytes;
    }
}
