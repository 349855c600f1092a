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
import org.jspecify.annotations.Nullable;

/** Callers that wait for something: for the node to run, to have another key, to have left, or for any change. The node's thread. */
final class Callers {
    /** A change is told so soon after the one before at the earliest. */
    private static final long WATCH_GAP_NS = 250_000_000L;

    /** Watchers hear something at least so often, which finds out who has gone. */
    private static final long WATCH_MOST_NS = 30_000_000_000L;

    private static final int MAX_WAITING = 64;
    private static final long MAX_TIMEOUT_MS = 1_000L * 60 * 60 * 24 * 365;
    private static final long MAX_PING_MS = 60_000;
    private static final long SAY_NS = 30_000_000_000L;

    /** What somebody waits for. */
    enum Goal {
        RUNNING,
        /** Running, with the other key that was asked for. */
        RENEWED,
        LEFT
    }

    /**
     * How the node is.
     *
     * @param isRenewingKey whether another key was asked for and is not in use yet
     * @param loginUrl where somebody has to log in first, or null
     */
    record Standing(
            NodeState state,
            boolean isRenewingKey,
            @Nullable String loginUrl) {
        boolean meets(Goal goal) {
            return switch (goal) {
                case RUNNING -> state == NodeState.RUNNING;
                case RENEWED -> state == NodeState.RUNNING && !isRenewingKey;
                case LEFT -> false; // which is said when it has
            };
        }
    }

    private record Waiting(Replies replies, Goal goal, long deadlineNs, boolean isBounded) {
        boolean isForLogout() {
            return goal == Goal.LEFT;
        }
    }

    private final List<Waiting> waiting = new ArrayList<>();

    private record Pinging(Replies replies, long timeoutMs, long deadlineNs) {}

    private final List<Pinging> pinging = new ArrayList<>();
    private final List<Replies> watching = new ArrayList<>();
    private boolean isChanged;
    private long toldNs;
    private long saidNs;

    /** Adds one who waits; 0 for as long as it takes. */
    void await(Replies replies, Goal goal, long timeoutMs, long nowNs) {
        if (waiting.size() >= MAX_WAITING) {
            replies.error(ApiError.Code.BUSY, "too many callers wait already");
            return;
        }
        if (waiting.isEmpty()) {
            saidNs = nowNs;
        }
        waiting.add(
                new Waiting(replies, goal, nowNs + Math.min(timeoutMs, MAX_TIMEOUT_MS) * 1_000_000L, timeoutMs > 0));
    }

    /**
     * Ends a ping that is not answered by then; an answer that comes before wins, as only the first one is told.
     *
     * @param timeoutMs a minute at most counts
     * @return whether it may begin; otherwise its caller is told that there are too many
     */
    boolean endPing(Replies replies, long timeoutMs, long nowNs) {
        pinging.removeIf(one -> one.replies().isOver());
        if (pinging.size() >= MAX_WAITING) {
            replies.error(ApiError.Code.BUSY, "too many pings wait for their answers already");
            return false;
        }
        long boundedMs = Math.min(timeoutMs, MAX_PING_MS);
        pinging.add(new Pinging(replies, boundedMs, nowNs + boundedMs * 1_000_000L));
        return true;
    }

    private void settlePings(long nowNs) {
        for (Iterator<Pinging> all = pinging.iterator(); all.hasNext(); ) {
            Pinging one = all.next();
            if (one.replies().isOver()) {
                all.remove();
            } else if (nowNs - one.deadlineNs() >= 0) {
                all.remove();
                one.replies().error(ApiError.Code.TIMED_OUT, "no answer within " + one.timeoutMs() + " ms");
            }
        }
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

    /** The node has left its network; with what is left to do for those who wait for that, or null. */
    void left(@Nullable String trouble, Supplier<Status> status) {
        for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
            Waiting one = all.next();
            if (one.isForLogout()) {
                all.remove();
                if (trouble == null) {
                    one.replies().result(status.get());
                } else {
                    one.replies().error(ApiError.Code.FAILED, trouble);
                }
            }
        }
    }

    void changed() {
        isChanged = true;
    }

    /** Answers those whose time has come. */
    void settle(Standing standing, long nowNs, Supplier<Status> status) {
        settlePings(nowNs);
        for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
            Waiting one = all.next();
            if (one.replies().isOver()) {
                all.remove();
            } else if (standing.meets(one.goal())) {
                all.remove();
                one.replies().result(status.get());
            } else if (!one.isForLogout() && standing.state() == NodeState.STOPPED) {
                all.remove();
                one.replies().error(ApiError.Code.NOT_UP, "the node was told to be down meanwhile");
            } else if (one.isBounded() && nowNs - one.deadlineNs() >= 0) {
                all.remove();
                endInVain(one.replies(), standing);
            }
        }
        if (!waiting.isEmpty() && nowNs - saidNs >= SAY_NS) {
            saidNs = nowNs;
            tell(new UpEvent.State(standing.state())); // which finds out who has gone
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

    private static void endInVain(Replies replies, Standing standing) {
        String url = standing.loginUrl();
        if (url == null) {
            replies.error(
                    ApiError.Code.TIMED_OUT,
                    "the node is still " + standing.state() + "; it goes on trying, see `penstock status`");
        } else {
            replies.error(
                    ApiError.Code.NOT_LOGGED_IN, "nobody has logged in yet; the node goes on waiting for it at " + url);
        }
    }

    /** Nanoseconds until {@link #settle} has something to do at the latest. */
    long leftNs(long nowNs) {
        long leftNs = Long.MAX_VALUE;
        for (Pinging one : pinging) {
            leftNs = Math.min(leftNs, Math.max(0, one.deadlineNs() - nowNs));
        }
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
        pinging.forEach(one -> one.replies().error(ApiError.Code.FAILED, "the daemon ends"));
        pinging.clear();
        waiting.forEach(one -> one.replies().error(ApiError.Code.FAILED, "the daemon ends"));
        waiting.clear();
        watching.forEach(replies -> replies.error(ApiError.Code.FAILED, "the daemon ends"));
        watching.clear();
    }
}
