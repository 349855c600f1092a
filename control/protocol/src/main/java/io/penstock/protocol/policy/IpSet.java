package io.penstock.protocol.policy;

import io.penstock.wireguard.IpText;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** A set of addresses of both families as sorted ranges that neither overlap nor touch. Immutable. */
final class IpSet {
    private static final Comparator<Range> BY_FIRST = (a, b) -> a.isV6 != b.isV6
            ? Boolean.compare(a.isV6, b.isV6)
            : Range.compare(a.firstHigh, a.firstLow, b.firstHigh, b.firstLow);

    static final IpSet EMPTY = new IpSet(List.of());

    /** Addresses that can be reached over an exit node: what is public, and neither private nor special. */
    static final IpSet INTERNET = complement4(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "224.0.0.0/3");

    /** First and last address of a range, as unsigned numbers of 128 bits; IPv4 in the lowest 32. */
    record Range(boolean isV6, long firstHigh, long firstLow, long lastHigh, long lastLow) {
        static Range of(Prefix prefix) {
            int hostBits = (prefix.isV6() ? 128 : 32) - prefix.length();
            long lowMask = hostBits >= 64 ? -1 : (1L << hostBits) - 1;
            long highMask = hostBits <= 64 ? 0 : hostBits == 128 ? -1 : (1L << (hostBits - 64)) - 1;
            return new Range(
                    prefix.isV6(), prefix.high(), prefix.low(), prefix.high() | highMask, prefix.low() | lowMask);
        }

        /** An address, a prefix, or two addresses with a hyphen in between, as filter rules write it. */
        String text() {
            long differHigh = firstHigh ^ lastHigh;
            long differLow = firstLow ^ lastLow;
            if (differHigh == 0 && differLow == 0) {
                return address(firstHigh, firstLow);
            }
            boolean lowOnes = differHigh == 0 ? (differLow & (differLow + 1)) == 0 : differLow == -1;
            boolean highOnes = (differHigh & (differHigh + 1)) == 0;
            boolean aligned = (firstHigh & differHigh) == 0 && (firstLow & differLow) == 0;
            if (lowOnes && highOnes && aligned) {
                int length = (isV6 ? 128 : 32) - Long.bitCount(differHigh) - Long.bitCount(differLow);
                return address(firstHigh, firstLow) + "/" + length;
            }
            return address(firstHigh, firstLow) + "-" + address(lastHigh, lastLow);
        }

        private String address(long high, long low) {
            StringBuilder out = new StringBuilder(40);
            if (isV6) {
                IpText.append6(out, high, low);
            } else {
                IpText.append4(out, (int) low);
            }
            return out.toString();
        }

        private boolean touches(Range next) {
            if (isV6 != next.isV6) {
                return false;
            }
            long afterLow = lastLow + 1;
            long afterHigh = afterLow == 0 ? lastHigh + 1 : lastHigh;
            boolean endsAtTheEnd = afterLow == 0 && afterHigh == 0;
            return endsAtTheEnd || compare(next.firstHigh, next.firstLow, afterHigh, afterLow) <= 0;
        }

        private boolean overlaps(Range other) {
            return isV6 == other.isV6
                    && compare(firstHigh, firstLow, other.lastHigh, other.lastLow) <= 0
                    && compare(other.firstHigh, other.firstLow, lastHigh, lastLow) <= 0;
        }

        private boolean contains(Range other) {
            return isV6 == other.isV6
                    && compare(firstHigh, firstLow, other.firstHigh, other.firstLow) <= 0
                    && compare(other.lastHigh, other.lastLow, lastHigh, lastLow) <= 0;
        }

        private static int compare(long high, long low, long otherHigh, long otherLow) {
            int byHigh = Long.compareUnsigned(high, otherHigh);
            return byHigh != 0 ? byHigh : Long.compareUnsigned(low, otherLow);
        }
    }

    private final List<Range> ranges;

    private IpSet(List<Range> ranges) {
        this.ranges = ranges;
    }

