package io.penstock.server.map;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** For each of some nodes one moment at which something is due. Guarded by the domain's lock. */
final class DueTimes {
    private record Due(Instant at, long id) {}

    private final Map<Long, Due> byId = new HashMap<>();
    private final TreeSet<Due> inOrder =
            new TreeSet<>(Comparator.comparing(Due::at).thenComparing(Due::id));

    /** Sets a node's moment in place of the one that it has; null for none. */
    void set(long id, @Nullable Instant at) {
        Due before = at == null ? byId.remove(id) : byId.put(id, new Due(at, id));
        if (before != null) {
            inOrder.remove(before);
        }
        if (at != null) {
            inOrder.add(new Due(at, id));
        }
    }

    /** Takes out those whose moment has come, in order, and calls with each. */
    void takeUntil(Instant now, LongConsumer visit) {
        while (!inOrder.isEmpty() && !inOrder.getFirst().at().isAfter(now)) {
            Due due = inOrder.removeFirst();
            byId.remove(due.id());
            visit.accept(due.id());
        }
    }

    /** The earliest moment, null if there is none. */
    @Nullable Instant next() {
        return inOrder.isEmpty() ? null : inOrder.getFirst().at();
    }
}
