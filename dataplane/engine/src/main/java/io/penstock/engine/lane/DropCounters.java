package io.penstock.engine.lane;

import io.penstock.wireguard.DropReason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Packets dropped, by reason. Written by one thread, read by any. */
public final class DropCounters {
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] counts = new long[DropReason.values().length];

    /** Adds {@code packets}, which may be 0: the call costs less than the question. */
    void add(DropReason reason, int packets) {
        // Opaque: single writer; a reader wants a whole number, no order with other memory.
        COUNT.setOpaque(counts, reason.ordinal(), counts[reason.ordinal()] + packets);
    }

    public long count(DropReason reason) {
        return (long) COUNT.getOpaque(counts, reason.ordinal());
    }
}
