package io.penstock.node.daemon;

import io.penstock.node.api.Answer;
import io.penstock.node.api.ApiError;
import io.penstock.node.api.NodeState;
import io.penstock.node.api.Status;
import io.penstock.node.api.UpEvent;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

/** Callers that wait for something: for the node to run, to have left, or for any change. The node's thread. */
final class Callers {
    /** A change is told so soon after the one before at the earliest. */
    private static final long WATCH_GAP_NS = 250_000_000L;

    /** Watchers hear something at least so often, which finds out who has gone. */
    private static final long WATCH_MOST_NS = 30_000_000_000L;

    private static final int MAX_WAITING = 64;
    private static final long SAY_NS = 30_000_000_000L;

    private record Waiting(Replies replies, boolean isForLogout, long deadlineNs, boolean isBounded) {}

    private final List<Waiting> waiting = new ArrayList<>();
    private final List<Replies> watching = new ArrayList<>();
    private boolean isChanged;
    private long toldNs;
    private long saidNs;

    /** Adds one who waits for the node to run, or to have logged out. */
    void await(Replies replies, boolean isForLogout, long timeoutMs, long nowNs) {
        if (waiting.size() >= MAX_WAITING) {
            replies.error(ApiError.Code.BUSY, "too many callers wait already");
            return;
        }
        if (waiting.isEmpty()) {
            saidNs = nowNs;
        }
        waiting.add(new Waiting(replies, isForLogout, nowNs + timeoutMs * 1_000_000L, timeoutMs > 0));
    }

    void watch(Replies replies, Status now) {
        watching.add(replies);
        replies.newest(Answer.event(now));
    }

    void tell(UpEvent event) {
        for (Waiting one : waiting) {
            if (!one.isForLogout()) {
                one.replies().event(event);
            }
        }
    }

    void refuse(ApiError.Code code, String text) {
        for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
            Waiting one = all.next();
            if (!one.isForLogout()) {
                all.remove();
                one.replies().error(code, text);
            }
        }
    }

    void changed() {
        isChanged = true;
    }

    /** Answers those whose time has come. */
    void settle(NodeState state, boolean isLeaving, long nowNs, Supplier<Status> status) {
        for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
            Waiting one = all.next();
            if (one.replies().isOver()) {
                all.remove();
            } else if (one.isForLogout() ? !isLeaving : state == NodeState.RUNNING) {
                all.remove();
                one.replies().result(status.get());
            } else if (!one.isForLogout() && state == NodeState.STOPPED) {
                all.remove();
                one.replies().error(ApiError.Code.NOT_UP, "the node was told to be down meanwhile");
            } else if (one.isBounded() && nowNs - one.deadlineNs() >= 0) {
                all.remove();
                one.replies()
                        .error(
                                ApiError.Code.TIMED_OUT,
                                "the node is still " + state + "; it goes on trying, see `penstock status`");
            }
        }
        if (!waiting.isEmpty() && nowNs - saidNs >= SAY_NS) {
            saidNs = nowNs;
            tell(new UpEvent.State(state)); // which finds out who has gone
        }
        watching.removeIf(Replies::isOver);
        boolean isDue = (isChanged && nowNs - toldNs >= WATCH_GAP_NS) || nowNs - toldNs >= WATCH_MOST_NS;
        if (!watching.isEmpty() && isDue) {
            toldNs = nowNs;
            isChanged = false;
            Answer now = Answer.event(status.get());
            watching.forEach(replies -> replies.newest(now));
        }
    }

    /** Nanoseconds until {@link #settle} has something to do at the latest. */
    long leftNs(long nowNs) {
        long leftNs = Long.MAX_VALUE;
        for (Waiting one : waiting) {
            if (one.isBounded()) {
                leftNs = Math.min(leftNs, Math.max(0, one.deadlineNs() - nowNs));
            }
        }
        if (!waiting.isEmpty()) {
            leftNs = Math.min(leftNs, Math.max(0, saidNs + SAY_NS - nowNs));
        }
        if (!watching.isEmpty()) {
            long gapNs = isChanged ? WATCH_GAP_NS : WATCH_MOST_NS;
            leftNs = Math.min(leftNs, Math.max(0, toldNs + gapNs - nowNs));
        }
        return leftNs;
    }

    /** The daemon ends. */
    void end() {
        waiting.forEach(one -> one.replies().error(ApiError.Code.FAILED, "the daemon ends"));
        waiting.clear();
        watching.forEach(replies -> replies.error(ApiError.Code.FAILED, "the daemon ends"));
        watching.clear();
    }
}
