package io.penstock.wireguard;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CookieBudgetTest {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long START_NS = Math.subtractExact(Long.MAX_VALUE, 7L); // nanoTime may wrap
    private static final int FLOOD_PER_SECOND = 50_000;

    private final Random random = new Random(5);
    private final CookieBudget budget = new CookieBudget(new Entropy() {
        @Override
        public void fill(byte[] bytes) {
            random.nextBytes(bytes);
        }

        @Override
        public int nextInt() {
            return random.nextInt();
        }
    });

    @Test
    void fewGetOneAlways() {
        for (int i = 0; i < 10_000; i++) {
            assertTrue(budget.maySend(spoofed(), START_NS + i * (SECOND_NS / 1_000)));
        }
    }

    @Test
    void aFloodGetsNoMoreThanThat() {
        for (int second = 0; second < 20; second++) {
            int sent = flood(second, 0, SECOND_NS);
            assertTrue(sent > CookieBudget.PER_SECOND * 0.9, "sent " + sent);
            assertTrue(sent < CookieBudget.PER_SECOND * 2.1, "sent " + sent);
        }
    }

    /** The same address at another port may be somebody else. */
    @Test
    void whoAsksAgainGetsOne() {
        int honest = 200;
        int first = 0;
        int other = 0;
        flood(0, 0, SECOND_NS);
        long atNs = 0;
        for (int i = 0; i < honest; i++) {
            long untilNs = i * SECOND_NS / honest + random.nextLong(SECOND_NS / honest);
            flood(1, atNs, untilNs - atNs);
            atNs = untilNs;
            first += budget.maySend(peer(i, 1), START_NS + SECOND_NS + atNs) ? 1 : 0;
        }
        for (int second = 2; second < 6; second++) {
            flood(second, 0, SECOND_NS);
        }
        atNs = 0;
        for (int i = 0; i < honest; i++) {
            long untilNs = i * SECOND_NS / honest + random.nextLong(SECOND_NS / honest);
            flood(6, atNs, untilNs - atNs);
            atNs = untilNs;
            assertTrue(budget.maySend(peer(i, 1), START_NS + 6 * SECOND_NS + atNs), "after five seconds");
            other += budget.maySend(peer(i, 2), START_NS + 6 * SECOND_NS + atNs) ? 1 : 0;
        }
        assertTrue(first < honest * 0.7, "at the first try " + first);
        assertTrue(other < honest * 0.8, "of others " + other);
    }

    @Test
    void forgetsWhoAskedLongAgo() {
        budget.maySend(peer(1, 1), START_NS);
        long nowNs = START_NS + 3 * CookieBudget.GENERATION_NS;
        int spent = 0;
        while (budget.maySend(spoofed(), nowNs)) {
            spent++;
        }
        assertTrue(spent > 0);
        assertFalse(budget.maySend(peer(1, 1), nowNs));
        assertTrue(budget.maySend(peer(1, 1), nowNs), "and remembers who asked just now");
    }

    /** Returns how many got one. */
    private int flood(int second, long fromNs, long lengthNs) {
        int sent = 0;
        long count = FLOOD_PER_SECOND * lengthNs / SECOND_NS;
        for (int i = 0; i < count; i++) {
            sent += budget.maySend(spoofed(), START_NS + second * SECOND_NS + fromNs + i * lengthNs / count) ? 1 : 0;
        }
        return sent;
    }

    private Endpoint spoofed() {
        return Endpoint.v4(random.nextInt() & 0x7fffffff, 1 + random.nextInt(65_535));
    }

    private static Endpoint peer(int number, int port) {
        return Endpoint.v4(0xc0000000 | number, port);
    }
}
