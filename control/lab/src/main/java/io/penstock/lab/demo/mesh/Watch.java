package io.penstock.lab.demo.mesh;

import io.penstock.lab.demo.mesh.View.Way;
import org.jspecify.annotations.Nullable;

/** Follows one change until what it leads to is there and has been for a while, or it takes too long. Owned by one thread. */
final class Watch {
    /** A thing has to stay so long, for a gap may come late. */
    static final long HOLD_NS = 1_000_000_000L;

    /** Traffic without a coordinator has to go on for so long. */
    static final long ALONE_NS = 3_000_000_000L;

    /** Silence that shows that a gateway is gone. */
    static final long GONE_NS = 1_000_000_000L;

    static final long LIMIT_NS = 60_000_000_000L;

    private final Change change;
    private final long startNs;
    private boolean isDone; // the change itself, whose effect is waited for
    private boolean isThere;
    private long thereNs;
    private long gapNs;

    Watch(Change change, long nowNs) {
        this.change = change;
        startNs = nowNs;
    }

    Change change() {
        return change;
    }

    /** What was to be done is done. */
    void onDone() {
        isDone = true;
    }

    /** Nothing was heard for so long, until now. */
    void onGap(long durationNs) {
        gapNs = Math.max(gapNs, durationNs);
    }

    /** What came of it once that is known, else null. */
    @Nullable Outcome onView(View view, long nowNs) {
        gapNs = Math.max(gapNs, view.silentNs());
        boolean is = isDone && isThere(view, nowNs);
        if (is && !isThere) {
            thereNs = nowNs;
        }
        isThere = is;
        if (isThere && nowNs - thereNs >= holdNs()) {
            return new Outcome(change, gapNs, thereNs - startNs, true, view);
        }
        return nowNs - startNs >= LIMIT_NS ? end(view, nowNs) : null;
    }

    /** Ends it with what was seen so far. */
    Outcome end(View view, long nowNs) {
        return new Outcome(change, gapNs, (isThere ? thereNs : nowNs) - startNs, isThere, view);
    }

    private long holdNs() {
        return change == Change.KILL_A || change == Change.KILL_B ? 0 : HOLD_NS;
    }

    private boolean isThere(View view, long nowNs) {
        return switch (change) {
            case JOIN -> view.flows() && view.isBoth(Way.DIRECT) && view.isConnected();
            case KILL_COORDINATOR -> view.flows() && nowNs - startNs >= ALONE_NS - HOLD_NS;
            case START_COORDINATOR -> view.flows() && view.isConnected();
            case KILL_A, KILL_B -> view.silentNs() >= GONE_NS;
            case START_A, START_B -> view.flows() && view.way().isPresent();
            case CUT_UDP -> view.flows() && view.isBoth(Way.RELAY);
            case RESTORE_UDP -> view.flows() && view.isBoth(Way.DIRECT);
        };
    }
}
