package io.penstock.node.core;

/** A time that something has to have happened by, or nothing. In nanoseconds of a clock that may wrap. */
public final class Deadline {
    private boolean set;
    private long atNs;

    public void set(long atNs) {
        this.atNs = atNs;
        set = true;
    }

    public void clear() {
        set = false;
    }

    public boolean isSet() {
        return set;
    }

    public boolean isDue(long nowNs) {
        return set && nowNs - atNs >= 0;
    }

    /** Clears it if it is due, and says whether it was. */
    public boolean take(long nowNs) {
        boolean due = isDue(nowNs);
        set &= !due;
        return due;
    }

    /** Nanoseconds until then, at least 0; {@code Long.MAX_VALUE} if it is not set. */
    public long leftNs(long nowNs) {
        return set ? Math.max(0, atNs - nowNs) : Long.MAX_VALUE;
    }
}
