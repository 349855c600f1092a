package io.penstock.node.path.core;

/** When something was done last that may not be done as often as somebody likes. */
final class LastTime {
    private boolean isSet;
    private long atNs;

    void set(long nowNs) {
        isSet = true;
        atNs = nowNs;
    }

    /** It may be done again at once. */
    void clear() {
        isSet = false;
    }

    boolean isWithin(long gapNs, long nowNs) {
        return isSet && nowNs - atNs < gapNs;
    }

    /** How long ago that was, -1 for never. */
    long agoNs(long nowNs) {
        return isSet ? nowNs - atNs : -1;
    }

    /** Whether it may be done now; if so it counts as done. */
    boolean take(long gapNs, long nowNs) {
        if (isWithin(gapNs, nowNs)) {
            return false;
        }
        set(nowNs);
        return true;
    }
}
