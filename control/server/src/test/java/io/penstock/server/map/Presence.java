package io.penstock.server.map;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Which nodes have a stream, and which are taken for online: those, and for a while those whose last stream ended. */
final class Presence {
    static final Duration GRACE = Duration.ofSeconds(10);

    private final Duration grace;
    private final Set<Long> open = new HashSet<>();
    private final Map<Long, Instant> ended = new HashMap<>();

    Presence() {
        this(GRACE);
    }

    Presence(Duration grace) {
        this.grace = grace;
    }

    void began(long nodeId) {
        open.add(nodeId);
    }

    void ended(long nodeId, Instant now) {
        if (open.remove(nodeId)) {
            ended.put(nodeId, now);
        }
    }

    /** When the next grace ends after {@code now}, but not later than {@code latest}. */
    Instant nextEnd(Instant now, Instant latest) {
        return ended.values().stream()
                .map(end -> end.plus(grace))
                .filter(now::isBefore)
                .reduce(latest, (one, other) -> one.isBefore(other) ? one : other);
    }

    boolean isOnline(long nodeId, Instant now) {
        Instant end = ended.get(nodeId);
        return open.contains(nodeId) || (end != null && now.isBefore(end.plus(grace)));
    }
}
