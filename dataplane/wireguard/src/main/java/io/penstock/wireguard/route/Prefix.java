package io.penstock.wireguard.route;

import io.penstock.wireguard.IpText;

/**
 * A set of addresses that share their first bits; the host bits are zero. Immutable.
 *
 * @param isV6 the family
 * @param high upper half of an IPv6 address, 0 for IPv4
 * @param low lower half, or the IPv4 address as an unsigned 32-bit number
 * @param length how many leading bits count, 0 to 32 or 128
 */
public record Prefix(boolean isV6, long high, long low, int length) {
    /** Masks the host bits. */
    public Prefix {
        if (length < 0 || length > (isV6 ? 128 : 32)) {
            throw new IllegalArgumentException("prefix length out of range: " + length);
        }
        if (isV6) {
            low = maskLow(low, length);
            high = maskHigh(high, length);
        } else {
            low = maskHigh(low << 32, length) >>> 32;
            high = 0;
        }
    }

    /** The upper 64 of 128 bits with all but the first {@code length} cleared. */
    static long maskHigh(long high, int length) {
        return length == 0 ? 0 : length >= 64 ? high : high & -1L << (64 - length);
    }

    /** The lower 64 of 128 bits with all but the first {@code length} cleared. */
    static long maskLow(long low, int length) {
        return length <= 64 ? 0 : low & -1L << (128 - length);
    }

    public static Prefix v4(int address, int length) {
        return new Prefix(false, 0, Integer.toUnsignedLong(address), length);
    }

    public static Prefix v6(long high, long low, int length) {
        return new Prefix(true, high, low, length);
    }

    /**
     * Reads {@code 10.0.0.0/8} or {@code fd00::/8}; the length must be there, host bits are masked.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static Prefix parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || slash + 1 == text.length() || text.length() - slash > 4) {
            throw new IllegalArgumentException("not a prefix: " + text);
        }
        int length = 0;
        for (int i = slash + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9' || (c == '0' && i == slash + 1 && text.length() > i + 1)) {
                throw new IllegalArgumentException("not a prefix: " + text);
            }
            length = length * 10 + c - '0';
        }
        String address = text.substring(0, slash);
        if (address.indexOf(':') < 0) {
            return v4(IpText.parse4(address), length);
        }
        long[] halves = IpText.parse6(address);
        return v6(halves[0], halves[1], length);
    }

    public boolean contains4(int address) {
        return !isV6 && v4(address, length).low == low;
    }

    public boolean contains6(long addressHigh, long addressLow) {
        return isV6 && v6(addressHigh, addressLow, length).equals(this);
    }

    /** As {@code wg} prints it, always with the length. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(48);
        if (isV6) {
            IpText.append6(out, high, low);
        } else {
            IpText.append4(out, (int) low);
        }
        return out.append('/').append(length).toString();
    }
}
