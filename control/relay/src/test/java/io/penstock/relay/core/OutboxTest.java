package io.penstock.relay.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.key.NodeKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private static final QueueLimits LIMITS = new QueueLimits(2, 4, 128 << 10, 3, 2);

    private final RelayCounters counters = new RelayCounters();
    private final Outbox outbox = new Outbox(LIMITS, counters);
    private final List<Packets> released = new ArrayList<>();

    /** A parcel that notes its release. */
    private final class Packets implements Parcel {
        private final int packets;
        private final int bytes;
        private final boolean isDisco;

        Packets(int packets, int bytes, boolean isDisco) {
            this.packets = packets;
            this.bytes = bytes;
            this.isDisco = isDisco;
        }

        @Override
        public int packets() {
            return packets;
        }

        @Override
        public int bytes() {
            return bytes;
        }

        @Override
        public boolean isDisco() {
            return isDisco;
        }

        @Override
        public void release() {
            assertFalse(released.contains(this), "released once");
            released.add(this);
        }
    }

    private Packets packets(int count, int bytes) {
        return new Packets(count, bytes, false);
    }

    private static NodeKey key(int number) {
        byte[] bytes = new byte[32];
        bytes[0] = (byte) number;
        return NodeKey.of(bytes);
    }

    private static Frame frame(@Nullable Outgoing outgoing) {
        return assertInstanceOf(Outgoing.Control.class, outgoing).frame();
    }

    @Test
    void wakesOnceUntilItWasEmptied() {
        assertTrue(outbox.offer(packets(1, 10)));
        assertFalse(outbox.offer(packets(1, 10)));
        outbox.poll();
        outbox.poll();
        assertFalse(outbox.offer(packets(1, 10)), "nobody has seen it empty");
        outbox.poll();
        assertNull(outbox.poll());
        assertTrue(outbox.offer(new Frame.Pong(1)));
    }

    @Test
    void putsTheRelaysWordsFirstAndDiscoveryBeforeOtherPackets() {
        Packets data = packets(1, 10);
        Packets disco = new Packets(1, 10, true);
        outbox.offer(data);
        outbox.offer(disco);
        outbox.offerChange(key(1), new Frame.PeerGone(key(1), 0));
        outbox.offer(new Frame.Pong(1));
        assertInstanceOf(Frame.Pong.class, frame(outbox.poll()));
        assertInstanceOf(Frame.PeerGone.class, frame(outbox.poll()));
        assertSame(disco, outbox.poll());
        assertSame(data, outbox.poll());
        assertTrue(released.isEmpty(), "the caller has them");
    }

    @Test
    void dropsTheOldestPacketsWhenThereAreTooMany() {
        Packets first = packets(3, 10);
        Packets second = packets(1, 10);
        outbox.offer(first);
        outbox.offer(second);
        Packets third = packets(2, 10);
        outbox.offer(third);
        assertEquals(List.of(first), released);
        assertEquals(3, counters.dropped(DropReason.QUEUE_FULL));
        assertSame(second, outbox.poll());
        assertSame(third, outbox.poll());
    }

    @Test
    void dropsTheOldestPacketsWhenTheyAreTooLong() {
        Packets first = packets(1, 100 << 10);
        outbox.offer(first);
        Packets second = packets(1, 30 << 10);
        outbox.offer(second);
        assertEquals(List.of(first), released);
        assertEquals(30 << 10, outbox.waitingBytes());
    }

    @Test
    void keepsDiscoveryWhenOtherPacketsAreDropped() {
        Packets disco = new Packets(1, 100, true);
        outbox.offer(disco);
        for (int i = 0; i < 20; i++) {
            outbox.offer(packets(1, 10));
        }
        assertSame(disco, outbox.poll());
        assertEquals(16, counters.dropped(DropReason.QUEUE_FULL));
    }

    @Test
    void replacesNewsOfAKeyByNewerNews() {
        outbox.offerChange(key(1), new Frame.PeerGone(key(1), 0));
        outbox.offerChange(key(2), new Frame.PeerGone(key(2), 0));
        outbox.offerChange(key(1), new Frame.PeerPresent(key(1), null, 1));
        assertEquals(new Frame.PeerGone(key(2), 0), frame(outbox.poll()));
        assertEquals(new Frame.PeerPresent(key(1), null, 1), frame(outbox.poll()));
        assertNull(outbox.poll());
    }

    @Test
    void dropsWordsBeyondItsRoom() {
        for (int i = 0; i < 5; i++) {
            outbox.offer(new Frame.Pong(i));
            outbox.offerChange(key(i), new Frame.PeerGone(key(i), 0));
        }
        assertEquals(2 + 3, counters.dropped(DropReason.NOTICE_QUEUE_FULL));
    }

    @Test
    void releasesWhatWaitsAndWhatComesWhenItIsClosed() {
        outbox.offer(packets(2, 10));
        outbox.offer(new Packets(1, 10, true));
        outbox.close();
        assertFalse(outbox.offer(packets(1, 10)));
        assertFalse(outbox.offer(new Frame.Pong(1)));
        assertEquals(3, released.size());
        assertEquals(5, counters.dropped(DropReason.RECEIVER_GONE));
        assertNull(outbox.poll());
    }

    @Test
    void keepsItsBoundsAndAccountsForEveryPacket() {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        Random random = new Random(seed);
        long offered = 0;
        long taken = 0;
        for (int i = 0; i < 20_000; i++) {
            if (random.nextInt(3) > 0) {
                Packets parcel = new Packets(1 + random.nextInt(2), 1 + random.nextInt(90_000), random.nextBoolean());
                offered += parcel.packets();
                outbox.offer(parcel);
            } else if (outbox.poll() instanceof Packets parcel) {
                taken += parcel.packets();
            }
            assertTrue(outbox.waitingBytes() <= LIMITS.bytes(), "seed " + seed);
        }
        for (Outgoing next = outbox.poll(); next != null; next = outbox.poll()) {
            taken += next instanceof Packets parcel ? parcel.packets() : 0;
        }
        assertEquals(offered, taken + counters.dropped(DropReason.QUEUE_FULL), "seed " + seed);
    }
}
