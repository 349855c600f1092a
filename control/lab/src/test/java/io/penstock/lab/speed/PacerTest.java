package io.penstock.lab.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PacerTest {
    @Test
    void keepsTheRateExactlyOverManySmallWrites() {
        Pacer pacer = new Pacer(7_000_000_000L, 0); // 1.14 ns a byte: rounding would show
        long nowNs = 0;
        long sent = 0;
        while (nowNs < 100_000_000) {
            long delayNs = pacer.delayNs(nowNs);
            if (delayNs > 0) {
                nowNs += delayNs;
                continue;
            }
            pacer.onSent(100);
            sent += 100;
        }

        assertEquals(87_500_000.0, (double) sent, 200);
    }

    @Test
    void neverWaitsWithoutARate() {
        Pacer pacer = new Pacer(0, 0);
        pacer.onSent(1 << 20);

        assertEquals(0, pacer.delayNs(0));
    }

    @Test
    void catchesUpTenMillisecondsAndNoMore() {
        Pacer pacer = new Pacer(8_000_000_000L, 0); // one byte a nanosecond
        long nowNs = 5_000_000_000L;
        long burst = 0;
        while (pacer.delayNs(nowNs) <= 0) {
            pacer.onSent(1000);
            burst += 1000;
        }

        assertTrue(burst >= 10_000_000 && burst <= 10_002_000, "burst of " + burst);
    }

    @Test
    void survivesAWrappingClock() {
        Pacer pacer = new Pacer(8_000_000_000L, Long.MAX_VALUE - 10);
        pacer.onSent(100);

        assertEquals(80, pacer.delayNs(Long.MIN_VALUE + 9));
    }
}
