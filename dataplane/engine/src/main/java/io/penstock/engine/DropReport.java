package io.penstock.engine;

import io.penstock.wireguard.DropReason;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Says in one line what has been dropped since it last said so. Pure; owned by the control agent. */
final class DropReport {
    /** Between two lines at least. */
    static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    private final ToLongFunction<DropReason> count;
    private final long[] told = new long[DropReason.values().length];
    private long nextNs;

    /** @param count packets and messages dropped so far for a reason */
    DropReport(ToLongFunction<DropReason> count, long nowNs) {
        this.count = count;
        nextNs = nowNs + INTERVAL_NS;
    }

    /** When {@link #lineIfDue} may have something to say. */
    long deadlineNs() {
        return nextNs;
    }

    /** Reasons whose count has grown, with count and growth; null when none has, or the last line is too recent. */
    @Nullable String lineIfDue(long nowNs) {
        if (nowNs - nextNs < 0) {
            return null;
        }
        nextNs = nowNs + INTERVAL_NS;
        return line();
    }

    /** The same whenever it is asked. */
    @Nullable String line() {
        StringJoiner line = new StringJoiner(", ", "dropped: ", "");
        line.setEmptyValue("");
        for (DropReason reason : DropReason.values()) {
            long total = count.applyAsLong(reason);
            long grown = total - told[reason.ordinal()];
            if (grown != 0) {
                told[reason.ordinal()] = total;
                line.add(reason.label() + " " + total + " (+" + grown + ")");
            }
        }
        return line.length() == 0 ? null : line.toString();
    }
}
