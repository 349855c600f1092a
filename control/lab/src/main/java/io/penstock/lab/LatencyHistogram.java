package io.penstock.lab;

/**
 * Counts of durations in buckets that grow with the value: exact below 64 ns, then 64 buckets per doubling, so a percentile is
 * off by at most 1.6 %. Fixed memory, any number of samples. Thread-safe: one thread may record while another reads.
 */
public final class LatencyHistogram {
    private static final int SUB_BITS = 6;
    private static final int SUB_BUCKETS = 1 << SUB_BITS;

    private final long[] counts = new long[(Long.SIZE - SUB_BITS + 1) * SUB_BUCKETS];
    private long samples;
    private long minNs = Long.MAX_VALUE;
    private long maxNs;

    /** Counts one duration; negative ones count as 0. */
    public synchronized void record(long durationNs) {
        long value = Math.max(0, durationNs);
        counts[bucket(value)]++;
        samples++;
        minNs = Math.min(minNs, value);
        maxNs = Math.max(maxNs, value);
    }

    public synchronized long samples() {
        return samples;
    }

    /** What was counted so far. */
    public synchronized Latency summary() {
        return samples == 0 ? Latency.NONE : new Latency(samples, minNs, percentileNs(0.50), percentileNs(0.99), maxNs);
    }

    /** The smallest duration that at least {@code fraction} of the samples do not exceed; 0 without samples. */
    public synchronized long percentileNs(double fraction) {
        if (samples == 0) {
            return 0;
        }
        long rank = Math.max(1, (long) Math.ceil(samples * fraction));
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= rank) {
                return Math.clamp(middle(i), minNs, maxNs);
            }
        }
        return maxNs;
    }

    private static int bucket(long value) {
        if (value < SUB_BUCKETS) {
            return (int) value;
        }
        int shift = Long.SIZE - 1 - SUB_BITS - Long.numberOfLeadingZeros(value);
        return (shift + 1) * SUB_BUCKETS + (int) (value >>> shift) - SUB_BUCKETS;
    }

    private static long middle(int bucket) {
        if (bucket < 2 * SUB_BUCKETS) {
            return bucket;
        }
        int shift = bucket / SUB_BUCKETS - 1;
        long low = (long) (bucket % SUB_BUCKETS + SUB_BUCKETS) << shift;
        return low + (1L << (shift - 1));
    }
}
