package io.penstock.lab.demo.mesh;

import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The demo of a mesh: keys and what is seen go in, changes and their outcomes come out. Owned by the thread that draws. A key that
 * comes while a change is still being carried out does nothing; one that comes while its effect is watched ends the watch.
 */
public final class MeshCore {
    private final Set<Part> running = EnumSet.allOf(Part.class);
    private final Queue<Change> changes = new ArrayDeque<>(1); // one at a time
    private final Queue<Outcome> outcomes = new ArrayDeque<>(2); // polled after every input
    private boolean isCut;
    private boolean isBusy;
    private boolean hasFailed;
    private long longestGapNs;
    private View view = new View(View.Node.GONE, View.Node.GONE, 0, false);
    private @Nullable Watch watch;

    public MeshCore(long nowNs) {
        Watch join = new Watch(Change.JOIN, nowNs);
        join.onDone();
        watch = join;
    }

    /** A key: c, a, b kill and start the coordinator and the gateways, u cuts and restores UDP; true if it means something. */
    public boolean onKey(int key, long nowNs) {
        switch (key) {
            case 'c', 'C' -> toggle(Part.COORDINATOR, nowNs);
            case 'a', 'A' -> toggle(Part.GATEWAY_A, nowNs);
            case 'b', 'B' -> toggle(Part.GATEWAY_B, nowNs);
            case 'u', 'U' -> begin(isCut ? Change.RESTORE_UDP : Change.CUT_UDP, nowNs);
            default -> {
                return false;
            }
        }
        return true;
    }

    private void toggle(Part part, long nowNs) {
        begin(running.contains(part) ? Change.kill(part) : Change.start(part), nowNs);
    }

    private void begin(Change change, long nowNs) {
        if (isBusy) {
            return;
        }
        if (watch != null) {
            outcomes.add(watch.end(view, nowNs));
        }
        isBusy = true;
        watch = new Watch(change, nowNs);
        changes.add(change);
    }

    /** The next thing to do, null if there is none; {@link #onDone} or {@link #onFailed} has to follow. */
    public @Nullable Change poll() {
        return changes.poll();
    }

    /** It is done. */
    public void onDone(Change change) {
        isBusy = false;
        switch (change) {
            case JOIN -> {}
            case KILL_COORDINATOR -> running.remove(Part.COORDINATOR);
            case START_COORDINATOR -> running.add(Part.COORDINATOR);
            case KILL_A -> running.remove(Part.GATEWAY_A);
            case START_A -> running.add(Part.GATEWAY_A);
            case KILL_B -> running.remove(Part.GATEWAY_B);
            case START_B -> running.add(Part.GATEWAY_B);
            case CUT_UDP -> isCut = true;
            case RESTORE_UDP -> isCut = false;
        }
        if (watch != null && watch.change() == change) {
            watch.onDone();
        }
    }

    /** It could not be done; what it was to change is as it was. */
    public void onFailed(long nowNs) {
        isBusy = false;
        hasFailed = true;
        if (watch != null) {
            outcomes.add(watch.end(view, nowNs));
            watch = null;
        }
    }

    /** Nothing was heard for so long, and now something was; true if a watch takes note of it. */
    public boolean onGap(long durationNs) {
        longestGapNs = Math.max(longestGapNs, durationNs);
        if (watch == null) {
            return false;
        }
        watch.onGap(durationNs);
        return true;
    }

    /** How it looks; some times a second. */
    public void onView(View seen, long nowNs) {
        view = seen;
        longestGapNs = Math.max(longestGapNs, seen.silentNs());
        if (watch != null) {
            Outcome outcome = watch.onView(seen, nowNs);
            if (outcome != null) {
                outcomes.add(outcome);
                watch = null;
            }
        }
    }

    /** The next outcome, null if there is none. */
    public @Nullable Outcome pollOutcome() {
        return outcomes.poll();
    }

    /** Whether a change could not be made at any time. */
    public boolean hasFailed() {
        return hasFailed;
    }

    public boolean isRunning(Part part) {
        return running.contains(part);
    }

    public boolean isCut() {
        return isCut;
    }

    /** Whether a change is being carried out. */
    public boolean isBusy() {
        return isBusy;
    }

    /** The longest of all gaps, one that lasts included. */
    public long longestGapNs() {
        return longestGapNs;
    }
}
