package io.penstock.wireguard;

/**
 * IP addresses as text, without asking any resolver: dotted quads, and IPv6 as RFC 4291 reads it and {@code wg}
 * prints it. Stateless. The parsers throw {@link IllegalArgumentException} for anything else.
 */
public final class IpText {
    private static final int GROUPS = 8;
    private static final int LONGEST_V6 = 45; // ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255

    private IpText() {}

    /** The address bytes, big-endian, packed in an int. No leading zeros, as everyone else has it. */
    public static int parse4(String text) {
        int address = 0;
        int octets = 0;
        int position = 0;
        while (true) {
            int end = position;
            int octet = 0;
            while (end < text.length() && isDigit(text.charAt(end)) && end - position < 3) {
                octet = octet * 10 + text.charAt(end++) - '0';
            }
            boolean leadingZero = end - position > 1 && text.charAt(position) == '0';
            if (end == position || octet > 255 || leadingZero) {
                throw notAnAddress(text);
            }
            address = address << 8 | octet;
            octets++;
            if (octets == 4) {
                if (end != text.length()) {
                    throw notAnAddress(text);
                }
                return address;
            }
            if (end == text.length() || text.charAt(end) != '.') {
                throw notAnAddress(text);
            }
            position = end + 1;
        }
    }

    /** The address as {@code {high, low}}, big-endian; no zone, no brackets. */
    public static long[] parse6(String text) {
        if (text.length() < 2 || text.length() > LONGEST_V6) {
            throw notAnAddress(text);
        }
        int[] groups = new int[GROUPS];
        int count = 0;
        int gap = -1; // index of the group where "::" stands
        int position = 0;
        if (text.startsWith("::")) {
            gap = 0;
            position = 2;
        }
        while (position < text.length()) {
            int end = position;
            while (end < text.length() && Character.digit(text.charAt(end), 16) >= 0 && text.charAt(end) < 128) {
                end++;
            }
            if (end < text.length() && text.charAt(end) == '.') {
                count = putQuad(groups, count, text, position);
                position = text.length();
                break;
            }
            if (end == position || end - position > 4 || count == GROUPS) {
                throw notAnAddress(text);
            }
            groups[count++] = Integer.parseInt(text, position, end, 16);
            if (end == text.length()) {
                position = end;
                break;
            }
            position = end + 1; // behind the colon that must stand here
            boolean colon = text.charAt(end) == ':';
            if (colon && position < text.length() && text.charAt(position) == ':' && gap < 0) {
                gap = count;
                position++;
            } else if (!colon || position == text.length()) {
                throw notAnAddress(text);
            }
        }
        if (gap < 0 ? count != GROUPS : count == GROUPS) {
            throw notAnAddress(text);
        }
        return pack(groups, count, gap < 0 ? count : gap);
    }

    private static int putQuad(int[] groups, int count, String text, int position) {
        if (count > GROUPS - 2) {
            throw notAnAddress(text);
        }
        int quad = parse4(text.substring(position));
        groups[count] = quad >>> 16;
        groups[count + 1] = quad & 0xffff;
        return count + 2;
    }

    private static long[] pack(int[] groups, int count, int gap) {
        long[] halves = new long[2];
        for (int i = 0; i < count; i++) {
            int slot = i < gap ? i : i + GROUPS - count;
            halves[slot >> 2] |= (long) groups[i] << (48 - 16 * (slot & 3));
        }
        return halves;
    }

    public static void append4(StringBuilder out, int address) {
        out.append(address >>> 24)
                .append('.')
                .append(address >>> 16 & 0xff)
                .append('.')
                .append(address >>> 8 & 0xff)
                .append('.')
                .append(address & 0xff);
    }

    /** Lower case, the first longest run of two or more zero groups shortened, embedded IPv4 as a quad (inet_ntop). */
    public static void append6(StringBuilder out, long high, long low) {
        int gap = -1;
        int gapLength = 1;
        for (int i = 0; i < GROUPS; i++) {
            int length = 0;
            while (i + length < GROUPS && group(high, low, i + length) == 0) {
                length++;
            }
            if (length > gapLength) {
                gap = i;
                gapLength = length;
            }
            i += length;
        }
        boolean quad = gap == 0 && (gapLength == 6 || (gapLength == 5 && group(high, low, 5) == 0xffff));
        int last = quad ? 6 : GROUPS;
        for (int i = 0; i < last; i++) {
            if (i == gap) {
                out.append("::");
                i += gapLength - 1;
                continue;
            }
            out.append(Integer.toHexString(group(high, low, i)));
            if (i + 1 < GROUPS && i + 1 != gap) {
                out.append(':');
            }
        }
        if (quad) {
            append4(out, (int) low);
        }
    }

    private static int group(long high, long low, int index) {
        return (int) ((index < 4 ? high : low) >>> (48 - 16 * (index & 3))) & 0xffff;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static IllegalArgumentException notAnAddress(String text) {
        return new IllegalArgumentException("not a numeric IP address: " + text);
    }
}
