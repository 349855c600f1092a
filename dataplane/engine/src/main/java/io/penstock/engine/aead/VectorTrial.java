package io.penstock.engine.aead;

import com.sun.management.ThreadMXBean;
import io.penstock.ffm.Memory;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;

/**
 * Warms the vector kernels up and measures them against another engine, on packets, keys and engines of its own. Owned by one thread,
 * which is not that of any traffic.
 *
 * <p>Until C2 has compiled a kernel each call leaves kilobytes of boxed vectors behind, and a kernel that C2 could not inline does so
 * for ever. So the bytes that this thread allocates tell when the kernels are what they should be.
 */
final class VectorTrial implements VectorTuner.Trial {
    /** Lengths at which costs are measured: an ACK, the middle, a full packet. */
    private static final int[] MEASURED = {64, 512, 1420};

    /** Rounds of a measurement, of which the fastest counts: others were disturbed. */
    private static final int ROUNDS = 12;

    private static final int PACKETS = 40;
    private static final int GROUPS = PACKETS / PacketGroup.SIZE;
    private static final int STRIDE = 1472;
    private static final int LONGEST = 1420;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Arena arena = Arena.ofShared();
    private final long plain = arena.allocate((long) PACKETS * STRIDE, 64).address();
    private final long sealed = arena.allocate((long) PACKETS * STRIDE, 64).address();
    private final long keys =
            arena.allocate((long) PACKETS * AeadEngine.KEY_LENGTH, 64).address();
    private final AeadBatch batch = new AeadBatch();
    private final AeadEngine base;
    private final VectorEngine vector;
    private boolean isTested;
    private long counter;

    /**
     * Opens both engines.
     *
     * @param baseName the engine to compare with
     * @throws EngineUnavailableException if there is nothing to compare on this machine
     */
    static VectorTrial open(String baseName) throws EngineUnavailableException {
        VectorModule.load();
        VectorKernels kernels = VectorKernels.nativeOnes();
        if (kernels == null) {
            throw new EngineUnavailableException("this processor, or Java on it, has no vectors of 256 bits");
        }
        AeadEngine base = AeadEngines.open(baseName);
        if (kernels.bits() < VectorKernels.WIDE_BITS && !(base instanceof HeapEngine)) {
            base.close(); // measured once and for all: docs/decisions/0006
            throw new EngineUnavailableException("vectors of " + kernels.bits() + " bits are slower than " + baseName);
        }
        return new VectorTrial(base, new VectorEngine(kernels));
    }

    /** Takes both engines over. */
    VectorTrial(AeadEngine base, VectorEngine vector) {
        this.base = base;
        this.vector = vector;
        for (int i = 0; i < PACKETS * AeadEngine.KEY_LENGTH; i++) {
            Memory.putByte(keys + i, (byte) (i * 37 + 11));
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>All lengths of {@link #MEASURED} and between, ragged ends, keys that differ, groups that are not full; sealing and opening.
     */
    @Override
    public long pass() {
        round(base, PACKETS, MEASURED[0], 0, false); // or it would be measured before it is compiled
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int length : MEASURED) {
            round(vector, PACKETS, length, 0, false);
        }
        round(vector, PACKETS, 80, 0, false);
        round(vector, PACKETS, 64, 63, false);
        round(vector, PACKETS, 0, 63, true);
        round(vector, 2 * PacketGroup.SIZE, 1280, 63, true);
        round(vector, 3, 256, 0, false);
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if the kernels are wrong
     */
    @Override
    public VectorMeasurement measure() {
        if (!isTested) { // the first time and not before: without C2 the self-test would be a second of garbage
            String failure = SelfTest.failure(vector);
            if (failure != null) {
                throw new IllegalStateException(vector.name() + " failed its self-test: " + failure);
            }
            isTested = true;
        }
        long[] groupNs = new long[MEASURED.length];
        long[] packetNs = new long[MEASURED.length];
        long allocated = 0;
        for (int i = 0; i < MEASURED.length; i++) {
            long bestGroupsNs = Long.MAX_VALUE;
            long bestPacketsNs = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                bestGroupsNs = Math.min(bestGroupsNs, round(vector, PACKETS, MEASURED[i], 0, false));
                allocated += threads.getCurrentThreadAllocatedBytes() - before;
                bestPacketsNs = Math.min(bestPacketsNs, round(base, PACKETS, MEASURED[i], 0, false));
            }
            groupNs[i] = bestGroupsNs / (2 * GROUPS);
            packetNs[i] = bestPacketsNs / (2 * PACKETS);
        }
        return new VectorMeasurement(allocated, MEASURED, groupNs, packetNs);
    }

    /**
     * Seals and opens so many packets of {@code length} to {@code length + spread} bytes.
     *
     * @return what that took
     * @throws IllegalStateException if the engine does not open what it has sealed
     */
    private long round(AeadEngine engine, int count, int length, int spread, boolean keysDiffer) {
        layOut(count, length, spread, keysDiffer, plain, sealed);
        long startNs = System.nanoTime();
        engine.seal(batch);
        long sealedNs = System.nanoTime();
        counter -= count;
        layOut(count, length, spread, keysDiffer, sealed, plain);
        long againNs = System.nanoTime();
        long authentic = engine.open(batch);
        long endNs = System.nanoTime();
        if (authentic != -1L >>> (64 - count)) {
            throw new IllegalStateException(engine.name() + " does not open what it has sealed");
        }
        return endNs - againNs + sealedNs - startNs;
    }

    private void layOut(int count, int length, int spread, boolean keysDiffer, long source, long destination) {
        batch.clear();
        for (int i = 0; i < count; i++) {
            batch.add(
                    keys + (keysDiffer ? (long) i * AeadEngine.KEY_LENGTH : 0),
                    counter++,
                    source + (long) i * STRIDE,
                    destination + (long) i * STRIDE,
                    Math.min(LONGEST, length + i * 29 % (spread + 1)));
        }
    }

    @Override
    public void close() {
        vector.close();
        base.close();
        arena.close();
    }
}
