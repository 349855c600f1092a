package io.penstock.node.portmap.core;

import io.penstock.node.core.Deadline;
import io.penstock.wireguard.Endpoint;
import org.jspecify.annotations.Nullable;

/** A mapping that a router has granted for a time, and when to ask for more of it. */
final class Lease {
    /** What we ask for; RFC 6886 section 3.3. */
    static final int WANTED_SECONDS = 7200;

    /** Shorter ones would have us ask all the time: the router may as well refuse. */
    static final long LEAST_SECONDS = 20;

    private static final long SECOND_NS = 1_000_000_000L;
    private static final long LEAST_RENEWAL_NS = 4 * SECOND_NS;

    private final Deadline renewal = new Deadline();
    private @Nullable Endpoint external;
    private long untilNs;

    @Nullable Endpoint external() {
        return external;
    }

    /** @param grantedSeconds at least {@link #LEAST_SECONDS}; more than was asked for does not count */
    void grant(Endpoint where, long grantedSeconds, long nowNs) {
        external = where;
        untilNs = nowNs + Math.min(grantedSeconds, WANTED_SECONDS) * SECOND_NS;
        onUnanswered(nowNs);
    }

    /** Next at half of what is left. RFC 6887 section 11.2.1. */
    void onUnanswered(long nowNs) {
        renewal.set(nowNs + Math.max(LEAST_RENEWAL_NS, (untilNs - nowNs) / 2));
    }

    boolean isRenewalDue(long nowNs) {
        return renewal.take(nowNs);
    }

    boolean isOver(long nowNs) {
        return external != null && nowNs - untilNs >= 0;
    }

    void clear() {
        external = null;
        renewal.clear();
    }

    long leftNs(long nowNs) {
        return external == null ? Long.MAX_VALUE : Math.min(renewal.leftNs(nowNs), Math.max(0, untilNs - nowNs));
    }
}
