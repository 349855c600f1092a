package io.penstock.sim;

import java.util.PriorityQueue;

/** Virtual time. The earliest event comes next; events of one time come in the order in which they were made. */
public final class Timeline {
    public static final long MS = 1_000_000L;
    public static final long SECOND = 1_000 * MS;

    private record Event(long atNs, long order, Runnable what) {}

    private final PriorityQueue<Event> events = new PriorityQueue<>((a, b) -> {
        int byTime = Long.compare(a.atNs, b.atNs);
        return byTime != 0 ? byTime : Long.compare(a.order, b.order);
    });
    private final long maxEvents;
    private long nowNs;
    private long order;

    /**
     * Begins at 0.
     *
     * @param maxEvents more than any sound run has: whoever gets there runs in circles
     */
    public Timeline(long maxEvents) {
        this.maxEvents = maxEvents;
    }

    /** Since the beginning. */
    public long nowNs() {
        return nowNs;
    }

    public void at(long atNs, Runnable what) {
        events.add(new Event(Math.max(atNs, nowNs), order++, what));
    }

    public void after(long delayNs, Runnable what) {
        at(nowNs + delayNs, what);
    }

    /** Lets time pass. */
    public void runUntil(long endNs) {
        for (Event next = events.peek(); next != null && next.atNs <= endNs; next = events.peek()) {
            events.remove();
            nowNs = next.atNs;
            if (order > maxEvents) {
                throw new Violation("bounds", "more than " + maxEvents + " events");
            }
            next.what.run();
        }
        nowNs = Math.max(nowNs, endNs);
    }

    public void run(long durationNs) {
        runUntil(nowNs + durationNs);
    }
}
