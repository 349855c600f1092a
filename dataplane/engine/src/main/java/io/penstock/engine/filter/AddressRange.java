package io.penstock.engine.filter;

import io.penstock.wireguard.route.Prefix;

/**
 * All addresses of one family from a first to a last, both included. Immutable.
 *
 * @param firstHigh upper half of the first address as an unsigned number; 0 for IPv4, as {@code lastHigh}
 * @param firstLow lower half, or the IPv4 address
 */
public record AddressRange(boolean isV6, long firstHigh, long firstLow, long lastHigh, long lastLow) {
    private static final long MAX_V4 = 0xffff_ffffL;

    public static final AddressRange ALL_V4 = new AddressRange(false, 0, 0, 0, MAX_V4);
    public static final AddressRange ALL_V6 = new AddressRange(true, 0, 0, -1, -1);

    /** @throws IllegalArgumentException if the last address is before the first, or not of the family */
    public AddressRange {
        if (compare(firstHigh, firstLow, lastHigh, lastLow) > 0) {
            throw new IllegalArgumentException("a range that ends before it begins");
        }
        if (!isV6 && (firstHigh != 0 || lastHigh != 0 || Long.compareUnsigned(lastLow, MAX_V4) > 0)) {
            throw new IllegalArgumentException("not addresses of IPv4");
        }
    }

    /** The addresses of a prefix. */
    public static AddressRange of(Prefix prefix) {
        int hostBits = (prefix.isV6() ? 128 : 32) - prefix.length();
        long lowMask = hostBits >= 64 ? -1 : (1L << hostBits) - 1;
        long highMask = hostBits <= 64 ? 0 : hostBits == 128 ? -1 : (1L << (hostBits - 64)) - 1;
        return new AddressRange(
                prefix.isV6(), prefix.high(), prefix.low(), prefix.high() | highMask, prefix.low() | lowMask);
    }

    /** The order of two addresses as unsigned numbers of 128 bits. */
    static int compare(long high, long low, long otherHigh, long otherLow) {
        int byHigh = Long.compareUnsigned(high, otherHigh);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, otherLow);
    }
}
