package io.penstock.engine.lane;

import io.penstock.ffm.LibC;

/** Has a lane's thread do what a test wants. */
public final class OnLane {
    /** Runs {@code command} between two batches, soon. */
    public static void run(Lane lane, Runnable command, LibC caller) {
        lane.proxy().post(command, caller);
    }

    private OnLane() {}
}
