package io.penstock.server.model;

import io.penstock.wireguard.IpText;
import io.penstock.wireguard.route.Prefix;

/**
 * An address of either family. Immutable.
 *
 * @param isV6 the family
 * @param high upper half of an IPv6 address, 0 for IPv4
 * @param low lower half, or the IPv4 address as an unsigned 32-bit number
 */
public record IpAddress(boolean isV6, long high, long low) {
    public IpAddress {
        if (!isV6 && (high != 0 || low >>> 32 != 0)) {
            throw new IllegalArgumentException("more than 32 bits for IPv4");
        }
    }

    /**
     * Reads a dotted quad or what RFC 4291 allows; no zone, no brackets.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static IpAddress parse(String text) {
        if (text.indexOf(':') < 0) {
            return new IpAddress(false, 0, Integer.toUnsignedLong(IpText.parse4(text)));
        }
        long[] halves = IpText.parse6(text);
        return new IpAddress(true, halves[0], halves[1]);
    }

    public boolean isIn(Prefix prefix) {
        return isV6 ? prefix.contains6(high, low) : prefix.contains4((int) low);
    }

    /** The prefix that holds this address alone. */
    public Prefix toPrefix() {
        return isV6 ? Prefix.v6(high, low, 128) : Prefix.v4((int) low, 32);
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(40);
        if (isV6) {
            IpText.append6(out, high, low);
        } else {
            IpText.append4(out, (int) low);
        }
        return out.toString();
    }
}
