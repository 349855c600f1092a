package io.penstock.wireguard.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.Seeded;
import io.penstock.wireguard.peer.Peer;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class OwnerCacheTest {
    private static final int PEERS = 8;

    private final Seeded seeded = Seeded.create();
    private final AllowedIps table = new AllowedIps();
    private final OwnerCache cache = new OwnerCache(table);
    private final List<Peer> peers = new ArrayList<>();

    OwnerCacheTest() {
        for (int i = 0; i < PEERS; i++) {
            peers.add(new Peer(PublicKey.of(new byte[32]), i));
        }
    }

    @Test
    void answersAsTheTableDoesWhateverChanges() {
        Random random = seeded.random();
        for (int step = 0; step < 200_000; step++) {
            if (random.nextInt(20) == 0) {
                change(random);
            }
            if (random.nextBoolean()) {
                int address = address(random);
                assertSame(table.lookup4(address), cache.lookup4(address), seeded::toString);
            } else {
                long high = Integer.toUnsignedLong(address(random)) << 32;
                long low = random.nextInt(4);
                assertSame(table.lookup6(high, low), cache.lookup6(high, low), seeded::toString);
            }
        }
    }

    private void change(Random random) {
        Peer peer = peers.get(random.nextInt(PEERS));
        int address = address(random);
        Prefix prefix = random.nextBoolean()
                ? Prefix.v4(address, 8 + random.nextInt(25))
                : Prefix.v6(Integer.toUnsignedLong(address) << 32, random.nextInt(4), 8 + random.nextInt(121));
        switch (random.nextInt(8)) {
            case 0 -> table.removeAll(peer);
            case 1, 2 -> table.remove(prefix, peer);
            default -> table.insert(prefix, peer);
        }
    }

    /** Of a few thousand, so that they come again and some share a place. */
    private static int address(Random random) {
        return 0x0a00_0000 | random.nextInt(4) << 20 | random.nextInt(2_048);
    }

    @Test
    void keepsTheFamiliesApart() {
        table.insert(Prefix.parse("10.0.0.1/32"), peers.get(0));
        table.insert(Prefix.parse("::a00:1/128"), peers.get(1));

        for (int twice = 0; twice < 2; twice++) {
            assertSame(peers.get(0), cache.lookup4(0x0a00_0001));
            assertSame(peers.get(1), cache.lookup6(0, 0x0a00_0001));
        }
    }

    @Test
    void answersNobodyForTheZeroAddressOfAnEmptyTable() {
        assertNull(cache.lookup4(0));
        assertNull(cache.lookup6(0, 0));
    }

    /** A look-up that begins after a change has been made sees it. */
    @Test
    @Timeout(60)
    void neverAnswersWithWhatHadChangedBefore() throws InterruptedException {
        Prefix prefix = Prefix.parse("10.1.0.0/16");
        table.insert(prefix, peers.getFirst());
        AtomicLong made = new AtomicLong();
        AtomicBoolean isOver = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().start(() -> {
            for (long change = 1; !isOver.get(); change++) {
                table.insert(prefix, peers.get((int) (change % PEERS)));
                made.set(change);
                for (int pause = (int) (change % 64); pause > 0; pause--) {
                    Thread.onSpinWait();
                }
            }
        });
        try {
            long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
            while (System.nanoTime() - endNs < 0) {
                long before = made.get();
                Peer owner = cache.lookup4(0x0a01_0203);
                long after = made.get() + 1; // one may be seen before it is counted
                assertNotNull(owner);
                long behind = Math.floorMod(owner.slot() - before, (long) PEERS);
                assertTrue(
                        before + behind <= after,
                        () -> "peer " + owner.slot() + " between changes " + before + " and " + after);
            }
        } finally {
            isOver.set(true);
            writer.join();
        }
    }

    @Test
    void allocatesNothing() {
        table.insert(Prefix.parse("10.0.0.0/8"), peers.get(0));
        table.insert(Prefix.parse("2001:db8::/32"), peers.get(1));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        lookUp(20_000);
        long before = threads.getCurrentThreadAllocatedBytes();
        long found = lookUp(20_000);
        long after = threads.getCurrentThreadAllocatedBytes();
        assertEquals(40_000, found);
        assertEquals(0, after - before);
    }

    private long lookUp(int times) {
        long found = 0;
        for (int i = 0; i < times; i++) {
            found += cache.lookup4(0x0a00_0000 | i) == null ? 0 : 1;
            found += cache.lookup6(0x2001_0db8_0000_0000L, i) == null ? 0 : 1;
        }
        return found;
    }
}
