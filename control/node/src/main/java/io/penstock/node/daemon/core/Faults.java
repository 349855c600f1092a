package io.penstock.node.daemon.core;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Faults of the daemon itself. One is survived; a daemon that has many is of more use when it starts anew. */
final class Faults {
    /** So many within a minute are too many. */
    static final int MOST = 20;

    private static final long WITHIN_NS = Duration.ofMinutes(1).toNanos();

    private int count;
    private int countSince;
    private long sinceNs;
    private String last = "";
    private @Nullable Instant lastAt;

    /** Notes one; true if there are too many to go on. */
    boolean on(String what, long nowNs, Instant now) {
        if (count == 0 || nowNs - sinceNs > WITHIN_NS) {
            sinceNs = nowNs;
            countSince = 0;
        }
        count++;
        countSince++;
        last = what;
        lastAt = now;
        return countSince >= MOST;
    }

    /** Since the start. */
    int count() {
        return count;
    }

    String last() {
        return last;
    }

    @Nullable Instant lastAt() {
        return lastAt;
    }
}
