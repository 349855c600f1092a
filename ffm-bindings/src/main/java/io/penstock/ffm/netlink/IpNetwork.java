package io.penstock.ffm.netlink;

import io.penstock.ffm.udp.Sockets;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An address with a prefix length: a route's destination, or an interface's address within its network (host bits are kept).
 *
 * @param length 0 to 32 or 128 bits
 */
public record IpNetwork(InetAddress address, int length) {
    public IpNetwork {
        if (length < 0 || length > 8 * address.getAddress().length) {
            throw new IllegalArgumentException("prefix length " + length + " of " + address.getHostAddress());
        }
    }

    /** All of IPv4. */
    public static IpNetwork all4() {
        return parse("0.0.0.0/0");
    }

    /** All of IPv6. */
    public static IpNetwork all6() {
        return parse("::/0");
    }

    /**
     * Reads {@code address/length}, or a lone address; numeric only.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static IpNetwork parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
        int most = 8 * address.getAddress().length;
        return new IpNetwork(address, slash < 0 ? most : Integer.parseInt(text.substring(slash + 1)));
    }

    public boolean isV6() {
        return address.getAddress().length == 16;
    }

    @Override
    public String toString() {
        return address.getHostAddress() + "/" + length;
    }

    int family() {
        return family(address);
    }

    byte[] bytes() {
        return address.getAddress();
    }

    static int family(InetAddress address) {
        return address.getAddress().length == 16 ? Sockets.AF_INET6 : Sockets.AF_INET;
    }

    /** An address out of 4 or 16 bytes. */
    static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("address of " + bytes.length + " bytes", e);
        }
    }
}
