package io.penstock.wireguard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HandshakeLoadTest {
    private static final long MS = 1_000_000L;
    private static final long START = Long.MAX_VALUE - 500 * MS; // the clock wraps meanwhile
    private final HandshakeLoad load = new HandshakeLoad(Seeded.create());

    @Test
    void loadBeginsAtAnEighthOfTheQueueAndLastsASecond() {
        assertFalse(load.isUnderLoad(511, 4096, START));
        assertTrue(load.isUnderLoad(512, 4096, START));
        assertTrue(load.isUnderLoad(0, 4096, after(1_000) - 1));
        assertFalse(load.isUnderLoad(0, 4096, after(1_000)));
        assertTrue(load.isUnderLoad(4096, 4096, after(1_001)));
    }

    @Test
    void eachSourceHasABurstOfFiveAndTwentyASecond() {
        Endpoint source = Endpoint.parse("192.0.2.1:1");
        Endpoint otherPort = Endpoint.parse("192.0.2.1:2");
        Endpoint other = Endpoint.parse("192.0.2.2:1");
        for (int i = 0; i < 5; i++) {
            assertTrue(load.admit(i % 2 == 0 ? source : otherPort, START));
        }
        assertFalse(load.admit(source, START));
        assertTrue(load.admit(other, START));
        assertFalse(load.admit(source, after(49)));
        assertTrue(load.admit(source, after(50)));
        assertFalse(load.admit(source, after(99)));

        int admitted = 0;
        for (int ms = 100; ms < 10_100; ms++) {
            admitted += load.admit(source, after(ms)) ? 1 : 0;
        }
        assertTrue(admitted >= 199 && admitted <= 201, () -> "20 a second for 10 s");
    }

    @Test
    void countsIpv6ByItsNetwork() {
        for (int i = 0; i < 5; i++) {
            assertTrue(load.admit(Endpoint.v6(7, i, 1, 0), START));
        }
        assertFalse(load.admit(Endpoint.v6(7, 99, 1, 0), START));
        assertTrue(load.admit(Endpoint.v6(8, 99, 1, 0), START));
        assertTrue(load.admit(Endpoint.v4(7, 1), START));
    }

    /** Whoever comes by a relay shares neither bucket nor fate with the others that do. */
    @Test
    void countsEachRelayedSourceByItself() {
        for (int i = 0; i < 5; i++) {
            assertTrue(load.admit(Endpoint.relay(1), START));
        }
        assertFalse(load.admit(Endpoint.relay(1), START));
        assertTrue(load.admit(Endpoint.relay(2), START));
        assertTrue(load.admit(Endpoint.v4(1, 1), START));
        assertTrue(load.admit(Endpoint.v6(1, 0, 1, 0), START));
    }

    @Test
    void refusesWhenFullAndRecoversAfterASecond() {
        int admitted = 0;
        for (int i = 0; i < 100_000; i++) {
            admitted += load.admit(Endpoint.v4(i, 1), START) ? 1 : 0;
        }
        assertTrue(admitted > 7_000 && admitted <= 8_192);
        assertFalse(load.admit(Endpoint.v4(1_000_000, 1), START));
        int later = 0;
        for (int i = 0; i < 1_000; i++) {
            later += load.admit(Endpoint.v4(2_000_000 + i, 1), after(1_001)) ? 1 : 0;
        }
        assertEquals(1_000, later);
    }

    private static long after(long ms) {
        return START + ms * MS;
    }
}
