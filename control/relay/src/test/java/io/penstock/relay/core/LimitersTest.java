package io.penstock.relay.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LimitersTest {
    private static final long START_NS = Long.MAX_VALUE - 1000; // which wraps

    @Test
    void givesABurstAndThenTheRate() {
        TokenBucket bucket = new TokenBucket(2, 3, START_NS);
        for (int i = 0; i < 3; i++) {
            assertTrue(bucket.tryTake(1, START_NS));
        }
        assertFalse(bucket.tryTake(1, START_NS + TimeUnit.MILLISECONDS.toNanos(499)));
        assertTrue(bucket.tryTake(1, START_NS + TimeUnit.MILLISECONDS.toNanos(501)));
        assertFalse(bucket.tryTake(1, START_NS + TimeUnit.MILLISECONDS.toNanos(502)));
    }

    @Test
    void saysHowLongToWaitForWhatWasTakenOnCredit() {
        TokenBucket bucket = new TokenBucket(1000, 100, START_NS);
        assertEquals(0, bucket.take(100, START_NS));
        long waitNs = bucket.take(50, START_NS);
        assertTrue(Math.abs(waitNs - TimeUnit.MILLISECONDS.toNanos(50)) < 1000, () -> waitNs + " ns");
        assertEquals(0, bucket.take(0, START_NS + waitNs));
    }

    @Test
    void keepsSourcesApartAndHostsOfOneNetworkTogether() {
        SourceLimiter limiter = new SourceLimiter(1024, 1, 1, 42, START_NS);
        assertTrue(limiter.tryOnce(new byte[] {10, 0, 0, 1}, START_NS));
        assertFalse(limiter.tryOnce(new byte[] {10, 0, 0, 1}, START_NS));
        assertTrue(limiter.tryOnce(new byte[] {10, 0, 0, 2}, START_NS));
        byte[] host = new byte[16];
        host[0] = 0x20;
        assertTrue(limiter.tryOnce(host, START_NS));
        host[15] = 1;
        assertFalse(limiter.tryOnce(host, START_NS), "of the same /64");
        host[7] = 1;
        assertTrue(limiter.tryOnce(host, START_NS), "of another");
    }

    @Test
    void spreadsSourcesOverTheBuckets() {
        SourceLimiter limiter = new SourceLimiter(1024, 1, 1, new Random(7).nextLong(), START_NS);
        int allowed = 0;
        for (int i = 0; i < 1024; i++) {
            if (limiter.tryOnce(new byte[] {10, 0, (byte) (i >> 8), (byte) i}, START_NS)) {
                allowed++;
            }
        }
        assertEquals(1024 * (1 - 1 / Math.E), allowed, 60, "as by chance");
    }

    @Test
    void refusesRatesThatAreNone() {
        assertThrows(IllegalArgumentException.class, () -> new TokenBucket(0, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new TokenBucket(1, Double.NaN, 0));
        assertThrows(IllegalArgumentException.class, () -> new SourceLimiter(1000, 1, 1, 0, 0));
    }
}
