package io.penstock.engine.filter;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Addresses of both families as ranges that are sorted and neither overlap nor touch. Immutable; asking it allocates nothing. */
public final class AddressSet {
    private static final Comparator<AddressRange> BY_FIRST = (a, b) -> a.isV6() != b.isV6()
            ? Boolean.compare(a.isV6(), b.isV6())
            : AddressRange.compare(a.firstHigh(), a.firstLow(), b.firstHigh(), b.firstLow());

    public static final AddressSet EMPTY = new AddressSet(List.of());

    private final List<AddressRange> ranges;
    private final long[] first4; // sorted; range i of IPv4 is from first4[i] to last4[i]
    private final long[] last4;
    private final long[] first6; // two for each range, the upper half before the lower
    private final long[] last6;

    private AddressSet(List<AddressRange> ranges) {
        this.ranges = List.copyOf(ranges);
        List<AddressRange> v4 = ranges.stream().filter(range -> !range.isV6()).toList();
        List<AddressRange> v6 = ranges.stream().filter(AddressRange::isV6).toList();
        first4 = v4.stream().mapToLong(AddressRange::firstLow).toArray();
        last4 = v4.stream().mapToLong(AddressRange::lastLow).toArray();
        first6 = new long[2 * v6.size()];
        last6 = new long[2 * v6.size()];
        for (int i = 0; i < v6.size(); i++) {
            first6[2 * i] = v6.get(i).firstHigh();
            first6[2 * i + 1] = v6.get(i).firstLow();
            last6[2 * i] = v6.get(i).lastHigh();
            last6[2 * i + 1] = v6.get(i).lastLow();
        }
    }

    /** The addresses that are in any of the ranges. */
    public static AddressSet of(Collection<AddressRange> ranges) {
        List<AddressRange> sorted = new ArrayList<>(ranges);
        sorted.sort(BY_FIRST);
        List<AddressRange> merged = new ArrayList<>();
        for (AddressRange range : sorted) {
            AddressRange last = merged.isEmpty() ? null : merged.getLast();
            if (last == null || !touches(last, range)) {
                merged.add(range);
            } else if (AddressRange.compare(range.lastHigh(), range.lastLow(), last.lastHigh(), last.lastLow()) > 0) {
                merged.set(
                        merged.size() - 1,
                        new AddressRange(
                                last.isV6(), last.firstHigh(), last.firstLow(), range.lastHigh(), range.lastLow()));
            }
        }
        return new AddressSet(merged);
    }

    private static boolean touches(AddressRange range, AddressRange next) {
        if (range.isV6() != next.isV6()) {
            return false;
        }
        long afterLow = range.lastLow() + 1;
        long afterHigh = afterLow == 0 ? range.lastHigh() + 1 : range.lastHigh();
        boolean endsAtTheEnd = afterLow == 0 && afterHigh == 0;
        return endsAtTheEnd || AddressRange.compare(next.firstHigh(), next.firstLow(), afterHigh, afterLow) <= 0;
    }

    public List<AddressRange> ranges() {
        return ranges;
    }

    public AddressSet plus(AddressSet other) {
        List<AddressRange> all = new ArrayList<>(ranges);
        all.addAll(other.ranges);
        return of(all);
    }

    /** These addresses without those of the other. */
    public AddressSet minus(AddressSet other) {
        List<AddressRange> left = new ArrayList<>();
        for (AddressRange range : ranges) {
            cut(range, other.ranges, left);
        }
        return new AddressSet(left);
    }

    /** Adds what {@code holes}, which are sorted, leave of the range. */
    private static void cut(AddressRange range, List<AddressRange> holes, List<AddressRange> left) {
        long high = range.firstHigh();
        long low = range.firstLow();
        for (AddressRange hole : holes) {
            if (hole.isV6() != range.isV6() || AddressRange.compare(hole.lastHigh(), hole.lastLow(), high, low) < 0) {
                continue;
            }
            if (AddressRange.compare(hole.firstHigh(), hole.firstLow(), range.lastHigh(), range.lastLow()) > 0) {
                break;
            }
            if (AddressRange.compare(hole.firstHigh(), hole.firstLow(), high, low) > 0) {
                long beforeLow = hole.firstLow() - 1;
                long beforeHigh = hole.firstLow() == 0 ? hole.firstHigh() - 1 : hole.firstHigh();
                left.add(new AddressRange(range.isV6(), high, low, beforeHigh, beforeLow));
            }
            if (AddressRange.compare(hole.lastHigh(), hole.lastLow(), range.lastHigh(), range.lastLow()) >= 0) {
                return;
            }
            low = hole.lastLow() + 1;
            high = low == 0 ? hole.lastHigh() + 1 : hole.lastHigh();
        }
        left.add(new AddressRange(range.isV6(), high, low, range.lastHigh(), range.lastLow()));
    }

    /** Addresses that are in both. */
    public AddressSet intersect(AddressSet other) {
        return minus(minus(other));
    }

    public boolean isEmpty() {
        return ranges.isEmpty();
    }

    public boolean contains4(int address) {
        long key = Integer.toUnsignedLong(address);
        int from = 0;
        int to = first4.length;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (first4[middle] <= key) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from > 0 && key <= last4[from - 1];
    }

    public boolean contains6(long high, long low) {
        int from = 0;
        int to = first6.length / 2;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (AddressRange.compare(first6[2 * middle], first6[2 * middle + 1], high, low) <= 0) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from > 0 && AddressRange.compare(high, low, last6[2 * from - 2], last6[2 * from - 1]) <= 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AddressSet set && ranges.equals(set.ranges);
    }

    @Override
    public int hashCode() {
        return ranges.hashCode();
    }

    @Override
    public String toString() {
        return ranges.toString();
    }
}
