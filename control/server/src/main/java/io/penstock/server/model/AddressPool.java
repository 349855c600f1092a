package io.penstock.server.model;

import io.penstock.wireguard.route.Prefix;
import java.util.List;
import java.util.function.Predicate;

/**
 * Chooses addresses of one family for the nodes of one domain: ascending from where the last search ended, so that an address
 * comes back as late as possible. Pure; what is taken is asked of the caller.
 */
public record AddressPool(Prefix prefix) {
    /** An index never needs more bits than this, however wide an IPv6 prefix is. */
    private static final int MAX_INDEX_BITS = 40;

    /** A search that meets more taken addresses in a row than this gives up; no domain is meant to have as many nodes. */
    private static final long MAX_SEARCH = 1L << 23;

    /** MagicDNS's own address and a range that ChromeOS uses itself: stock clients do not take addresses from these. */
    private static final List<Prefix> RESERVED =
            List.of(Prefix.parse("100.100.100.100/32"), Prefix.parse("100.115.92.0/23"));

    /** What a search found. */
    public sealed interface Choice {
        /** Take this; the next search begins at index {@code next}. */
        record Found(IpAddress address, long next) implements Choice {}

        /** Each address is taken or rests. */
        record Exhausted() implements Choice {}
    }

    public AddressPool {
        int hostBits = (prefix.isV6() ? 128 : 32) - prefix.length();
        if (hostBits < 1) {
            throw new IllegalArgumentException(prefix + " has no room for nodes");
        }
    }

    /** How many indices there are; some are never given. */
    public long size() {
        int hostBits = (prefix.isV6() ? 128 : 32) - prefix.length();
        return 1L << Math.min(hostBits, MAX_INDEX_BITS);
    }

    /** The first address from index {@code start} on, around the end of the prefix if need be, that may be given. */
    public Choice choose(long start, Predicate<IpAddress> taken) {
        long size = size();
        long steps = Math.min(size, MAX_SEARCH);
        for (long i = 0; i < steps; i++) {
            long index = Math.floorMod(start + i, size);
            IpAddress address = at(index);
            if (isUsable(index, address) && !taken.test(address)) {
                return new Choice.Found(address, (index + 1) % size);
            }
        }
        return new Choice.Exhausted();
    }

    private IpAddress at(long index) {
        // The prefix's host bits are zero and an index has at most 40 bits, all of them in the lower half.
        return new IpAddress(prefix.isV6(), prefix.high(), prefix.low() | index);
    }

    private boolean isUsable(long index, IpAddress address) {
        boolean isPointToPoint = size() == 2;
        boolean isNetworkOrBroadcast = index == 0 || (!prefix.isV6() && index == size() - 1);
        if (isNetworkOrBroadcast && !isPointToPoint) {
            return false;
        }
        for (Prefix reserved : RESERVED) {
            if (address.isIn(reserved)) {
                return false;
            }
        }
        return true;
    }
}
