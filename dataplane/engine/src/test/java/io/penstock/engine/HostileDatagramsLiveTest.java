package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.io.LinuxUdpPort;
import io.penstock.engine.io.SendBatch;
import io.penstock.engine.io.UdpSockets;
import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.udp.Sockets;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.wire.Initiation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A million datagrams that no peer would send, made of messages that a peer did send: captured on the wire between two
 * tunnels, changed, cut, lengthened, or random altogether. Nothing breaks, every one is counted, and traffic flows
 * afterwards.
 */
@Tag("live")
class HostileDatagramsLiveTest {
    private static final long SEED = Long.getLong("penstock.seed", 20261122);
    private static final int DATAGRAMS = Integer.getInteger(
            "penstock.test.datagrams", Boolean.getBoolean("penstock.test.full") ? 20_000_000 : 1_000_000);
    private static final int LENGTH_LIMIT = 1_400; // of most
    private static final int LONGEST = 65_507 - 20; // of a few: the longest that IPv4 and IPv6 both carry here
    private static final int LONG_ONE_IN = 200; // these are sent as some 45 fragments
    private static final int FRAGMENT = 1_432; // bytes of a datagram in one packet, at the least
    private static final int WINDOW =
            400; // packets on their way, of which a batch more may be; a processor's backlog is 1,000
    private static final int BATCH = 200; // packets sent at once, and one long datagram more
    private static final int FLOODS = 20; // at most: one may be served in time
    private static final int FLOODS_LEAST = 3; // whatever grows once, the young generation too, has grown then
    private static final int FLOOD = Integer.MAX_VALUE;
    private static final long COUNTED_WITHIN_NS = 10_000_000_000L;
    private static final long PAUSE_NS = 20_000;
    private static final int CAPTURE_BUFFER = 64 << 20;
    private static final int CAPTURED_LENGTH = 4_096;
    private static final int PEER_PORT = 51820;
    private static final long HEAP_GROWTH_BYTES = 16 << 20;
    private static final long RSS_GROWTH_KIB = 96 << 10;

    @Test
    void survivesAMillionOfThem() throws Exception {
        try (TwoSites sites = TwoSites.open(Duration.ofSeconds(1))) {
            List<byte[]> genuine = capture(sites);
            moveTraffic(sites, 20_000);
            for (int flood = 0; flood < FLOODS_LEAST || !wasUnderLoad(sites.tunnelB()); flood++) {
                assertTrue(flood < FLOODS, "never under load");
                send(sites, genuine, DATAGRAMS / 5, FLOOD);
            }
            awaitQuiet(sites.tunnelB());
            long heapBefore = heapAfterCollection();
            long rssBefore = residentKib();

            long kernelDropsBefore = kernelDrops();
            long missing = DATAGRAMS - send(sites, genuine, DATAGRAMS, WINDOW);
            // The backlog is the whole machine's: where others fill it, the kernel drops, and says so.
            long kernelDrops = kernelDrops() - kernelDropsBefore;
            assertTrue(
                    missing >= 0 && missing <= kernelDrops,
                    () -> "seed " + SEED + ", " + missing + " are not counted, and the kernel has dropped "
                            + kernelDrops + ": " + sites.tunnelB().drops());

            long heapGrowth = heapAfterCollection() - heapBefore;
            assertTrue(heapGrowth < HEAP_GROWTH_BYTES, () -> "the heap grew by " + heapGrowth + " bytes");
            long rssGrowth = residentKib() - rssBefore;
            assertTrue(rssGrowth < RSS_GROWTH_KIB, () -> "the process grew by " + rssGrowth + " KiB");
            moveTraffic(sites, 20_000);
            assertEquals(List.of(), sites.log().complaints(), () -> "seed " + SEED);
        }
    }

