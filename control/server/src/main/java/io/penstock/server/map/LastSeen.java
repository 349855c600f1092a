package io.penstock.server.map;

import io.penstock.server.store.Store;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** When nodes were last seen, on its way to the store: many at once, since each write waits for the disk. Thread-safe. */
final class LastSeen {
    private Map<Long, Instant> noted = new HashMap<>(); // guarded by this; no more than there are nodes

    synchronized void note(long nodeId, Instant seen) {
        noted.put(nodeId, seen);
    }

    private synchronized Map<Long, Instant> take() {
        Map<Long, Instant> taken = noted;
        noted = new HashMap<>();
        return taken;
    }

    private synchronized void giveBack(Map<Long, Instant> older) {
        older.forEach(noted::putIfAbsent);
    }

    /** Writes what was noted since the last time. */
    void writeTo(Store store) {
        Map<Long, Instant> taken = take();
        if (taken.isEmpty()) {
            return;
        }
        try {
            store.write(tx -> {
                taken.forEach(tx.nodes()::setLastSeen);
                return null;
            });
        } catch (RuntimeException e) {
            giveBack(taken);
            throw e;
        }
    }
}
