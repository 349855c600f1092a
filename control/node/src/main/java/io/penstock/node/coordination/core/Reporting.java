package io.penstock.node.coordination.core;

import io.penstock.node.core.Backoff;
import io.penstock.node.core.Deadline;

/** What the node tells of itself, and whether the coordinator has it. One report is under way at most; the latest status wins. */
final class Reporting {
    private final Backoff backoff;
    private final Deadline answer = new Deadline(); // set while one is under way
    private final Deadline retry = new Deadline();
    private NodeStatus status;
    private boolean dirty = true;

    Reporting(NodeStatus status, Backoff backoff) {
        this.status = status;
        this.backoff = backoff;
    }

    NodeStatus status() {
        return status;
    }

    void update(NodeStatus news) {
        if (!news.equals(status)) {
            status = news;
            dirty = true;
        }
    }

    void markDirty() {
        dirty = true;
    }

    /** Whether a report is to be sent; it counts as under way then. */
    boolean takeTurn(long nowNs) {
        if (!dirty || answer.isSet() || (retry.isSet() && !retry.take(nowNs))) {
            return false;
        }
        dirty = false;
        answer.set(nowNs + Coordination.REPORT_TIMEOUT_NS);
        return true;
    }

    boolean isOverdue(long nowNs) {
        return answer.isDue(nowNs);
    }

    void onDone() {
        answer.clear();
        backoff.reset();
    }

    void onFailed(Problem problem, long nowNs) {
        answer.clear();
        dirty = true;
        retry.set(nowNs
                + Math.max(
                        backoff.nextNs(),
                        backoff.jitteredNs(problem.retryAfter().toNanos())));
    }

    void onDisconnected() {
        answer.clear();
        retry.clear();
        dirty = true;
    }

    long leftNs(long nowNs) {
        return Math.min(answer.leftNs(nowNs), retry.leftNs(nowNs));
    }
}
