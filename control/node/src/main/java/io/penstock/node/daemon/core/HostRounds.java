package io.penstock.node.daemon.core;

import io.penstock.node.core.Deadline;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When the host is looked at, and what had to be put back: soon after something has changed there, and seldom enough not to be a
 * burden, however fast it changes. Pure.
 */
final class HostRounds {
    /** What belongs together comes within this. */
    static final long SOON_NS = Duration.ofMillis(100).toNanos();

    /** Between two rounds. */
    static final long GAP_NS = Duration.ofMillis(500).toNanos();

    /** The pause after a round that took long, as a router's do with a million routes: no more than a tenth of the time goes into rounds. */
    static final int PAUSE_FACTOR = 9;

    /** Who takes away as often as this in a row what was put back does it on purpose, or is a program that does. */
    static final int QUARREL = 5;

    /** Between two rounds with such a one. */
    static final long QUARREL_GAP_NS = Duration.ofSeconds(10).toNanos();

    /** A time without anything to put back ends a quarrel. */
    static final long PEACE_NS = Duration.ofMinutes(1).toNanos();

    private final Deadline due = new Deadline();
    private long notBeforeNs;
    private boolean hasPaused;
    private int inARow;
    private long putBackNs;
    private long count;
    private @Nullable Instant at;
    private List<String> last = List.of();

    /** Something has changed at the host. */
    void onChange(long nowNs) {
        if (!due.isSet()) {
            long soonNs = nowNs + SOON_NS;
            due.set(hasPaused && notBeforeNs - soonNs > 0 ? notBeforeNs : soonNs);
        }
    }

    /** Whether a round is due, which is begun by that. */
    boolean take(long nowNs) {
        return due.take(nowNs);
    }

    /**
     * A round, or another change of the host, is done.
     *
     * @param tookNs how long it took to look; 0 where something was changed, which is not done again and again
     * @param putBack what somebody had taken away, as text
     */
    void onDone(long tookNs, List<String> putBack, long nowNs, Instant now) {
        if (nowNs - putBackNs >= PEACE_NS) {
            inARow = 0;
        }
        if (!putBack.isEmpty()) {
            inARow++;
            putBackNs = nowNs;
            count += putBack.size();
            at = now;
            last = List.copyOf(putBack);
        }
        notBeforeNs = nowNs + Math.max(isQuarrel() ? QUARREL_GAP_NS : GAP_NS, PAUSE_FACTOR * tookNs);
        hasPaused = true;
    }

    boolean isQuarrel() {
        return inARow >= QUARREL;
    }

    /** How many things were put back since the daemon's start. */
    long count() {
        return count;
    }

    /** When the last were, or null. */
    @Nullable Instant at() {
        return at;
    }

    List<String> last() {
        return last;
    }

    void clear() {
        due.clear();
    }

    long leftNs(long nowNs) {
        return due.leftNs(nowNs);
    }
}
