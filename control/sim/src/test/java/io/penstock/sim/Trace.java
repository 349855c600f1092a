package io.penstock.sim;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** What happened: a digest over everything, and the last events in words for whoever looks into a failure. */
public final class Trace {
    static final int KEPT = 400;
    private static final long PRIME = 0x9E37_79B9_7F4A_7C15L;

    private record Entry(
            long atNs,
            String what,
            int node,
            long number,
            @Nullable Object detail) {
        @Override
        public String toString() {
            return String.format(
                    "%13.6f s  node %2d  %-22s %x %s",
                    atNs / 1e9, node, what, number, detail == null ? "" : detail.toString());
        }
    }

    private final ArrayDeque<Entry> last = new ArrayDeque<>(KEPT);
    private long digest;
    private long events;

    /**
     * Notes an event.
     *
     * @param number what tells this event from others of its kind; the digest covers it, but not {@code detail}
     */
    public void note(long atNs, String what, int node, long number, @Nullable Object detail) {
        events++;
        digest = mix(mix(mix(digest ^ atNs) ^ number) ^ ((long) what.hashCode() << 8 | node));
        if (last.size() == KEPT) {
            last.removeFirst();
        }
        last.addLast(new Entry(atNs, what, node, number, detail));
    }

    public long digest() {
        return digest;
    }

    public long events() {
        return events;
    }

    /** The last events, oldest first, one in a line. */
    public String lastEvents() {
        StringBuilder out = new StringBuilder();
        last.forEach(entry -> out.append(entry).append('\n'));
        return out.toString();
    }

    private static long mix(long value) {
        long mixed = (value ^ value >>> 32) * PRIME;
        return mixed ^ mixed >>> 29;
    }
}
