package io.penstock.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttemptLimiterTest {
    private final AttemptLimiter limiter = new AttemptLimiter(3, 1000, 4);

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000_000, Long.MAX_VALUE - 500, -7000})
    void letsABurstInAndThenOneEachInterval(long startNs) throws Exception {
        InetAddress place = InetAddress.getByName("192.0.2.1");
        for (int i = 0; i < 3; i++) {
            assertTrue(limiter.tryOnce(place, startNs));
        }
        assertFalse(limiter.tryOnce(place, startNs));
        assertFalse(limiter.tryOnce(place, startNs + 999));
        assertTrue(limiter.tryOnce(place, startNs + 1000));
        assertFalse(limiter.tryOnce(place, startNs + 1000));
        for (int i = 0; i < 3; i++) {
            assertTrue(limiter.tryOnce(place, startNs + 10_000), "the whole burst again");
        }
        assertFalse(limiter.tryOnce(place, startNs + 10_000));
    }

    @Test
    void oneV6NetworkIsOnePlace() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertTrue(limiter.tryOnce(InetAddress.getByName("2001:db8::" + i), 0));
        }
        assertFalse(limiter.tryOnce(InetAddress.getByName("2001:db8::ffff"), 0));
        assertTrue(limiter.tryOnce(InetAddress.getByName("2001:db8:0:1::1"), 0));
    }

    @Test
    void oneDoesNotLockOutAnotherAndMemoryIsBounded() throws UnknownHostException {
        for (int i = 0; i < 100; i++) {
            assertTrue(limiter.tryOnce(InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) i}), 0));
            assertTrue(limiter.places() <= 4);
        }
        assertEquals(4, limiter.places());
    }

    @Test
    void askingTakesNothing() throws Exception {
        AttemptLimiter limiter = new AttemptLimiter(1, 1000, 10);
        InetAddress place = InetAddress.getByName("192.0.2.1");
        assertTrue(limiter.mayTry(place, 0));
        assertTrue(limiter.mayTry(place, 0));
        assertTrue(limiter.tryOnce(place, 0));
        assertFalse(limiter.mayTry(place, 999));
        assertTrue(limiter.mayTry(place, 1000));
    }
}
