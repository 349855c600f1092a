package io.penstock.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
    private final LatencyHistogram histogram = new LatencyHistogram();

    @Test
    void isExactForSmallValues() {
        for (int i = 1; i <= 100; i++) {
            histogram.record(i);
        }

        assertEquals(new Latency(100, 1, 50, 99, 100), histogram.summary());
    }

    @Test
    void hasNothingToSayWithoutSamples() {
        assertEquals(Latency.NONE, histogram.summary());
        assertEquals(0, histogram.percentileNs(0.5));
    }

    @Test
    void takesExtremesWithoutOverflow() {
        histogram.record(Long.MAX_VALUE);
        histogram.record(-5);

        assertEquals(0, histogram.percentileNs(0.5));
        assertEquals(Long.MAX_VALUE, histogram.summary().maxNs());
        assertTrue(histogram.percentileNs(1) > Long.MAX_VALUE / 64 * 62);
    }

    @Test
    void percentilesAreWithinTwoPercentOfTheSortedSamples() {
        long seed = Long.getLong("penstock.seed", 42);
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            LatencyHistogram counted = new LatencyHistogram();
            long[] samples = new long[1 + random.nextInt(2000)];
            for (int i = 0; i < samples.length; i++) {
                samples[i] = (long) Math.exp(random.nextDouble() * 30);
                counted.record(samples[i]);
            }
            Arrays.sort(samples);
            for (double fraction : new double[] {0.01, 0.5, 0.9, 0.99, 1}) {
                long exact = samples[Math.max(1, (int) Math.ceil(samples.length * fraction)) - 1];
                long got = counted.percentileNs(fraction);
                assertTrue(
                        Math.abs(got - exact) <= exact * 0.017 + 1,
                        () -> "seed " + seed + ": " + fraction + " is " + exact + ", got " + got);
            }
        }
    }
}
