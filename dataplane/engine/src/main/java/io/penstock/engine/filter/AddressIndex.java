package io.penstock.engine.filter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Finds what belongs to an address, where many ranges of one family may hold it: a segment tree, laid out for looking up.
 * Immutable; looking up allocates nothing.
 *
 * <p>The ends of all ranges cut the addresses into intervals, the leaves of a binary tree. A range lies at the fewest nodes that make
 * it up, two for each level at most; so memory grows by n log n however the ranges overlap, where a table of all rules for each interval
 * would grow by n². What lies at a node is combined to one value. The values of an address are those between its leaf and the root;
 * empty nodes are left out, so there are one or two mostly.
 *
 * @param <V> what the ranges at a node combine to
 */
final class AddressIndex<V> {
    /** Ends a chain. */
    static final int END = -1;

    /** Something that belongs to a range. */
    record Entry<T>(AddressRange range, T item) {}

    private record Address(long high, long low) implements Comparable<Address> {
        @Override
        public int compareTo(Address other) {
            return AddressRange.compare(high, low, other.high, other.low);
        }
    }

    private final long[] startHigh; // of each interval; the first begins at 0
    private final long[] startLow;
    private final int[] head; // of each interval: where its chain of values begins
    private final int[] next; // of each value
    private final Object[] values; // of V

    private AddressIndex(long[] startHigh, long[] startLow, int[] head, int[] next, Object[] values) {
        this.startHigh = startHigh;
        this.startLow = startLow;
        this.head = head;
        this.next = next;
        this.values = values;
    }

    /**
     * Builds the index of entries of one family.
     *
     * @param combine is called once for each set of items that lies at a node
     */
    static <T, V> AddressIndex<V> of(List<Entry<T>> entries, Function<List<T>, V> combine) {
        Address[] starts = starts(entries);
        int leaves = Math.max(1, Integer.highestOneBit(2 * starts.length - 1));
        Map<Integer, List<T>> atNode = new HashMap<>();
        for (Entry<T> entry : entries) {
            AddressRange range = entry.range();
            int from = leaves + Arrays.binarySearch(starts, new Address(range.firstHigh(), range.firstLow()));
            int to = leaves + end(starts, range);
            for (; from < to; from >>>= 1, to >>>= 1) {
                if ((from & 1) == 1) {
                    atNode.computeIfAbsent(from++, node -> new ArrayList<>(1)).add(entry.item());
                }
                if ((to & 1) == 1) {
                    atNode.computeIfAbsent(--to, node -> new ArrayList<>(1)).add(entry.item());
                }
            }
        }
        return laidOut(starts, leaves, atNode, combine);
    }

    private static <T> Address[] starts(List<Entry<T>> entries) {
        List<Address> starts = new ArrayList<>(2 * entries.size() + 1);
        starts.add(new Address(0, 0));
        for (Entry<T> entry : entries) {
            AddressRange range = entry.range();
            starts.add(new Address(range.firstHigh(), range.firstLow()));
            if (!isLastOfAll(range)) {
                starts.add(after(range));
            }
        }
        return starts.stream().sorted().distinct().toArray(Address[]::new);
    }

    private static boolean isLastOfAll(AddressRange range) {
        return range.lastHigh() == -1 && range.lastLow() == -1;
    }

    private static Address after(AddressRange range) {
        long low = range.lastLow() + 1;
        return new Address(low == 0 ? range.lastHigh() + 1 : range.lastHigh(), low);
    }

    private static int end(Address[] starts, AddressRange range) {
        return isLastOfAll(range) ? starts.length : Arrays.binarySearch(starts, after(range));
    }

    private static <T, V> AddressIndex<V> laidOut(
            Address[] starts, int leaves, Map<Integer, List<T>> atNode, Function<List<T>, V> combine) {
        Map<List<T>, V> combined = new HashMap<>(); // many sources with the same rules share one value
        List<V> values = new ArrayList<>();
        Map<Integer, Integer> valueOfNode = new HashMap<>();
        int[] next = new int[atNode.size()];
        int[] nodes = atNode.keySet().stream().mapToInt(node -> node).sorted().toArray(); // parents come first
        for (int node : nodes) {
            next[values.size()] = nearest(valueOfNode, node >>> 1);
            valueOfNode.put(node, values.size());
            values.add(combined.computeIfAbsent(Objects.requireNonNull(atNode.get(node)), combine));
        }
        long[] high = new long[starts.length];
        long[] low = new long[starts.length];
        int[] head = new int[starts.length];
        for (int i = 0; i < starts.length; i++) {
            high[i] = starts[i].high();
            low[i] = starts[i].low();
            head[i] = nearest(valueOfNode, leaves + i);
        }
        return new AddressIndex<>(high, low, head, next, values.toArray());
    }

    /** The value at {@code node} or the closest above it. */
    private static int nearest(Map<Integer, Integer> valueOfNode, int node) {
        for (int at = node; at > 0; at >>>= 1) {
            Integer value = valueOfNode.get(at);
            if (value != null) {
                return value;
            }
        }
        return END;
    }

    /** Where the chain of an IPv4 address begins, given as an unsigned number; maybe {@link #END}. */
    int first4(long address) {
        int from = 0;
        int to = startLow.length - 1;
        while (from < to) { // the last interval that begins at or before the address; the first always does
            int middle = (from + to + 1) >>> 1;
            if (startLow[middle] <= address) {
                from = middle;
            } else {
                to = middle - 1;
            }
        }
        return head[from];
    }

    /** As {@link #first4}, of an IPv6 address. */
    int first6(long high, long low) {
        int from = 0;
        int to = startLow.length - 1;
        while (from < to) {
            int middle = (from + to + 1) >>> 1;
            if (AddressRange.compare(startHigh[middle], startLow[middle], high, low) <= 0) {
                from = middle;
            } else {
                to = middle - 1;
            }
        }
        return head[from];
    }

    /** What follows in a chain, or {@link #END}. */
    int next(int at) {
        return next[at];
    }

    @SuppressWarnings("unchecked") // only values of V are put there
    V value(int at) {
        return (V) values[at];
    }

    /** How many values there are, shared or not. */
    int size() {
        return values.length;
    }
}
