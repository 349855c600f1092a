package io.penstock.engine.lane;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class StagedPacketsTest {
    private static final long SEED = Long.getLong("penstock.seed", 20261122);
    private static final int BLOCKS = 64;

    private final UnsafeBuffer packet = new UnsafeBuffer(ByteBuffer.allocateDirect(65_536));
    private final StagedPackets staged =
            new StagedPackets(new UnsafeBuffer(ByteBuffer.allocateDirect(BLOCKS * StagedPackets.BLOCK_LENGTH)));

    @Test
    void behavesLikeQueuesUnderRandomOperations() {
        Random random = new Random(SEED);
        List<Deque<byte[]>> twin = new ArrayList<>();
        for (int slot = 0; slot < 40; slot++) {
            twin.add(new ArrayDeque<>());
        }
        for (int step = 0; step < 200_000; step++) {
            int slot = random.nextInt(40);
            Deque<byte[]> queue = twin.get(slot);
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> addLikeALane(slot, queue, random);
                case 4, 5, 6 -> takeOne(slot, queue, step);
                default -> dropAll(slot, queue);
            }
            assertEquals(queue.size(), staged.waiting(slot), () -> "seed " + SEED);
        }
    }

    private void addLikeALane(int slot, Deque<byte[]> queue, Random random) {
        byte[] bytes = new byte[random.nextInt(4) == 0 ? random.nextInt(9_000) : random.nextInt(1_500)];
        random.nextBytes(bytes);
        while (staged.mustDropOldest(slot, bytes.length)) {
            staged.dropOldest(slot);
            queue.removeFirst();
        }
        if (staged.hasRoom(bytes.length)) {
            packet.putBytes(100, bytes);
            staged.add(slot, packet, 100, bytes.length);
            queue.addLast(bytes);
        }
    }

    private void takeOne(int slot, Deque<byte[]> queue, int step) {
        if (queue.isEmpty()) {
            return;
        }
        byte[] expected = queue.removeFirst();
        byte[] actual = new byte[staged.headLength(slot)];
        staged.take(slot, packet, 7);
        packet.getBytes(7, actual);
        assertArrayEquals(expected, actual, () -> "step " + step + " of seed " + SEED);
    }

    private void dropAll(int slot, Deque<byte[]> queue) {
        assertEquals(queue.size(), staged.dropAll(slot), () -> "seed " + SEED);
        queue.clear();
    }

    @Test
    void keepsNoMoreThanItsShareOfOnePeer() {
        for (int i = 0; i < BLOCKS; i++) {
            assertFalse(staged.mustDropOldest(3, 100));
            staged.add(3, packet, 0, 100);
        }
        assertTrue(staged.mustDropOldest(3, 100), "the pool is empty: the peer's own oldest packet has to go");
        assertFalse(staged.mustDropOldest(4, 100), "another peer has none to give");
        assertFalse(staged.hasRoom(100));
    }

    @Test
    void givesEveryBlockBack() {
        for (int round = 0; round < 1000; round++) {
            staged.add(1, packet, 0, 5 * StagedPackets.BLOCK_LENGTH + 1);
            staged.add(2, packet, 0, 0);
            staged.dropAll(1);
            staged.dropAll(2);
        }
        assertTrue(staged.hasRoom(BLOCKS * StagedPackets.BLOCK_LENGTH));
    }
}