    static IpSet of(Collection<Prefix> prefixes) {
        return ofRanges(prefixes.stream().map(Range::of).toList());
    }

    static IpSet ofRanges(Collection<Range> ranges) {
        List<Range> sorted = new ArrayList<>(ranges);
        sorted.sort(BY_FIRST);
        List<Range> merged = new ArrayList<>();
        for (Range range : sorted) {
            Range last = merged.isEmpty() ? range : merged.getLast();
            if (merged.isEmpty() || !last.touches(range)) {
                merged.add(range);
            } else if (Range.compare(range.lastHigh, range.lastLow, last.lastHigh, last.lastLow) > 0) {
                merged.set(
                        merged.size() - 1,
                        new Range(last.isV6, last.firstHigh, last.firstLow, range.lastHigh, range.lastLow));
            }
        }
        return new IpSet(List.copyOf(merged));
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    List<Range> ranges() {
        return ranges;
    }

    /** Whether any address of the prefix is in here. */
    boolean overlaps(Prefix prefix) {
        Range range = Range.of(prefix);
        int at = lastBeginningAtOrBefore(range.isV6, range.lastHigh, range.lastLow);
        return at >= 0 && ranges.get(at).overlaps(range);
    }

    /** Whether all addresses of the prefix are in here. */
    boolean contains(Prefix prefix) {
        Range range = Range.of(prefix);
        int at = lastBeginningAtOrBefore(range.isV6, range.firstHigh, range.firstLow);
        return at >= 0 && ranges.get(at).contains(range);
    }

    /** As filter rules write it. */
    List<String> texts() {
        return ranges.stream().map(Range::text).toList();
    }

    /** The fewest prefixes that make up a range. */
    static List<Prefix> prefixes(Range range) {
        List<Prefix> prefixes = new ArrayList<>();
        long high = range.firstHigh;
        long low = range.firstLow;
        while (true) {
            Range part = largestFrom(range, high, low);
            int bits = Long.bitCount(part.firstHigh ^ part.lastHigh) + Long.bitCount(part.firstLow ^ part.lastLow);
            prefixes.add(range.isV6 ? Prefix.v6(high, low, 128 - bits) : Prefix.v4((int) low, 32 - bits));
            if (part.lastHigh == range.lastHigh && part.lastLow == range.lastLow) {
                return prefixes;
            }
            low = part.lastLow + 1;
            high = low == 0 ? part.lastHigh + 1 : part.lastHigh;
        }
    }

    private static Range largestFrom(Range range, long high, long low) {
        int width = range.isV6 ? 128 : 32;
        for (int length = 0; length < width; length++) {
            Prefix prefix = range.isV6 ? Prefix.v6(high, low, length) : Prefix.v4((int) low, length);
            Range part = Range.of(prefix);
            if (part.firstHigh == high && part.firstLow == low && range.contains(part)) {
                return part;
            }
        }
        return new Range(range.isV6, high, low, high, low);
    }

    private int lastBeginningAtOrBefore(boolean isV6, long high, long low) {
        int from = 0;
        int to = ranges.size();
        while (from < to) {
            int middle = (from + to) >>> 1;
            Range range = ranges.get(middle);
            int order = range.isV6 != isV6
                    ? Boolean.compare(range.isV6, isV6)
                    : Range.compare(range.firstHigh, range.firstLow, high, low);
            if (order <= 0) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from - 1;
    }

    /** All of IPv4 but these, which are sorted, and global unicast of IPv6. */
    private static IpSet complement4(String... excluded) {
        List<Range> ranges = new ArrayList<>();
        long next = 0;
        for (String text : excluded) {
            Range range = Range.of(Prefix.parse(text));
            if (range.firstLow > next) {
                ranges.add(new Range(false, 0, next, 0, range.firstLow - 1));
            }
            next = range.lastLow + 1;
        }
        ranges.add(Range.of(Prefix.parse("2000::/3")));
        return ofRanges(ranges);
    }
}
