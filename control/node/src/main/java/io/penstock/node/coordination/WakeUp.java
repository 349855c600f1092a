package io.penstock.node.coordination;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One timer of one client. A deadline that moves away does not move the timer, which fires early then and is set anew: cheaper
 * than to set it for each byte that arrives. On the loop.
 */
final class WakeUp {
    /** A wait for somebody else looks again now and then, which costs nothing and needs no second case. */
    private static final long LONGEST_NS = TimeUnit.HOURS.toNanos(1);

    private final EventLoop loop;
    private final Runnable due;
    private @Nullable Future<?> timer;
    private long atNs;

    WakeUp(EventLoop loop, Runnable due) {
        this.loop = loop;
        this.due = due;
    }

    /** Fires in so many nanoseconds or earlier; {@code Long.MAX_VALUE}: not needed. */
    void in(long leftNs) {
        if (leftNs == Long.MAX_VALUE) {
            stop();
            return;
        }
        long wantedNs = System.nanoTime() + Math.min(leftNs, LONGEST_NS);
        if (timer != null && atNs - wantedNs <= 0) {
            return;
        }
        stop();
        atNs = wantedNs;
        try {
            timer = loop.schedule(this::fire, Math.min(leftNs, LONGEST_NS), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            timer = null; // the loop ends, and everything on it
        }
    }

    private void fire() {
        timer = null;
        due.run();
    }

    private void stop() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
