package io.penstock.engine;

import io.penstock.engine.lane.Lanes;
import io.penstock.ffm.LibC;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What may be freed only after every lane has let go of it: keys, slots of peers, sockets. Everything that is added between
 * two calls of {@link #fence} waits for one fence, so that the lanes hear little however much there is. Holds an entry for
 * each thing that exists already, hence no bound of its own. Owned by the control agent.
 */
final class LaneReleases {
    private record Release(long fence, Runnable action) {}

    private final Queue<Release> waiting = new ArrayDeque<>();
    private final Lanes lanes;
    private long lastFence;
    private boolean needsFence;

    LaneReleases(Lanes lanes) {
        this.lanes = lanes;
    }

    /** Has {@code action} run once the lane has passed the next {@link #fence}. */
    void add(Runnable action) {
        waiting.add(new Release(lastFence + 1, action));
        needsFence = true;
    }

    /** Asks the lane to let go of what was added. */
    void fence(LibC libc) {
        if (needsFence) {
            needsFence = false;
            lastFence = lanes.fence(libc);
        }
    }

    /** Frees what the lane has let go of. */
    void run() {
        long passed = lanes.passedFences();
        for (Release head = waiting.peek(); head != null && head.fence <= passed; head = waiting.peek()) {
            waiting.remove();
            head.action.run();
        }
    }

    /** The next to be freed whatever the lane does, because it has ended; null when that was all. */
    @Nullable Runnable takeAny() {
        Release next = waiting.poll();
        return next == null ? null : next.action;
    }
}
