package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.penstock.engine.lane.OnLane;
import io.penstock.engine.lane.Wakeup;
import io.penstock.ffm.ErrnoException;
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
     * Declared warm-up: rounds of this many packets until one in which the lanes allocate nothing, at most so many. Until
     * C2 has compiled a downcall it allocates, and on busy cores that takes a while.
     */
    private static final long WARM_UP_ROUND = 1_000_000;

    private static final int RARE_DOWNCALLS = 100_000;
    private static final int WARM_UP_ROUNDS = 40;
    private static final long WARM_UP_MIN_NS = 12_000_000_000L; // two renewals at least
    private static final long PACKETS =
            Long.getLong("penstock.test.packets", Boolean.getBoolean("penstock.test.full") ? 100_000_000 : 10_000_000);
    private static final long PLANTED_PACKETS = 1_000_000;
    private static final int PACKETS_PER_PLANTED_OBJECT = 100_000;
    private static final long PATIENCE_NS = 240_000_000_000L;

    @SuppressWarnings("unused") // keeps what is planted from being optimised away
    private static volatile @Nullable Object planted;

    private final List<Long> laneThreads = new ArrayList<>();

    @Test
    void lanesAllocateNothingOverTenMillionPacketsEachWay() throws Exception {
        try (TwoSites sites = TwoSites.open(REKEY_AFTER);
                DatagramStream out = new DatagramStream(
                        sites.namespaceA(), sites.namespaceB(), TwoSites.ADDRESS_B, 7001, PAYLOAD_LENGTH);
                DatagramStream back = new DatagramStream(
                        sites.namespaceB(), sites.namespaceA(), TwoSites.ADDRESS_A, 7002, PAYLOAD_LENGTH)) {
            findLaneThreads();
            warmUp(out, back);

            long before = allocatedByLanes();
            await(out, back, PACKETS);
            assertEquals(0, allocatedByLanes() - before, "bytes allocated by lane threads");

            before = allocatedByLanes();
            plant(sites, out, back);
            assertTrue(allocatedByLanes() - before > 0, "one object per 100,000 packets must show");
        }
    }

    private void warmUp(DatagramStream out, DatagramStream back) throws ErrnoException {
        compileRareDowncalls();
        long startNs = System.nanoTime();
        for (int round = 0; round < WARM_UP_ROUNDS; round++) {
            long before = allocatedByLanes();
            await(out, back, WARM_UP_ROUND);
            if (allocatedByLanes() == before && System.nanoTime() - startNs > WARM_UP_MIN_NS) {
                return;
            }
        }
        throw new AssertionError("no round of the warm-up was free of allocation");
    }

    /**
     * A wake-up of the control agent comes every few seconds, far too rarely for C2 to compile its downcalls in any
     * warm-up of traffic, and each costs some hundred bytes until then.
     */
    private static void compileRareDowncalls() throws ErrnoException {
        LibC libc = new LibC();
        try (Wakeup wakeup = new Wakeup(libc)) {
            for (int i = 0; i < RARE_DOWNCALLS; i++) {
                wakeup.wake(libc);
                wakeup.clear();
            }
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
