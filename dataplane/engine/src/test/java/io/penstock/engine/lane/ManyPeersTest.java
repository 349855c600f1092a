package io.penstock.engine.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.aead.AeadBatch;
import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.aead.AeadEngines;
import io.penstock.engine.aead.NativeX25519;
import io.penstock.engine.lane.Hub.Shape;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Entropy;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What the packet path does for each packet is the same with a thousand active peers, of ten thousand, as with one: batches do
 * not end where the peer changes, and nothing is allocated. How long it takes, {@link ManyPeersMain} measures.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // ten thousand peers take a second to make
class ManyPeersTest {
    private static final int CONFIGURED = 10_000;
    private static final int ACTIVE = 1_000;
    private static final Shape SMALL = new Shape(1, 64);
    private static final Shape SUPERPACKET = new Shape(44, 1_380);
    private static final int PACKETS = 8_000;
    private static final long PATIENCE_NS = 60_000_000_000L;

    private final Counted engine = new Counted();
    private Hub hub;

    /** Counts calls and packets of an engine that is quick and right. */
    private static final class Counted implements AeadEngine {
        private final AeadEngine engine = best();
        private long calls;
        private long packets;

        @Override
        public String name() {
            return engine.name();
        }

        @Override
        public String describe() {
            return engine.describe();
        }

        @Override
        public void seal(AeadBatch batch) {
            count(batch);
            engine.seal(batch);
        }

        @Override
        public long open(AeadBatch batch) {
            count(batch);
            return engine.open(batch);
        }

        private void count(AeadBatch batch) {
            calls++;
            packets += batch.count;
        }

        /** Since it was asked last. */
        double packetsPerCall() {
            double ratio = (double) packets / calls;
            calls = 0;
            packets = 0;
            return ratio;
        }

        @Override
        public void close() {
            engine.close();
        }
    }

    private static AeadEngine best() {
        try {
            return AeadEngines.choose(null, _ -> {});
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private record Seeded(Random random) implements Entropy {
        @Override
        public void fill(byte[] bytes) {
            random.nextBytes(bytes);
        }

        @Override
        public int nextInt() {
            return random.nextInt();
        }
    }

    @BeforeAll
    void open() throws Exception {
        hub = new Hub(
                CONFIGURED,
                ACTIVE,
                engine,
                best(),
                NativeX25519.choose(_ -> {}),
                new Site.PlainMemory(),
                new Seeded(new Random(1)));
    }

    @AfterAll
    void close() {
        hub.close();
    }

    @Test
    void sealsAsManyPacketsAtATimeForAThousandPeersAsForOne() {
        long sentBefore = hub.udp().sentDatagrams();
        for (Shape shape : new Shape[] {SMALL, SUPERPACKET}) {
            double _ = engine.packetsPerCall();
            hub.send(1, shape, PACKETS / shape.run());
            double ofOne = engine.packetsPerCall();
            hub.send(ACTIVE, shape, PACKETS / shape.run());
            assertEquals(ofOne, engine.packetsPerCall(), ofOne / 100, shape::toString);
        }
        assertEquals(2L * (PACKETS + PACKETS / 44 * 44), hub.udp().sentDatagrams() - sentBefore);
        assertNothingDropped();
    }

    @Test
    void opensAsManyPacketsAtATimeFromAThousandPeersAsFromOne() {
        long writtenBefore = hub.tun().writtenBytes();
        for (Shape shape : new Shape[] {SMALL, SUPERPACKET}) {
            double _ = engine.packetsPerCall();
            hub.receive(1, shape, PACKETS / shape.run());
            double ofOne = engine.packetsPerCall();
            hub.receive(ACTIVE, shape, PACKETS / shape.run());
            assertEquals(ofOne, engine.packetsPerCall(), ofOne / 100, shape::toString);
        }
        long payload = 2L * PACKETS * SMALL.payloadBytes() + 2L * (PACKETS / 44 * 44) * SUPERPACKET.payloadBytes();
        assertTrue(hub.tun().writtenBytes() - writtenBefore > payload, "all of it, and headers");
        assertNothingDropped();
    }

    @Test
    void allocatesNothingForAThousandPeers() {
        awaitRoundWithoutGarbage(shape -> hub.send(ACTIVE, shape, PACKETS / shape.run()));
        awaitRoundWithoutGarbage(shape -> hub.receive(ACTIVE, shape, PACKETS / shape.run()));
        assertNothingDropped();
    }

    /** Until C2 has compiled the downcalls of the cipher they allocate. */
    private void awaitRoundWithoutGarbage(Consumer<Shape> round) {
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        long least = Long.MAX_VALUE;
        while (least > 0 && System.nanoTime() - deadlineNs < 0) {
            long bytes = 0;
            for (Shape shape : new Shape[] {SMALL, SUPERPACKET}) {
                round.accept(shape);
                bytes += hub.allocatedBytes();
            }
            least = Math.min(least, bytes);
        }
        assertEquals(0, least, "bytes allocated by the cleanest round");
    }

    private void assertNothingDropped() {
        for (DropReason reason : DropReason.values()) {
            assertEquals(0, hub.lane.drops().count(reason), reason.label());
        }
    }
}
