package io.penstock.lab.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CpuMeterTest {
    @Test
    void readsAProcess() {
        assertEquals(
                1234 + 56,
                CpuMeter.processTicks("77 (a) b (c) S 1 77 77 0 -1 4194304 100 0 0 0 1234 56 0 0 20 0 30 0 555 0 0\n"));
    }

    @Test
    void readsTheMachineWithoutIdlingAndGuests() {
        assertEquals(
                10 + 20 + 30 + 60 + 70 + 80,
                CpuMeter.busyTicks("cpu  10 20 30 40 50 60 70 80 90 100\ncpu0 1 2 3 4 5 6 7 8 9 10\n"));
    }

    @Test
    void seesThisVeryThreadAtWork() {
        CpuMeter meter = new CpuMeter();
        long pid = ProcessHandle.current().pid();
        long startNs = System.nanoTime();
        assertEquals(0, meter.ofProcess(pid, startNs));
        while (System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(60)) {
            double cores = meter.ofProcess(pid, System.nanoTime());
            if (cores > 0) {
                return;
            }
        }
        assertTrue(false, "no processor time in a minute of work");
    }

    @Test
    void aProcessThatIsGoneUsesNothing() {
        assertEquals(0, new CpuMeter().ofProcess(-1, 0));
    }
}
