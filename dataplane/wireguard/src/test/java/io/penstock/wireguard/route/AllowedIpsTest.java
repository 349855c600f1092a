package io.penstock.wireguard.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.Seeded;
import io.penstock.wireguard.peer.Peer;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class AllowedIpsTest {
    private final Seeded seeded = Seeded.create();
    private final AllowedIps table = new AllowedIps();
    private final List<Peer> peers = new ArrayList<>();

    AllowedIpsTest() {
        for (int i = 0; i < 8; i++) {
            peers.add(new Peer(PublicKey.of(new byte[32]), i));
        }
    }

    @Test
    void findsTheLongestPrefix() {
        Peer wide = peers.get(0);
        Peer narrow = peers.get(1);
        Peer host = peers.get(2);
        table.insert(Prefix.parse("0.0.0.0/0"), wide);
        table.insert(Prefix.parse("192.168.4.7/24"), narrow);
        table.insert(Prefix.parse("192.168.4.4/32"), host);
        table.insert(Prefix.parse("2001:db8::/32"), wide);
        table.insert(Prefix.parse("2001:db8::1/128"), host);

        assertSame(wide, table.lookup4(0x0808_0808));
        assertSame(narrow, table.lookup4(0xc0a8_0403));
        assertSame(host, table.lookup4(0xc0a8_0404));
        assertSame(wide, table.lookup6(0x2001_0db8_0000_0000L, 2));
        assertSame(host, table.lookup6(0x2001_0db8_0000_0000L, 1));
        assertNull(table.lookup6(0x2001_0db9_0000_0000L, 1));
        assertEquals(5, table.size());
    }

    @Test
    void movesAPrefixToItsNewPeer() {
        Prefix prefix = Prefix.parse("10.0.0.0/8");
        table.insert(prefix, peers.get(0));
        table.insert(Prefix.parse("10.9.9.9/8"), peers.get(1));

        assertSame(peers.get(1), table.lookup4(0x0a00_0001));
        assertEquals(List.of(), list(peers.get(0)));
        assertEquals(List.of(prefix), list(peers.get(1)));
        assertFalse(table.remove(prefix, peers.get(0)));
        assertTrue(table.remove(prefix, peers.get(1)));
        assertFalse(table.remove(prefix, peers.get(1)));
        assertNull(table.lookup4(0x0a00_0001));
        assertEquals(0, table.size());
    }

    @Test
    void keepsAnOnlyPrefixThatIsInsertedAgain() {
        Prefix prefix = Prefix.parse("10.0.0.0/8");
        table.insert(prefix, peers.getFirst());
        table.insert(prefix, peers.getFirst());

        assertEquals(List.of(prefix), list(peers.getFirst()));
        assertEquals(1, table.size());
        table.removeAll(peers.getFirst());
        assertNull(table.lookup4(0x0a00_0001));
    }

    @Test
    void listsInTheOrderOfInsertionAndAgainLast() {
        Peer peer = peers.getFirst();
        for (String text : List.of("10.0.0.0/8", "::/0", "9.0.0.0/8", "0.0.0.0/0", "fd00::/8")) {
            table.insert(Prefix.parse(text), peer);
        }
        table.insert(Prefix.parse("::/0"), peer);
        table.remove(Prefix.parse("9.0.0.0/8"), peer);

        assertEquals("[10.0.0.0/8, 0.0.0.0/0, fd00::/8, ::/0]", list(peer).toString());
    }

    @Test
    void agreesWithANaiveTwin() {
        Random random = seeded.random();
        for (int round = 0; round < 20; round++) {
            AllowedIps tested = new AllowedIps();
            Map<Prefix, Peer> twin = new LinkedHashMap<>();
            List<Prefix> pool = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                pool.add(randomPrefix(random));
            }
            for (int i = 0; i < 2_000; i++) {
                Peer peer = peers.get(random.nextInt(peers.size()));
                Prefix prefix = pool.get(random.nextInt(pool.size()));
                switch (random.nextInt(20)) {
                    case 0 -> {
                        tested.removeAll(peer);
                        twin.values().removeIf(owner -> owner == peer);
                    }
                    case 1, 2, 3, 4, 5, 6, 7 ->
                        assertEquals(twin.remove(prefix, peer), tested.remove(prefix, peer), seeded::toString);
                    default -> {
                        tested.insert(prefix, peer);
                        twin.remove(prefix);
                        twin.put(prefix, peer);
                    }
                }
                compareLookups(tested, twin, pool.get(random.nextInt(pool.size())), random);
            }
            assertEquals(twin.size(), tested.size(), seeded::toString);
            for (Peer peer : peers) {
                List<Prefix> expected = twin.entrySet().stream()
                        .filter(entry -> entry.getValue() == peer)
                        .map(Map.Entry::getKey)
                        .toList();
                List<Prefix> found = new ArrayList<>();
                tested.of(peer).forEach(found::add);
                assertEquals(expected, found, seeded::toString);
            }
        }
    }

    private void compareLookups(AllowedIps tested, Map<Prefix, Peer> twin, Prefix near, Random random) {
        int flip = random.nextInt(128);
        long high = near.high() ^ (flip < 64 ? 1L << flip : 0);
        long low = near.low() ^ (flip >= 64 ? 1L << (flip - 64) : 0);
        assertSame(naive(twin, false, 0, low), tested.lookup4((int) low), seeded::toString);
        assertSame(naive(twin, true, high, low), tested.lookup6(high, low), seeded::toString);
        long noise = random.nextLong();
        assertSame(naive(twin, true, noise, low), tested.lookup6(noise, low), seeded::toString);
        assertSame(naive(twin, false, 0, noise), tested.lookup4((int) noise), seeded::toString);
    }

    private static @Nullable Peer naive(Map<Prefix, Peer> twin, boolean v6, long high, long low) {
        Peer best = null;
        int length = -1;
        for (Map.Entry<Prefix, Peer> entry : twin.entrySet()) {
            Prefix prefix = entry.getKey();
            boolean contains = v6 ? prefix.contains6(high, low) : prefix.contains4((int) low);
            if (contains && prefix.length() > length) {
                best = entry.getValue();
                length = prefix.length();
            }
        }
        return best;
    }

    /** Few distinct leading bits, so that prefixes nest and branch everywhere. */
    private static Prefix randomPrefix(Random random) {
        boolean v6 = random.nextBoolean();
        long sparse = -1;
        for (int i = 0; i < 4; i++) {
            sparse &= random.nextLong();
        }
        long other = random.nextLong();
        other &= random.nextLong();
        int longest = v6 ? 128 : 32;
        int length = random.nextInt(8) == 0 ? longest : random.nextInt(longest + 1);
        return v6 ? Prefix.v6(sparse, other, length) : Prefix.v4((int) sparse, length);
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.SECONDS)
    void takesAHundredAndThirtyThousandPrefixesQuickly() {
        Peer peer = peers.getFirst();
        int count = 0;
        for (int a = 0; a < 255; a++) {
            for (int b = 0; b < 512; b++) {
                table.insert(Prefix.v4(a << 24 | b << 8, 24 + b % 9), peer);
                count++;
            }
        }
        assertEquals(130_560, count);
        assertEquals(130_560, table.size());
        assertEquals(130_560, list(peer).size());
        table.removeAll(peer);
        assertEquals(0, table.size());
        assertNull(table.lookup4(0x0100_0100));
    }

    @Test
    void lookupDoesNotAllocate() {
        for (int i = 0; i < 1_000; i++) {
            table.insert(randomPrefix(seeded.random()), peers.get(i % peers.size()));
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long leastBytes = Long.MAX_VALUE;
        int found = 0;
        for (int round = 0; round < 20 && leastBytes > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                found += table.lookup4(i * 7_919) == null ? 0 : 1;
                found += table.lookup6(i * 0x9E37_79B9_7F4AL, i) == null ? 0 : 1;
            }
            leastBytes = Math.min(leastBytes, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, leastBytes);
        assertTrue(found > 0);
    }

    /** Prefixes that stay must be found at every moment, whatever is inserted, moved and removed around them. */
    @Test
    void readersSeeWhatStaysWhileTheWriterWorks() throws InterruptedException {
        Random random = seeded.random();
        Peer fixed = peers.get(0);
        List<Prefix> staying = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            Prefix prefix = Prefix.v4(0x0a00_0000 | random.nextInt(1 << 16), 32);
            staying.add(prefix);
            table.insert(prefix, fixed);
        }
        table.insert(Prefix.parse("0.0.0.0/0"), peers.get(1));
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong lookups = new AtomicLong();
        AtomicLong wrong = new AtomicLong();
        Thread reader = Thread.ofPlatform().start(() -> {
            for (int i = 0; !done.get(); i++) {
                int address = (int) staying.get(i % staying.size()).low();
                if (table.lookup4(address) != fixed || table.lookup4(0x0b00_0000 + i % 100) == null) {
                    wrong.incrementAndGet();
                }
                lookups.incrementAndGet();
            }
        });
        List<Prefix> churn = new ArrayList<>();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
        while (System.nanoTime() - deadline < 0 || lookups.get() < 1_000) {
            Prefix prefix = Prefix.v4(0x0a00_0000 | random.nextInt(1 << 16), 8 + random.nextInt(24));
            Peer peer = peers.get(2 + random.nextInt(4));
            if (random.nextBoolean()) {
                table.insert(prefix, peer);
                churn.add(prefix);
            } else if (!churn.isEmpty()) {
                Prefix gone = churn.remove(random.nextInt(churn.size()));
                peers.forEach(owner -> table.remove(gone, owner));
            }
        }
        done.set(true);
        reader.join();
        assertEquals(0, wrong.get(), seeded::toString);
    }

    private List<Prefix> list(Peer peer) {
        List<Prefix> prefixes = new ArrayList<>();
        table.of(peer).forEach(prefixes::add);
        return prefixes;
    }
}
