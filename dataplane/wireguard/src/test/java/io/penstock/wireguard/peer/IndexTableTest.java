package io.penstock.wireguard.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.DirectMemory;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.Seeded;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class IndexTableTest {
    private final Seeded seeded = Seeded.create();
    private final DirectMemory memory = new DirectMemory();
    private final IndexTable table = new IndexTable();
    private final Peer peer = new Peer(PublicKey.of(new byte[32]), 0);

    private Keypair keypair(Peer owner, int index) {
        return new Keypair(owner, index, 0, true, 0, memory, memory.allocate(Keypair.SECRET_LENGTH));
    }

    @Test
    void showsAKeypairToLanesOnlyWhenItIsPublished() {
        int index = table.reserve(peer, seeded);
        assertSame(peer, table.owner(index));
        assertNull(table.find(index));

        Keypair keypair = keypair(peer, index);
        table.publish(keypair);
        assertSame(keypair, table.find(index));
        assertNull(table.find(index + 256)); // same slot, other index

        table.release(index);
        assertNull(table.find(index));
        assertNull(table.owner(index));
        assertThrows(IllegalStateException.class, () -> table.release(index));
        assertThrows(IllegalStateException.class, () -> table.publish(keypair));
    }

    @Test
    void findsAFreeSlotAlsoWithAStuckSourceOfRandomness() {
        Entropy stuck = new Entropy() {
            @Override
            public void fill(byte[] bytes) {}

            @Override
            public int nextInt() {
                return -1;
            }
        };
        List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            indices.add(table.reserve(peer, stuck));
        }
        assertEquals(1_000, indices.stream().distinct().count());
        assertEquals(1_000, table.size());
    }

    @Test
    void agreesWithAMap() {
        Random random = seeded.random();
        Map<Integer, Peer> owners = new HashMap<>();
        Map<Integer, Keypair> keypairs = new HashMap<>();
        List<Integer> live = new ArrayList<>();
        for (int i = 0; i < 30_000; i++) {
            int dice = random.nextInt(10);
            if (dice < 5 || live.isEmpty()) {
                Peer owner = new Peer(PublicKey.of(new byte[32]), i);
                int index = table.reserve(owner, seeded);
                assertNull(owners.put(index, owner), seeded::toString);
                live.add(index);
            } else if (dice < 7) {
                int index = live.get(random.nextInt(live.size()));
                Peer owner = owners.get(index);
                if (owner != null && !keypairs.containsKey(index)) {
                    Keypair keypair = keypair(owner, index);
                    table.publish(keypair);
                    keypairs.put(index, keypair);
                }
            } else {
                int index = live.remove(random.nextInt(live.size()));
                table.release(index);
                owners.remove(index);
                keypairs.remove(index);
            }
        }
        assertEquals(owners.size(), table.size(), seeded::toString);
        owners.forEach((index, owner) -> {
            assertSame(owner, table.owner(index), seeded::toString);
            assertSame(keypairs.get(index), table.find(index), seeded::toString);
        });
        for (int i = 0; i < 10_000; i++) {
            int index = random.nextInt();
            assertSame(keypairs.get(index), table.find(index), seeded::toString);
        }
    }

    @Test
    void readersKeepFindingWhatStaysWhileTheTableGrows() throws InterruptedException {
        int index = table.reserve(peer, seeded);
        Keypair keypair = keypair(peer, index);
        table.publish(keypair);
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong lookups = new AtomicLong();
        AtomicLong misses = new AtomicLong();
        Thread reader = Thread.ofPlatform().start(() -> {
            while (!done.get()) {
                lookups.incrementAndGet();
                if (table.find(index) != keypair) {
                    misses.incrementAndGet();
                }
            }
        });
        while (lookups.get() == 0) {
            Thread.onSpinWait();
        }
        for (int i = 0; i < 20_000; i++) {
            int other = table.reserve(peer, seeded);
            if (i % 3 == 0) {
                table.release(other);
            }
        }
        done.set(true);
        reader.join();

        assertEquals(0, misses.get());
        assertTrue(lookups.get() > 0);
    }
}
