package io.penstock.fleet;

import java.util.Arrays;
import java.util.Locale;

/** A sorted sample of times in nanoseconds. Immutable. */
final class Latencies {
    private final long[] sorted;

    Latencies(long[] valuesNs) {
        sorted = valuesNs.clone();
        Arrays.sort(sorted);
    }

    int count() {
        return sorted.length;
    }

    /** By nearest rank; 0 of an empty sample. */
    long percentileNs(double percent) {
        if (sorted.length == 0) {
            return 0;
        }
        int rank = (int) Math.ceil(percent / 100 * sorted.length);
        return sorted[Math.max(0, Math.min(sorted.length, rank) - 1)];
    }

    /** As fields of a JSON object, in milliseconds. */
    String json() {
        return String.format(
                Locale.ROOT,
                "\"count\":%d,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f",
                count(),
                percentileNs(50) / 1e6,
                percentileNs(99) / 1e6,
                percentileNs(100) / 1e6);
    }
}
