package io.penstock.wireguard.noise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Bytes;
import io.penstock.wireguard.HandshakeVector;
import io.penstock.wireguard.Seeded;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TimestampTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long STEP = 1 << 24;
    private static final long START = 1_700_000_000L;

    private final TimestampSource source = new TimestampSource();

    @Test
    void stampIsTheRecordedOne() {
        Tai64n stamp = Tai64n.ofUnix(HandshakeVector.UNIX_SECONDS, HandshakeVector.NANOS);
        assertEquals(HandshakeVector.hex("timestamp"), Bytes.hex(stamp.toBytes()));
        assertEquals(stamp, Tai64n.read(HandshakeVector.bytes("timestamp"), 0));
        assertEquals(HandshakeVector.UNIX_SECONDS, stamp.unixSeconds());
        assertEquals(7 << 24, stamp.nanos());
    }

    @Test
    void comparesAsUnsignedBytes() {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 5000; round++) {
            byte[] a = seeded.bytes(12);
            byte[] b = seeded.random().nextBoolean()
                    ? seeded.bytes(12)
                    : Bytes.flipped(a, seeded.random().nextInt(96));
            int expected = Integer.signum(Arrays.compareUnsigned(a, b));
            assertEquals(expected, Integer.signum(Tai64n.read(a, 0).compareTo(Tai64n.read(b, 0))), seeded::toString);
            assertEquals(expected > 0, Tai64n.read(a, 0).isAfter(Tai64n.read(b, 0)), seeded::toString);
        }
    }

    @Test
    void nextStepsThroughAllSixtyOfASecond() {
        Tai64n stamp = Tai64n.ofUnix(START, 0);
        for (int i = 0; i < 60; i++) {
            assertTrue(stamp.next().isAfter(stamp));
            stamp = stamp.next();
        }
        assertEquals(Tai64n.ofUnix(START + 1, 0), stamp);
    }

    @Test
    void followsTheWallClockInSteps() {
        source.setWallClock(50, START, 999_999_999);
        assertEquals(Tai64n.ofUnix(START, 999_999_999), source.next(null, 50));
        assertEquals(Tai64n.ofUnix(START + 1, 0), source.next(null, 51));
        assertEquals(Tai64n.ofUnix(START + 1, (int) STEP), source.next(null, 51 + STEP));
        assertEquals(Tai64n.ofUnix(START + 101, 0), source.next(null, 51 + 100 * SECOND));
    }

    @Test
    void stampsOfOnePeerIncreaseThoughTheClockStandsStill() {
        source.setWallClock(0, START, 0);
        Tai64n first = source.next(null, 0);
        Tai64n second = source.next(first, 1);
        assertEquals(first.next(), second);
        assertEquals(second.next(), source.next(second, 2));
    }

    @Test
    void manyPeersDoNotRunAheadOfTheClock() {
        source.setWallClock(0, START, 0);
        for (int peer = 0; peer < 10_000; peer++) {
            assertEquals(Tai64n.ofUnix(START, 0), source.next(null, peer));
        }
    }

    @Test
    void clockSetBackDoesNotSetStampsBack() {
        source.setWallClock(0, START, 0);
        Tai64n before = source.next(null, 30 * SECOND);
        source.setWallClock(30 * SECOND, 0, 0);
        Tai64n after = source.next(before, 31 * SECOND);
        assertTrue(after.isAfter(before));
        assertFalse(before.isAfter(source.next(null, 31 * SECOND)), "for another peer not earlier either");
    }

    @Test
    void reservesTenSecondsAhead() {
        source.setWallClock(0, START, 0);
        source.next(null, 0);
        assertEquals(Tai64n.ofUnix(START + 10, 0), source.pollReservation());
        assertNull(source.pollReservation());
        source.next(null, 10 * SECOND - 1);
        assertNull(source.pollReservation(), "covered");
        source.next(null, 10 * SECOND);
        assertEquals(Tai64n.ofUnix(START + 20, 0), source.pollReservation());
    }

    @Test
    void tellsTheFirstStampLeftOver() {
        source.setWallClock(0, START, 0);
        Tai64n last = source.next(source.next(null, 0), 0);
        assertEquals(last.next(), source.unused());
    }

    @Test
    void restartWithTheClockSetBackContinuesBehindTheReservation() {
        source.setWallClock(0, START, 0);
        source.next(null, 0);
        Tai64n reserved = Objects.requireNonNull(source.pollReservation());
        Tai64n last = source.next(null, 9 * SECOND);

        TimestampSource restarted = new TimestampSource();
        restarted.setWallClock(0, 0, 0);
        restarted.restore(reserved.unixSeconds(), reserved.nanos());
        Tai64n first = restarted.next(null, 0);
        assertTrue(first.isAfter(last));
        Tai64n newlyReserved = Objects.requireNonNull(restarted.pollReservation());
        assertTrue(newlyReserved.isAfter(first));
    }

    @Test
    void oldReservationIsIgnored() {
        source.setWallClock(0, START, 0);
        source.restore(START - 1000, 0);
        assertEquals(Tai64n.ofUnix(START, 0), source.next(null, 0));
    }

    /** Peers, a clock that jumps both ways and restarts from what was stored: no peer ever sees a stamp twice. */
    @Test
    void stampsIncreaseWhateverHappens() {
        Seeded seeded = Seeded.create();
        TimestampSource current = source;
        Map<Integer, Tai64n> sent = new HashMap<>();
        Map<Integer, Tai64n> remembered = new HashMap<>();
        @Nullable Tai64n stored = null;
        int writes = 0;
        long nowNs = 0;
        for (int step = 0; step < 20_000; step++) {
            nowNs += seeded.random().nextLong(20 * STEP);
            int choice = seeded.random().nextInt(1000);
            if (choice < 3) {
                current.setWallClock(
                        nowNs,
                        START + seeded.random().nextInt(-100_000, 100_000),
                        seeded.random().nextInt(1_000_000_000));
            } else if (choice < 6) {
                if (seeded.random().nextBoolean() && stored != null) {
                    stored = current.unused(); // ended in order
                }
                current = new TimestampSource();
                current.setWallClock(nowNs, seeded.random().nextLong(START), 0);
                if (stored != null) {
                    current.restore(stored.unixSeconds(), stored.nanos());
                }
                remembered.clear();
            } else {
                int peer = seeded.random().nextInt(3);
                Tai64n stamp = current.next(remembered.get(peer), nowNs);
                Tai64n reservation = current.pollReservation();
                if (reservation != null) {
                    stored = reservation;
                    writes++;
                }
                assertNotNull(stored, "stored before it is sent");
                assertTrue(stored.isAfter(stamp), seeded::toString);
                Tai64n previous = sent.put(peer, stamp);
                assertTrue(previous == null || stamp.isAfter(previous), seeded::toString);
                remembered.put(peer, stamp);
            }
        }
        assertTrue(writes < 1_000, writes + " writes in " + nowNs / SECOND + " s, " + seeded);
    }
}
