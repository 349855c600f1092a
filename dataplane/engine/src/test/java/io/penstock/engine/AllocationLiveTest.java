package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.penstock.engine.lane.OnLane;
import io.penstock.ffm.LibC;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The packet path allocates nothing: bytes allocated by all lane threads over a whole run through real TUN devices and
 * sockets, both ways at once, after a warm-up.
 */
@Tag("live")
class AllocationLiveTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int PAYLOAD_LENGTH = 64;

    /** Sessions are renewed all the time, so that the run holds what comes with that too. */
    private static final Duration REKEY_AFTER = Duration.ofSeconds(1);

    /**
     * Declared warm-up: rounds of at least this many packets and this long, so that each has a renewal of the session, until
     * one in which the lanes allocate nothing. Until C2 has compiled a downcall it allocates 40 bytes a call, and on busy
     * cores that takes a while.
     */
    private static final long WARM_UP_ROUND = 1_000_000;

    private static final long WARM_UP_ROUND_NS = 6_000_000_000L;
    private static final int WARM_UP_ROUNDS = 20;

    /** Times that the lanes do before, in warm-up, what a renewal has them do; C2 wants some 5,000. */
    private static final int RENEWAL_WORK = 20_000;

    private static final int LINES_PER_REQUEST = 1_000;
    private static final long PACKETS =
            Long.getLong("penstock.test.packets", Boolean.getBoolean("penstock.test.full") ? 100_000_000 : 10_000_000);
    private static final long PLANTED_PACKETS = 1_000_000;
    private static final int PACKETS_PER_PLANTED_OBJECT = 100_000;
    private static final long PATIENCE_NS = 240_000_000_000L;

    @SuppressWarnings("unused") // keeps what is planted from being optimised away
    private static volatile @Nullable Object planted;

    private final LoadedClasses classes = new LoadedClasses();
    private final List<Long> laneThreads = new ArrayList<>();

    @Test
    void lanesAllocateNothingOverTenMillionPacketsEachWay() throws Exception {
        try (TwoSites sites = TwoSites.open(REKEY_AFTER);
                DatagramStream out = new DatagramStream(
                        sites.namespaceA(), sites.namespaceB(), TwoSites.ADDRESS_B, 7001, PAYLOAD_LENGTH);
                DatagramStream back = new DatagramStream(
                        sites.namespaceB(), sites.namespaceA(), TwoSites.ADDRESS_A, 7002, PAYLOAD_LENGTH)) {
            findLaneThreads();
            warmUp(sites, out, back);

            classes.prepare();
            long before = allocatedByLanes();
            await(out, back, PACKETS);
            assertEquals(0, allocatedByLanes() - before, "bytes allocated by lane threads");

            before = allocatedByLanes();
            plant(sites, out, back);
            assertTrue(allocatedByLanes() - before > 0, "one object per 100,000 packets must show");
        }
    }

    private void warmUp(TwoSites sites, DatagramStream out, DatagramStream back) {
        await(out, back, WARM_UP_ROUND);
        doRenewalWork(sites.tunnelA());
        doRenewalWork(sites.tunnelB());
        for (int round = 0; round < WARM_UP_ROUNDS; round++) {
            classes.prepare();
            long startNs = System.nanoTime();
            long before = allocatedByLanes();
            do {
                await(out, back, WARM_UP_ROUND);
            } while (System.nanoTime() - startNs < WARM_UP_ROUND_NS);
            if (allocatedByLanes() == before) {
                return;
            }
        }
        throw new AssertionError("no round of the warm-up was free of allocation");
    }

    /** Keepalives as after a handshake, and fences as for retired keys, by the ways of the control socket. */
    private static void doRenewalWork(Tunnel tunnel) {
        String peer = TwoSites.ask(tunnel, "get=1\n\n")
                .lines()
                .filter(line -> line.startsWith("public_key="))
                .findFirst()
                .orElseThrow();
        String keepalive = peer + "\npersistent_keepalive_interval=25\npersistent_keepalive_interval=0\n";
        String fence = "public_key=" + "5".repeat(64) + "\npublic_key=" + "5".repeat(64) + "\nremove=true\n";
        for (int done = 0; done < RENEWAL_WORK; done += LINES_PER_REQUEST) {
            TwoSites.set(tunnel, keepalive.repeat(LINES_PER_REQUEST));
        }
        for (int done = 0; done < RENEWAL_WORK; done++) {
            TwoSites.set(tunnel, fence);
        }
    }

    private void plant(TwoSites sites, DatagramStream out, DatagramStream back) {
        LibC libc = new LibC();
        for (int done = 0; done < PLANTED_PACKETS; done += PACKETS_PER_PLANTED_OBJECT) {
            await(out, back, PACKETS_PER_PLANTED_OBJECT);
            OnLane.run(sites.tunnelA().lane(), () -> planted = new Object(), libc);
        }
        await(out, back, PACKETS_PER_PLANTED_OBJECT);
    }

    /** Returns when each way has carried so many packets more. */
    private static void await(DatagramStream out, DatagramStream back, long packets) {
        long untilOut = out.received() + packets;
        long untilBack = back.received() + packets;
        long deadlineNs = System.nanoTime() + PATIENCE_NS * Math.max(1, packets / 10_000_000);
        while (out.received() < untilOut || back.received() < untilBack) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("too slow: " + out.received() + " of " + untilOut + " packets out, "
                        + back.received() + " of " + untilBack + " back");
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private void findLaneThreads() {
        for (ThreadInfo thread : THREADS.dumpAllThreads(false, false)) {
            if (thread.getThreadName().startsWith("lane-")) {
                laneThreads.add(thread.getThreadId());
            }
        }
        assertEquals(2, laneThreads.size(), "lane threads of both tunnels");
    }

    private long allocatedByLanes() {
        long bytes = 0;
        for (long thread : laneThreads) {
            bytes += THREADS.getThreadAllocatedBytes(thread);
        }
        return bytes;
    }
}
