package io.penstock.engine.lane;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.AllocationMeter;
import io.penstock.engine.wire.Wire;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.Initiation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RelayRingTest {
    private final RelayRing ring = new RelayRing();
    private final Wire.RelayedHandler adding = (id, _, _, length) -> add(id + length);
    private long sum;

    private void add(long value) {
        sum += value;
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        if (length > 0) {
            bytes[0] = Data.TYPE;
        }
        return bytes;
    }

    @Test
    void carriesMessagesOfAnyLengthWithTheirNumber() {
        for (int length : new int[] {0, 1, 32, 1452, RelayRing.MAX_MESSAGE}) {
            byte[] message = bytes(length);
            assertTrue(ring.offer(-length, message, 0, length));
            assertEquals(
                    1,
                    ring.drain(
                            (id, buffer, offset, got) -> {
                                assertEquals(-length, id);
                                byte[] copy = new byte[got];
                                buffer.getBytes(offset, copy);
                                assertArrayEquals(message, copy);
                            },
                            8));
        }
    }

    @Test
    void wakesOnceUntilItIsFoundEmpty() {
        byte[] message = bytes(100);
        assertTrue(ring.offer(1, message, 0, 100));
        assertTrue(ring.announce());
        assertTrue(ring.isAnnounced());
        assertTrue(ring.offer(2, message, 0, 100));
        assertFalse(ring.announce());

        assertEquals(1, ring.drain((_, _, _, _) -> {}, 1));
        assertTrue(ring.isAnnounced(), "there may be more");
        assertEquals(1, ring.drain((_, _, _, _) -> {}, 1));
        assertTrue(ring.isAnnounced());
        assertEquals(0, ring.drain((_, _, _, _) -> {}, 1));
        assertFalse(ring.isAnnounced());

        assertTrue(ring.offer(3, message, 0, 100));
        assertTrue(ring.announce());
    }

    @Test
    void refusesWhatExceedsItsBytesAndGoesOn() {
        byte[] message = bytes(1_500);
        Random random = new Random(7);
        for (int round = 0; round < 20; round++) {
            int offered = 0;
            while (ring.offer(offered, message, 0, 1 + random.nextInt(1_500))) {
                offered++;
                assertTrue(offered < RelayRing.CAPACITY_BYTES);
            }
            List<Long> ids = new ArrayList<>();
            assertEquals(offered, ring.drain((id, _, _, _) -> ids.add(id), Integer.MAX_VALUE));
            for (int i = 0; i < offered; i++) {
                assertEquals(i, ids.get(i), "in order");
            }
        }
    }

    @Test
    void keepsRoomAndTurnsForHandshakes() {
        byte[] data = bytes(1_452);
        while (ring.offer(1, data, 0, data.length)) {
            sum++;
        }
        byte[] handshake = new byte[Initiation.LENGTH];
        handshake[0] = Initiation.TYPE;
        assertTrue(ring.offer(2, handshake, 0, handshake.length));
        List<Long> ids = new ArrayList<>();
        assertEquals(2, ring.drain((id, _, _, _) -> ids.add(id), 2));
        assertEquals(List.of(2L, 1L), ids);

        int offered = 0;
        while (ring.offer(2, handshake, 0, handshake.length)) {
            offered++;
            assertTrue(offered < RelayRing.HANDSHAKE_BYTES / Initiation.LENGTH);
        }
        ids.clear();
        assertEquals(64, ring.drain((id, _, _, _) -> ids.add(id), 64));
        assertEquals(32, Collections.frequency(ids, 1L), "half of them data");
    }

    /** Nobody ever waits for a message that is there: a lost wake-up ends in the timeout. */
    @Test
    void losesNoWakeUpAmongThreads() throws Exception {
        int producers = 3;
        int each = 100_000;
        Semaphore wakeUps = new Semaphore(0);
        for (int p = 0; p < producers; p++) {
            long id = p;
            Thread.ofPlatform().daemon().start(() -> {
                UnsafeBuffer message = new UnsafeBuffer(new byte[64]);
                message.putByte(0, (byte) (id == 0 ? Initiation.TYPE : Data.TYPE)); // through either ring
                for (int i = 0; i < each; ) {
                    message.putInt(4, i);
                    if (ring.offer(id, message, 0, 64)) {
                        i++;
                    } else {
                        Thread.onSpinWait();
                    }
                    if (ring.announce()) {
                        wakeUps.release();
                    }
                    if (i % 1_000 == 0) {
                        LockSupport.parkNanos(1); // so that the ring is empty now and then
                    }
                }
            });
        }
        int[] next = new int[producers];
        int taken = 0;
        while (taken < producers * each) {
            wakeUps.acquire();
            int read;
            do {
                read = ring.drain(
                        (id, buffer, offset, _) -> assertEquals(next[(int) id]++, buffer.getInt(offset + 4)), 64);
                taken += read;
            } while (read == 64);
        }
    }

    @Test
    void allocatesNothing() {
        UnsafeBuffer message = new UnsafeBuffer(bytes(1_452));
        AllocationMeter.assertNoBytes(() -> {
            ring.offer(1, message, 0, 1_452);
            sum += ring.announce() ? 1 : 0;
            sum += ring.drain(adding, 64);
        });
        assertTrue(sum > 0);
    }
}
