package io.penstock.engine.lane;

import io.penstock.wireguard.DropReason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Packets dropped, by reason. Thread-safe. */
public final class DropCounters {
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] counts = new long[DropReason.values().length];

    /** Adds {@code packets}, which may be 0. */
    public void add(DropReason reason, int packets) {
        if (packets != 0) {
            COUNT.getAndAdd(counts, reason.ordinal(), (long) packets);
        }
    }

    public long count(DropReason reason) {
        return (long) COUNT.getOpaque(counts, reason.ordinal());
    }
}
