package io.penstock.wireguard.peer;

import static io.penstock.wireguard.Protocol.REJECT_AFTER_MESSAGES;
import static io.penstock.wireguard.Protocol.REPLAY_WINDOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Seeded;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplayWindowTest {
    private static final int LIMIT = REPLAY_WINDOW; // the oldest counter accepted is this far behind
    private final ReplayWindow window = new ReplayWindow();

    @Test
    void acceptsEachCounterOnce() {
        for (int counter = 0; counter < 20_000; counter++) {
            assertTrue(window.accept(counter));
            assertFalse(window.accept(counter));
        }
    }

    @Test
    void acceptsReorderedCountersInsideTheWindow() {
        assertTrue(window.accept(LIMIT));
        for (int counter = LIMIT - 1; counter >= 0; counter--) {
            assertTrue(window.accept(counter), () -> "behind the highest");
        }
        for (int counter = 0; counter <= LIMIT; counter++) {
            assertFalse(window.accept(counter));
        }
    }

    @Test
    void rejectsWhatIsBehindTheWindow() {
        assertTrue(window.accept(LIMIT + 1));
        assertFalse(window.accept(0));
        assertTrue(window.accept(1));
        assertTrue(window.accept(3L * LIMIT));
        assertFalse(window.accept(2L * LIMIT - 1));
        assertTrue(window.accept(2L * LIMIT));
    }

    @Test
    void tellsWhatIsLateFromWhatIsDoubled() {
        assertTrue(window.accept(LIMIT + 1));
        assertTrue(window.isBehind(0));
        assertFalse(window.isBehind(1), "the oldest in the window");
        assertFalse(window.isBehind(LIMIT + 1), "the highest, received");
        assertFalse(window.isBehind(LIMIT + 2));
    }

    @Test
    void forgetsTheWordsItWrapsInto() {
        for (long counter = 0; counter < 64; counter++) {
            assertTrue(window.accept(counter));
        }
        long sameSlot = 128 * 64; // one turn of the ring later
        assertTrue(window.accept(sameSlot + 63));
        for (long counter = sameSlot; counter < sameSlot + 63; counter++) {
            assertTrue(window.accept(counter));
        }
    }

    @Test
    void survivesJumpsOverTheWholeRing() {
        assertTrue(window.accept(5));
        assertTrue(window.accept(1L << 40));
        assertFalse(window.accept(5));
        assertTrue(window.accept((1L << 40) - LIMIT));
        assertFalse(window.accept((1L << 40) - LIMIT - 1));
        assertTrue(window.accept(Long.MIN_VALUE)); // 2^63
        assertTrue(window.accept(Long.MAX_VALUE));
        assertFalse(window.accept(1L << 40));
        assertTrue(window.accept(REJECT_AFTER_MESSAGES - 1));
        assertFalse(window.accept(7)); // more than 2^63 behind
    }

    @Test
    void rejectsCountersThatMustNeverBeUsed() {
        assertFalse(window.accept(REJECT_AFTER_MESSAGES));
        assertFalse(window.accept(-1));
        assertTrue(window.accept(REJECT_AFTER_MESSAGES - 1));
        assertFalse(window.accept(REJECT_AFTER_MESSAGES - 1));
        assertFalse(window.accept(REJECT_AFTER_MESSAGES));
        assertTrue(window.accept(REJECT_AFTER_MESSAGES - 2));
    }

    @Test
    void agreesWithANaiveTwin() {
        Seeded seeded = Seeded.create();
        Random random = seeded.random();
        for (int round = 0; round < 50; round++) {
            ReplayWindow tested = new ReplayWindow();
            NaiveWindow twin = new NaiveWindow();
            long base =
                    random.nextInt(4) == 0 ? REJECT_AFTER_MESSAGES - random.nextInt(40_000) : random.nextInt(10_000);
            for (int i = 0; i < 4_000; i++) {
                switch (random.nextInt(40)) {
                    case 0 -> base += random.nextInt(30_000);
                    case 1 -> base += random.nextInt(9) * 64L;
                    default -> base += random.nextInt(3);
                }
                long counter = base + random.nextInt(200) - (random.nextInt(10) == 0 ? random.nextInt(9_000) : 100);
                assertEquals(twin.accept(counter), tested.accept(counter), seeded::toString);
            }
        }
    }

    /** Remembers everything. */
    private static final class NaiveWindow {
        private final Set<Long> seen = new HashSet<>();
        private BigInteger highest = BigInteger.ZERO;

        boolean accept(long counter) {
            BigInteger value = new BigInteger(Long.toUnsignedString(counter));
            BigInteger limit =
                    BigInteger.TWO.pow(64).subtract(BigInteger.TWO.pow(13)).subtract(BigInteger.ONE);
            if (value.compareTo(limit) >= 0) {
                return false;
            }
            if (highest.subtract(value).compareTo(BigInteger.valueOf(8128)) > 0) {
                return false;
            }
            highest = highest.max(value);
            return seen.add(counter);
        }
    }
}