    /** One message of each kind and length that passes on A's uplink while sessions start and traffic flows. */
    private static List<byte[]> capture(TwoSites sites) throws Exception {
        return sites.namespaceA().call(() -> {
            LibC libc = new LibC();
            int ethPAll = 0x0300; // ETH_P_ALL in network order
            int fd = ErrnoException.check(
                    libc.socket(17, Sockets.SOCK_DGRAM | Sockets.SOCK_NONBLOCK, ethPAll), "packet socket");
            long buffer = Memory.slab(65_536);
            // Superpackets of the flood must not push out the few handshake messages.
            Memory.putInt(buffer, CAPTURE_BUFFER);
            ErrnoException.check(
                    libc.setsockopt(fd, Sockets.SOL_SOCKET, Sockets.SO_RCVBUFFORCE, buffer, Integer.BYTES),
                    "buffer of the packet socket");
            Map<Integer, byte[]> byLength = new TreeMap<>();
            long deadlineNs = System.nanoTime() + 30_000_000_000L;
            try (DatagramStream stream =
                    new DatagramStream(sites.namespaceA(), sites.namespaceB(), TwoSites.ADDRESS_B, 7001, 300)) {
                while (!byLength.containsKey(148) || !byLength.containsKey(92) || byLength.size() < 3) {
                    if (System.nanoTime() - deadlineNs > 0) {
                        throw new AssertionError("captured only lengths " + byLength.keySet());
                    }
                    int length = libc.recv(fd, buffer, CAPTURED_LENGTH, 0);
                    if (length == -Errno.EAGAIN) {
                        Thread.sleep(1);
                    } else if (length > 28 && length < CAPTURED_LENGTH && Memory.getByte(buffer + 9) == 17) {
                        byte[] datagram = Memory.bytes(buffer + 28, length - 28);
                        byLength.putIfAbsent(datagram.length, datagram);
                    }
                }
                assertTrue(stream.received() >= 0);
            } finally {
                libc.close(fd);
                libc.munmap(buffer, 65_536);
            }
            return new ArrayList<>(byLength.values());
        });
    }

    /**
     * Sends mutations from a port that is no peer's, over IPv4 and IPv6. There are never more packets on their way than the kernel's
     * queues hold, each fragment being one: so every datagram arrives, and every one must be counted. Returns how many were.
     */
    private static long send(TwoSites sites, List<byte[]> genuine, int datagrams, int window) throws Exception {
        long countedBefore = dropped(sites.tunnelB());
        return sites.namespaceA().call(() -> {
            LibC libc = new LibC();
            UdpSockets sockets = UdpSockets.open(libc, 0, 0);
            int stride = 65_536;
            UnsafeBuffer slab =
                    new UnsafeBuffer(Memory.slab((long) SendBatch.CAPACITY * stride), SendBatch.CAPACITY * stride);
            SendBatch batch = new SendBatch(slab);
            LinuxUdpPort udp = new LinuxUdpPort(libc, sockets, 0, errno -> {});
            Endpoint to4 = Endpoint.parse("192.0.2.2:" + PEER_PORT);
            Endpoint to6 = Endpoint.parse("[2001:db8::2]:" + PEER_PORT);
            Random random = new Random(SEED);
            UnderWay underWay = new UnderWay();
            try {
                for (int sent = 0; sent < datagrams; ) {
                    int packets = 0;
                    int run = 0;
                    for (; run < Math.min(SendBatch.CAPACITY, datagrams - sent) && packets < BATCH; run++) {
                        boolean isCostly = window == FLOOD && random.nextBoolean();
                        byte[] datagram = isCostly ? initiation(genuine) : mutate(genuine, random);
                        slab.putBytes(run * stride, datagram);
                        batch.add(random.nextBoolean() ? to4 : to6, random.nextInt(4), run * stride, datagram.length);
                        packets += underWay.add(datagram.length);
                    }
                    assertEquals(0, udp.send(batch));
                    batch.clear();
                    sent += run;
                    int most = sent == datagrams && window != FLOOD ? 0 : window;
                    long deadlineNs = System.nanoTime() + COUNTED_WITHIN_NS;
                    while (underWay.after(dropped(sites.tunnelB()) - countedBefore) > most) {
                        if (System.nanoTime() - deadlineNs > 0) {
                            return dropped(sites.tunnelB()) - countedBefore;
                        }
                        LockSupport.parkNanos(PAUSE_NS);
                    }
                }
                return dropped(sites.tunnelB()) - countedBefore;
            } finally {
                udp.close();
                sockets.close(libc);
            }
        });
    }

