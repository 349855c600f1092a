package io.penstock.fleet;

import java.util.concurrent.atomic.LongAdder;

/** What has come on all map streams. Thread-safe. */
final class FleetTraffic {
    private final LongAdder bytes = new LongAdder();
    private final LongAdder wholeMaps = new LongAdder();
    private final LongAdder changes = new LongAdder();

    void add(int count) {
        bytes.add(count);
    }

    void addFrame(boolean isWhole) {
        (isWhole ? wholeMaps : changes).increment();
    }

    /** Bytes as they are inside HTTP/2. */
    long bytes() {
        return bytes.sum();
    }

    long wholeMaps() {
        return wholeMaps.sum();
    }

    /** Messages that were no whole map, signs of life among them. */
    long changes() {
        return changes.sum();
    }
}
