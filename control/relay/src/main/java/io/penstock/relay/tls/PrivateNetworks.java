package io.penstock.relay.tls;

import java.net.Inet4Address;
import java.net.InetAddress;

/** Where a listener may do without TLS: what comes from there crosses no network of strangers. Stateless. */
public final class PrivateNetworks {
    private PrivateNetworks() {}

    /** Whether only this machine or a private network can reach the address: RFC 1918, RFC 6598, RFC 4193, link-local. */
    public static boolean contain(InetAddress address) {
        if (address.isLoopbackAddress() || address.isLinkLocalAddress()) {
            return true;
        }
        byte[] bytes = address.getAddress();
        int first = bytes[0] & 0xff;
        if (!(address instanceof Inet4Address)) {
            return (first & 0xfe) == 0xfc;
        }
        boolean isShared = first == 100 && (bytes[1] & 0xc0) == 64;
        return address.isSiteLocalAddress() || isShared;
    }
}
