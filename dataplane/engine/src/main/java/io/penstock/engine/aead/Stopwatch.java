package io.penstock.engine.aead;

import java.lang.foreign.Arena;

/** Times an engine on batches of packets that lie in the cache. */
final class Stopwatch {
    private static final int PACKETS = 32;
    private static final int TAG_AND_GAP = 64;

    /** Nanoseconds to seal one packet, the least of the rounds that fit into the budget, at least one. */
    static long sealNs(AeadEngine engine, int lengthBytes, long budgetNs) {
        try (Arena arena = Arena.ofConfined()) {
            int stride = lengthBytes + TAG_AND_GAP;
            long source = arena.allocate((long) stride * PACKETS, 64).address();
            long destination = arena.allocate((long) stride * PACKETS, 64).address();
            long key = arena.allocate(AeadEngine.KEY_LENGTH, 16).address();
            AeadBatch batch = new AeadBatch();
            for (int i = 0; i < PACKETS; i++) {
                batch.add(key, i, source + (long) i * stride, destination + (long) i * stride, lengthBytes);
            }
            long startNs = System.nanoTime();
            long leastNs = Long.MAX_VALUE;
            for (long nowNs = startNs; nowNs - startNs < budgetNs || leastNs == Long.MAX_VALUE; ) {
                engine.seal(batch);
                long afterNs = System.nanoTime();
                leastNs = Math.min(leastNs, afterNs - nowNs);
                nowNs = afterNs;
            }
            return leastNs / PACKETS;
        }
    }

    private Stopwatch() {}
}
