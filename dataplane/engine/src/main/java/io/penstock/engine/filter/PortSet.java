package io.penstock.engine.filter;

import java.util.Arrays;
import java.util.Collection;
import java.util.TreeMap;

/**
 * What may be opened at a destination: ports of protocols that have some, other protocols as a whole. Immutable; asking it
 * allocates nothing.
 *
 * <p>Both are numbers in one line: a protocol, then 16 bits of port.
 */
final class PortSet {
    /** Any ICMP message; allowed by every rule for a destination, whatever its protocols and ports are. */
    static final int ICMP = 0x100 << 16;

    private final int[] bounds; // first and last of each range; sorted, apart from each other

    private PortSet(int[] bounds) {
        this.bounds = bounds;
    }

    /** A port of a protocol, or a protocol without ports if {@code port} is 0. */
    static int key(int protocol, int port) {
        return protocol << 16 | port;
    }

    /** Whether rules give this protocol's ports a meaning. */
    static boolean hasPorts(int protocol) {
        return protocol == Ip.TCP || protocol == Ip.UDP || protocol == Ip.SCTP;
    }

    /** What the rules together allow at a destination that all of them name. */
    static PortSet of(Collection<Grant> grants) {
        TreeMap<Integer, Integer> ranges = new TreeMap<>();
        ranges.put(ICMP, ICMP);
        for (Grant grant : grants) {
            for (int protocol : grant.protocols()) {
                if (hasPorts(protocol)) {
                    ranges.merge(key(protocol, grant.firstPort()), key(protocol, grant.lastPort()), Math::max);
                } else if (grant.isAllPorts()) { // as stock nodes: what has no ports needs a rule for all of them
                    ranges.put(key(protocol, 0), key(protocol, 0));
                }
            }
        }
        int[] bounds = new int[2 * ranges.size()];
        int count = 0;
        for (var range : ranges.entrySet()) {
            if (count > 0 && range.getKey() <= bounds[count - 1] + 1) {
                bounds[count - 1] = Math.max(bounds[count - 1], range.getValue());
            } else {
                bounds[count++] = range.getKey();
                bounds[count++] = range.getValue();
            }
        }
        return new PortSet(Arrays.copyOf(bounds, count));
    }

    /** @param key of {@link #key}, or {@link #ICMP} */
    boolean contains(int key) {
        int from = 0;
        int to = bounds.length / 2;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (bounds[2 * middle] <= key) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from > 0 && key <= bounds[2 * from - 1];
    }
}
