package io.penstock.node.daemon.core;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Notices that the wall clock and the clock that nobody sets do not go on together: somebody has set the one, or the host slept. Pure. */
final class ClockJumps {
    /** What NTP does without being worth a word. */
    static final Duration UNNOTICED = Duration.ofSeconds(5);

    private boolean hasBegun;
    private long lastNs;
    private Instant last = Instant.EPOCH;
    private Duration jump = Duration.ZERO;
    private @Nullable Instant at;

    /**
     * To be told the time often.
     *
     * @return how far the wall clock has jumped since the last call, zero if it has not
     */
    Duration onTime(long nowNs, Instant now) {
        Duration passed = Duration.ofNanos(nowNs - lastNs);
        Duration shift = hasBegun ? Duration.between(last, now).minus(passed) : Duration.ZERO;
        hasBegun = true;
        lastNs = nowNs;
        last = now;
        if (shift.abs().compareTo(UNNOTICED) <= 0) {
            return Duration.ZERO;
        }
        jump = shift;
        at = now;
        return shift;
    }

    /** The last one; negative if the clock went back. */
    Duration jump() {
        return jump;
    }

    /** When it was by the clock of afterwards, or null. */
    @Nullable Instant at() {
        return at;
    }
}
