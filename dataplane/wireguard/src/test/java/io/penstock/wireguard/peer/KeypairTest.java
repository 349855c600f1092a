package io.penstock.wireguard.peer;

import static io.penstock.wireguard.Protocol.REJECT_AFTER_MESSAGES;
import static io.penstock.wireguard.Protocol.REKEY_AFTER_MESSAGES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.DirectMemory;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.Seeded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class KeypairTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long CREATED = Long.MAX_VALUE - 60 * SECOND; // the clock wraps while it lives

    private final DirectMemory memory = new DirectMemory();
    private final Seeded seeded = Seeded.create();

    private Keypair keypair(boolean initiator) {
        UnsafeBuffer keys = memory.allocate(Keypair.SECRET_LENGTH);
        Peer peer = new Peer(PublicKey.of(new byte[32]), 0);
        return new Keypair(peer, 1, 2, initiator, CREATED, memory, keys);
    }

    @Test
    void countsFromZero() {
        Keypair keypair = keypair(true);

        assertEquals(0, keypair.reserveCounters(3));
        assertEquals(3, keypair.reserveCounters(1));
        assertEquals(4, keypair.sendCounter());
        assertThrows(IllegalArgumentException.class, () -> keypair.reserveCounters(0));
    }

    @Test
    void stopsBeforeTheLimitForGood() {
        Keypair keypair = keypair(true);
        keypair.sendCounter(REJECT_AFTER_MESSAGES - 10);

        assertEquals(REJECT_AFTER_MESSAGES - 10, keypair.reserveCounters(9));
        assertEquals(-1, keypair.reserveCounters(2));
        for (int i = 0; i < 100_000; i++) {
            assertEquals(-1, keypair.reserveCounters(64)); // many times the room that is left above the limit
        }
        assertFalse(keypair.canSend(CREATED));
    }

    @Test
    void takesTheVeryLastCounter() {
        Keypair keypair = keypair(true);
        keypair.sendCounter(REJECT_AFTER_MESSAGES - 1);

        assertEquals(REJECT_AFTER_MESSAGES - 1, keypair.reserveCounters(1));
        assertEquals(-1, keypair.reserveCounters(1));
    }

    @Test
    void neverHandsOutACounterTwiceOrBeyondTheLimitUnderRaces() throws InterruptedException {
        int threads = 4;
        Keypair keypair = keypair(true);
        long start = REJECT_AFTER_MESSAGES - (1L << 32) - 20_000; // crosses from adding to compare-and-set, then ends
        keypair.sendCounter(start);
        List<long[]> taken = new ArrayList<>();
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            long[] firsts = new long[10_000];
            taken.add(firsts);
            running.add(Thread.ofPlatform().start(() -> {
                awaitQuietly(go);
                for (int j = 0; j < firsts.length; j++) {
                    firsts[j] = keypair.reserveCounters(3);
                }
            }));
        }
        go.countDown();
        for (Thread thread : running) {
            thread.join();
        }

        long[] all = taken.stream().flatMapToLong(Arrays::stream).sorted().toArray();
        for (int i = 0; i < all.length; i++) {
            assertEquals(start + 3L * i, all[i]);
        }
        keypair.sendCounter(REJECT_AFTER_MESSAGES - 3_000);
        racesToTheEnd(keypair, threads);
    }

    private static void racesToTheEnd(Keypair keypair, int threads) throws InterruptedException {
        List<List<Long>> taken = new ArrayList<>();
        List<Thread> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            List<Long> firsts = new ArrayList<>();
            taken.add(firsts);
            running.add(Thread.ofPlatform().start(() -> {
                for (int j = 0; j < 20_000; j++) {
                    long first = keypair.reserveCounters(7);
                    if (first != -1) {
                        firsts.add(first);
                    }
                }
            }));
        }
        for (Thread thread : running) {
            thread.join();
        }
        long[] all = taken.stream()
                .flatMap(List::stream)
                .mapToLong(Long::longValue)
                .sorted()
                .toArray();
        assertEquals(3_000 / 7, all.length);
        assertTrue(Long.compareUnsigned(all[all.length - 1] + 7, REJECT_AFTER_MESSAGES) <= 0);
    }

    @Test
    void expiresWithAge() {
        Keypair keypair = keypair(true);

        assertFalse(keypair.isExpired(after(180) - 1));
        assertTrue(keypair.isExpired(after(180)));
        assertTrue(keypair.canSend(CREATED));
    }

    @Test
    void receivesOnWhenItMayNoLongerSend() {
        Keypair keypair = keypair(true);

        keypair.expireSending();

        assertEquals(-1, keypair.reserveCounters(1));
        assertFalse(keypair.canSend(CREATED));
        assertFalse(keypair.isExpired(CREATED));
        assertFalse(keypair.wantsRekeyAfterReceive(after(170)));
    }

    @Test
    void onlyTheInitiatorRenewsByTime() {
        Keypair initiators = keypair(true);
        Keypair responders = keypair(false);

        assertFalse(initiators.wantsRekeyAfterSend(after(120)));
        assertTrue(initiators.wantsRekeyAfterSend(after(120) + 1));
        assertFalse(responders.wantsRekeyAfterSend(after(179)));
        assertFalse(initiators.wantsRekeyAfterReceive(after(165)));
        assertTrue(initiators.wantsRekeyAfterReceive(after(165) + 1));
        assertFalse(initiators.wantsRekeyAfterReceive(after(166)));
        assertFalse(responders.wantsRekeyAfterReceive(after(166)));
    }

    @Test
    void eitherSideRenewsByCount() {
        Keypair keypair = keypair(false);

        keypair.sendCounter(REKEY_AFTER_MESSAGES);
        assertFalse(keypair.wantsRekeyAfterSend(CREATED));
        keypair.sendCounter(REKEY_AFTER_MESSAGES + 1);
        assertTrue(keypair.wantsRekeyAfterSend(CREATED));
        keypair.sendCounter(REJECT_AFTER_MESSAGES - 1);
        assertTrue(keypair.wantsRekeyAfterSend(CREATED));
    }

    @Test
    void wipesOnce() {
        byte[] secret = seeded.bytes(Keypair.SECRET_LENGTH);
        UnsafeBuffer keys = memory.allocate(Keypair.SECRET_LENGTH);
        keys.putBytes(0, secret);
        Keypair keypair = new Keypair(new Peer(PublicKey.of(new byte[32]), 0), 1, 2, true, CREATED, memory, keys);
        assertEquals(keypair.sendKeyAddress() + 32, keypair.receiveKeyAddress());
        assertTrue(memory.holds(secret));

        keypair.wipe();
        keypair.wipe();

        assertFalse(memory.holds(Arrays.copyOf(secret, 8)));
        assertEquals(0, memory.liveRegions());
        assertEquals(-1, keypair.reserveCounters(1));
    }

    private static long after(long seconds) {
        return CREATED + seconds * SECOND;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
