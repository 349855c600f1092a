package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.DropReason;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two lanes and four workers at each end, on however few cores: what the pipeline promises holds over real devices and
 * sockets, both ways at once, while sessions are renewed.
 */
@Tag("live")
@Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkersLiveTest {
    private static final long PACKETS =
            Long.getLong("penstock.test.packets", Boolean.getBoolean("penstock.test.full") ? 100_000_000 : 10_000_000);
    private static final int FLOWS = 8;
    private static final long STALL_NS = 30_000_000_000L;

    /** With one lane everything leaves in the order of its counters, so nothing may come behind the window either. */
    @Test
    void deliversEachPacketOnceAndInOrderWithFourWorkers() throws Exception {
        try (TwoSites sites = TwoSites.open(Duration.ofSeconds(1), new Parallelism(1, 4))) {
            carry(sites, PACKETS / 8, 1);
            assertEquals(0, behindWindow(sites), "packets that overtook 8128 others");
        }
    }

    /**
     * Two lanes that share a session take counters in turn. One that does not get a core for the time of 8128 packets of the
     * other comes behind the window: on two cores that happens, and is a loss.
     */
    @Test
    void deliversEachPacketOnceAndInOrderWithTwoLanesAndFourWorkers() throws Exception {
        try (TwoSites sites = TwoSites.open(Duration.ofSeconds(1), new Parallelism(2, 4))) {
            carry(sites, PACKETS / 2 - PACKETS / 8, 2);
            assertTrue(
                    behindWindow(sites) < PACKETS / 100, () -> behindWindow(sites) + " packets lost behind the window");
        }
    }

    /**
     * So many packets each way. A number that came twice, late or changed is the receiver's to see. A counter used twice
     * would be dropped at the other end as replayed, one sealed under a wrong key or half sealed as not authentic: nothing
     * between the two doubles or changes datagrams.
     */
    private static void carry(TwoSites sites, long packets, int lanes) throws Exception {
        try (NumberedStreams out =
                new NumberedStreams(sites.namespaceA(), sites.namespaceB(), TwoSites.ADDRESS_B, 7001, FLOWS)) {
            await(out, out, 1); // if both sides began at once, their handshakes could cross, which costs five seconds
            carry(sites, packets, lanes, out);
        }
    }

    private static void carry(TwoSites sites, long packets, int lanes, NumberedStreams out) throws Exception {
        try (NumberedStreams back =
                new NumberedStreams(sites.namespaceB(), sites.namespaceA(), TwoSites.ADDRESS_A, 7002, FLOWS)) {
            await(out, back, packets);
            assertNull(out.fault());
            assertNull(back.fault());
            for (Tunnel tunnel : new Tunnel[] {sites.tunnelA(), sites.tunnelB()}) {
                Map<DropReason, Long> drops = tunnel.drops();
                assertEquals(0, drops.get(DropReason.REPLAYED), "counters used twice");
                assertEquals(0, drops.get(DropReason.AUTHENTICATION_FAILED), "wrong keys, or half sealed");
                assertEquals(0, drops.get(DropReason.INNER_MALFORMED));
                assertEquals(0, drops.get(DropReason.TUN_WRITE_FAILED));
            }
            System.out.printf(
                    "%d of %d packets out, %d of %d back; %d came behind the window; threads at work: %s%n",
                    out.received(),
                    out.sent(),
                    back.received(),
                    back.sent(),
                    behindWindow(sites),
                    String.join(" ", busyThreads()));
            int threads = busyThreads().length;
            assertTrue(threads >= 2 * lanes + 2 * 2, () -> threads + " threads have worked: too few to show anything");
        }
    }

    private static long behindWindow(TwoSites sites) {
        return sites.tunnelA().drops().getOrDefault(DropReason.BEHIND_REPLAY_WINDOW, 0L)
                + sites.tunnelB().drops().getOrDefault(DropReason.BEHIND_REPLAY_WINDOW, 0L);
    }

    private static void await(NumberedStreams out, NumberedStreams back, long packets) throws InterruptedException {
        long lastSum = 0;
        long progressNs = System.nanoTime();
        while ((out.received() < packets || back.received() < packets) && out.fault() == null && back.fault() == null) {
            long sum = out.received() + back.received();
            long nowNs = System.nanoTime();
            if (sum != lastSum) {
                lastSum = sum;
                progressNs = nowNs;
            }
            assertTrue(
                    nowNs - progressNs < STALL_NS,
                    () -> "stalled at " + out.received() + " packets out, " + back.received() + " back");
            Thread.sleep(20);
        }
    }

    /** Names of lane and worker threads that have used the processor. */
    private static String[] busyThreads() {
        var threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.dumpAllThreads(false, false))
                .filter(thread -> thread.getThreadName().startsWith("lane-")
                        || thread.getThreadName().startsWith("worker-"))
                .filter(thread -> threads.getThreadCpuTime(thread.getThreadId()) > 10_000_000)
                .map(thread -> thread.getThreadName())
                .sorted()
                .toArray(String[]::new);
    }
}
