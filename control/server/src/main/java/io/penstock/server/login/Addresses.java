package io.penstock.server.login;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;

/** Which addresses are of the internet, and which are of this machine or of networks behind it. Stateless. */
final class Addresses {
    private Addresses() {}

    /** Whether everybody means the same machine by it. */
    static boolean isPublic(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        return switch (address) {
            case Inet4Address v4 -> isPublicV4(bytes, 0);
            case Inet6Address v6 -> isPublicV6(bytes);
            default -> false;
        };
    }

    private static boolean isPublicV4(byte[] bytes, int at) {
        int first = bytes[at] & 0xff;
        int second = bytes[at + 1] & 0xff;
        return first != 0
                && first != 10
                && first != 127
                && first < 224
                && !(first == 100 && (second & 0xc0) == 64) // RFC 6598
                && !(first == 169 && second == 254)
                && !(first == 172 && (second & 0xf0) == 16)
                && !(first == 192 && second == 168)
                && !(first == 192 && second == 0 && bytes[at + 2] == 0)
                && !(first == 198 && (second & 0xfe) == 18); // RFC 2544
    }

    /** Global unicast only; an IPv4 address inside (NAT64 of RFC 6052, 6to4) is looked at too. */
    private static boolean isPublicV6(byte[] bytes) {
        boolean isNat64 = bytes[0] == 0 && bytes[1] == 0x64 && (bytes[2] & 0xff) == 0xff && (bytes[3] & 0xff) == 0x9b;
        if (isNat64) {
            return isPublicV4(bytes, 12);
        }
        boolean is6to4 = bytes[0] == 0x20 && bytes[1] == 0x02;
        return (bytes[0] & 0xe0) == 0x20 && (!is6to4 || isPublicV4(bytes, 2));
    }
}