    /** Datagrams that were sent and not counted yet, in packets. */
    private static final class UnderWay {
        private final ArrayDeque<Integer> packets = new ArrayDeque<>();
        private long counted;
        private int sum;

        /** One more, of this length; how many packets it is. */
        int add(int length) {
            int fragments = 1 + length / FRAGMENT;
            packets.add(fragments);
            sum += fragments;
            return fragments;
        }

        /** Packets that are left once so many datagrams were counted. */
        int after(long all) {
            for (; counted < all && !packets.isEmpty(); counted++) {
                sum -= packets.remove();
            }
            return sum;
        }
    }

    /** Packets that found a processor's backlog full since the machine started, on all of them and for everybody. */
    private static long kernelDrops() throws IOException {
        long sum = 0;
        for (String line : Files.readAllLines(Path.of("/proc/net/softnet_stat"))) {
            sum += Long.parseLong(line.split(" ", 3)[1], 16);
        }
        return sum;
    }

    private static boolean wasUnderLoad(Tunnel tunnel) {
        return tunnel.drops().getOrDefault(DropReason.COOKIE_REQUIRED, 0L) > 0;
    }

    private static void awaitQuiet(Tunnel tunnel) throws InterruptedException {
        long before = -1;
        for (long now = dropped(tunnel); now != before; now = dropped(tunnel)) {
            before = now;
            Thread.sleep(300);
        }
    }

    /** One that has been seen before: it is refused only after its cryptography, unless there is a load. */
    private static byte[] initiation(List<byte[]> genuine) {
        return genuine.stream()
                .filter(each -> each.length == Initiation.LENGTH)
                .findFirst()
                .orElseThrow();
    }

    private static byte[] mutate(List<byte[]> genuine, Random random) {
        byte[] datagram = genuine.get(random.nextInt(genuine.size())).clone();
        if (random.nextInt(LONG_ONE_IN) == 0) {
            return Arrays.copyOf(datagram, LENGTH_LIMIT + random.nextInt(LONGEST - LENGTH_LIMIT + 1));
        }
        switch (random.nextInt(8)) {
            case 0 -> datagram = Arrays.copyOf(datagram, random.nextInt(datagram.length));
            case 1 -> datagram = Arrays.copyOf(datagram, Math.min(LENGTH_LIMIT, datagram.length + random.nextInt(200)));
            case 2 -> {
                datagram = new byte[1 + random.nextInt(300)];
                random.nextBytes(datagram);
            }
            case 3 -> datagram[0] = (byte) random.nextInt(6);
            default -> {
                for (int flips = 1 + random.nextInt(6); flips > 0; flips--) {
                    int at = random.nextInt(datagram.length);
                    datagram[at] = (byte) (datagram[at] ^ 1 << random.nextInt(8));
                }
            }
        }
        return datagram;
    }

    private static void moveTraffic(TwoSites sites, long packets) throws Exception {
        try (DatagramStream stream =
                new DatagramStream(sites.namespaceA(), sites.namespaceB(), TwoSites.ADDRESS_B, 7002, 500)) {
            long deadlineNs = System.nanoTime() + 60_000_000_000L;
            while (stream.received() < packets) {
                if (System.nanoTime() - deadlineNs > 0) {
                    throw new AssertionError(
                            "the tunnel carries nothing: " + sites.tunnelB().drops());
                }
                Thread.sleep(10);
            }
        }
    }

    /** Of what came in: the kernel's own packets on the interface, a router solicitation say, find no peer on their way out. */
    private static long dropped(Tunnel tunnel) {
        long sum = 0;
        for (Map.Entry<DropReason, Long> entry : tunnel.drops().entrySet()) {
            sum += entry.getKey().compareTo(DropReason.OUTGOING_MALFORMED) < 0 ? entry.getValue() : 0;
        }
        return sum;
    }

    private static long heapAfterCollection() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static long residentKib() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no VmRSS");
    }
}
