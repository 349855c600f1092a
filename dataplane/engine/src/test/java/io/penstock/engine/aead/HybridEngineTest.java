package io.penstock.engine.aead;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.AllocationMeter;
import io.penstock.engine.RecordingLogger;
import io.penstock.engine.Seed;
import io.penstock.ffm.Memory;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which packets go where, and that they come out as if the base had done all of them. */
class HybridEngineTest {
    private static final int STRIDE = 1536;

    private final Arena arena = Arena.ofConfined();
    private final long keys = arena.allocate(2 * 32, 64).address();
    private final long plain = arena.allocate(64L * STRIDE, 64).address();
    private final long sealed = arena.allocate(64L * STRIDE, 64).address();
    private final long expected = arena.allocate(64L * STRIDE, 64).address();
    private final AeadBatch batch = new AeadBatch();
    private final int[] lengths = new int[64];
    private long sink;

    @AfterEach
    void free() {
        arena.close();
    }

    /** A hybrid that gives groups from so many packets to the kernels, whatever that costs here. */
    static HybridEngine hybrid(AeadEngine base, int packets) throws EngineUnavailableException {
        VectorModule.load();
        HybridEngine engine = new HybridEngine(base, idleTuner());
        engine.publish(table(packets));
        return engine;
    }

    private static VectorTuner idleTuner() {
        return new VectorTuner(
                () -> {
                    throw new EngineUnavailableException("not in this test");
                },
                Duration.ofHours(1),
                new RecordingLogger());
    }

    private static BreakEven table(int packets) {
        return BreakEven.of(
                new int[] {64, 512, 1420}, new long[] {packets, packets, packets}, new long[] {1, 1, 1}, 1.0);
    }

    @Test
    void sealsAndOpensAnyMixtureAsTheBaseDoes() throws EngineUnavailableException {
        try (AeadEngine base = AeadEngines.open("libcrypto");
                AeadEngine hybrid = hybrid(AeadEngines.open("libcrypto"), 3)) {
            Seed.run(random -> {
                fill(random, keys, 64);
                fill(random, plain, 64 * STRIDE);
                for (int round = 0; round < 40; round++) {
                    int count = 1 + random.nextInt(64);
                    int kinds = 1 + random.nextInt(20);
                    for (int i = 0; i < count; i++) {
                        lengths[i] = Math.min(1420, random.nextInt(kinds) * 90 + random.nextInt(64));
                    }
                    layOut(count, plain, expected);
                    base.seal(batch);
                    layOut(count, plain, sealed);
                    hybrid.seal(batch);
                    for (int i = 0; i < count; i++) {
                        assertArrayEquals(
                                Memory.bytes(expected + (long) i * STRIDE, lengths[i] + 16),
                                Memory.bytes(sealed + (long) i * STRIDE, lengths[i] + 16));
                    }
                    long authentic = random.nextLong() & -1L >>> (64 - count);
                    for (int i = 0; i < count; i++) {
                        if ((authentic >>> i & 1) == 0) {
                            long at = sealed + (long) i * STRIDE + random.nextInt(lengths[i] + 16);
                            Memory.putByte(at, (byte) (Memory.getByte(at) ^ 1 << random.nextInt(8)));
                        }
                    }
                    layOut(count, sealed, sealed);
                    assertEquals(authentic, hybrid.open(batch));
                }
            });
        }
    }

    @Test
    void givesTheBaseWhatMakesNoGroup() throws EngineUnavailableException {
        Counting base = new Counting();
        try (HybridEngine hybrid = hybrid(base, 6)) {
            assertEquals(List.of(), sealed(hybrid, base, 8, 1420)); // a full group
            assertEquals(List.of(1), sealed(hybrid, base, 9, 1420)); // and one more
            assertEquals(List.of(5), sealed(hybrid, base, 13, 1420));
            assertEquals(List.of(), sealed(hybrid, base, 14, 1420)); // six are enough
            assertEquals(List.of(5), sealed(hybrid, base, 5, 1420)); // fewer than any group: not even sorted
            hybrid.publish(null);
            assertEquals(List.of(40), sealed(hybrid, base, 40, 1420));
            hybrid.publish(table(1));
            assertEquals(List.of(), sealed(hybrid, base, 1, 0));
            hybrid.publish(
                    BreakEven.of(new int[] {64, 512, 1420}, new long[] {3, 300, 3000}, new long[] {1, 1, 1}, 1.0));
            assertEquals(List.of(), sealed(hybrid, base, 16, 64));
            assertEquals(List.of(16), sealed(hybrid, base, 16, 1420)); // groups of these never pay
        }
        assertTrue(base.closed);
    }

    private List<Integer> sealed(AeadEngine hybrid, Counting base, int count, int length) {
        java.util.Arrays.fill(lengths, length);
        layOut(count, plain, sealed);
        base.batches.clear();
        hybrid.seal(batch);
        return List.copyOf(base.batches);
    }

    @Test
    void saysWhatIsInUse() throws EngineUnavailableException {
        AeadEngine base = AeadEngines.open("libcrypto");
        try (HybridEngine hybrid = hybrid(base, 8)) {
            assertTrue(hybrid.describe().matches("vector \\(.*\\) over libcrypto .*"), hybrid.describe());
            hybrid.publish(null);
            assertEquals(base.describe(), hybrid.describe());
            assertEquals("libcrypto", hybrid.name());
        }
    }

    @Test
    void allocatesNothingWhileTheBaseWorksAlone() throws EngineUnavailableException {
        try (HybridEngine hybrid = hybrid(AeadEngines.open("libcrypto"), 8)) {
            hybrid.publish(null);
            java.util.Arrays.fill(lengths, 200);
            AllocationMeter.assertNoBytes(
                    () -> {
                        layOut(16, plain, sealed);
                        hybrid.seal(batch);
                        layOut(16, sealed, sealed);
                        sink += hybrid.open(batch);
                    },
                    500);
        }
        assertFalse(sink == 0);
    }

    @Test
    void allocatesNothingWhileSortingAndLeaving() throws EngineUnavailableException {
        try (HybridEngine hybrid = hybrid(AeadEngines.open("libcrypto"), 8)) {
            // Groups pay at lengths that do not occur: all is sorted, and all is left to the base.
            hybrid.publish(
                    BreakEven.of(new int[] {64, 512, 1420}, new long[] {3, 300, 3000}, new long[] {1, 1, 1}, 1.0));
            java.util.Arrays.fill(lengths, 1000);
            AllocationMeter.assertNoBytes(
                    () -> {
                        layOut(20, plain, sealed);
                        hybrid.seal(batch);
                        layOut(20, sealed, sealed);
                        sink += hybrid.open(batch);
                    },
                    300);
        }
        assertFalse(sink == 0);
    }

    private void layOut(int count, long source, long destination) {
        batch.clear();
        for (int i = 0; i < count; i++) {
            batch.add(
                    keys + (i & 1) * 32L,
                    77 + i,
                    source + (long) i * STRIDE,
                    destination + (long) i * STRIDE,
                    lengths[i]);
        }
    }

    private static void fill(Random random, long address, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        Memory.copy(bytes, 0, address, length);
    }

    /** Notes the batches that it gets. */
    private static final class Counting implements AeadEngine {
        final List<Integer> batches = new ArrayList<>();
        boolean closed;

        @Override
        public String name() {
            return "counting";
        }

        @Override
        public String describe() {
            return "counting";
        }

        @Override
        public void seal(AeadBatch batch) {
            batches.add(batch.count);
        }

        @Override
        public long open(AeadBatch batch) {
            batches.add(batch.count);
            return 0;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
