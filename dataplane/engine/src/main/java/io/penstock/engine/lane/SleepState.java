package io.penstock.engine.lane;

import io.penstock.ffm.LibC;

/**
 * Whether the control agent sleeps, so that others spend a system call on waking it only when it does.
 *
 * <p>The agent announces its sleep, looks once more for work, then polls; others publish their work, then look at the
 * state. Both sides use volatile accesses, so one of them sees the other (Dekker). A race may wake twice; that costs a
 * system call and no more.
 */
public final class SleepState {
    private final Wakeup wakeup;
    private volatile boolean isAsleep;
    private volatile boolean hasWork;

    public SleepState(Wakeup wakeup) {
        this.wakeup = wakeup;
    }

    /** The agent looks for work from here on; what comes afterwards shows in the next {@link #fallAsleep}. */
    public void awake() {
        isAsleep = false;
        hasWork = false;
    }

    /** Announces a sleep; false when work has come since {@link #awake} and the agent must not sleep. */
    public boolean fallAsleep() {
        isAsleep = true;
        return !hasWork;
    }

    /** Work has been published; any thread. */
    public void wake(LibC caller) {
        hasWork = true;
        if (isAsleep) {
            isAsleep = false;
            wakeup.wake(caller);
        }
    }
}
