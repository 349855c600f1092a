package io.penstock.server.model;

import io.penstock.wireguard.route.Prefix;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whom nodes ask for names. Immutable.
 *
 * @param text as nodes are told it: an address, an address and a port, or a URL of DNS over HTTPS
 */
public record Nameserver(String text) {
    private static final int MAX_LENGTH = 250;
    private static final Pattern URL =
            Pattern.compile("https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?/[A-Za-z0-9._~/-]+");
    private static final IpAddress MAGIC_V4 = IpAddress.parse("100.100.100.100");
    private static final IpAddress MAGIC_V6 = IpAddress.parse("fd7a:115c:a1e0::53");
    private static final Prefix MULTICAST_V4 = Prefix.parse("224.0.0.0/3"); // and what is reserved behind it
    private static final Prefix MULTICAST_V6 = Prefix.parse("ff00::/8");

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    public Nameserver {
        if (text.length() > MAX_LENGTH) {
            throw wrong(text.substring(0, MAX_LENGTH) + "...", "longer than " + MAX_LENGTH + " characters");
        }
        text = text.contains("//") ? url(text) : server(text);
    }

    private static String url(String text) {
        if (!URL.matcher(text).matches()) {
            throw wrong(text, "a URL is one of DNS over HTTPS with a host and a path, https://dns.google/dns-query");
        }
        return text;
    }

    private static String server(String text) {
        int bracket = text.indexOf(']');
        if (text.startsWith("[") && bracket > 0) {
            IpAddress address = address(text, text.substring(1, bracket));
            if (!address.isV6() || !text.startsWith(":", bracket + 1)) {
                throw wrong(text, "with brackets it is an address of IPv6 and a port, [2001:db8::53]:53");
            }
            return "[" + address + "]:" + port(text, text.substring(bracket + 2));
        }
        int colon = text.indexOf(':');
        if (colon >= 0 && colon == text.lastIndexOf(':')) {
            return address(text, text.substring(0, colon)) + ":" + port(text, text.substring(colon + 1));
        }
        return address(text, text).toString();
    }

    private static IpAddress address(String text, String part) {
        IpAddress address = parsed(part);
        if (address == null) {
            throw wrong(
                    text,
                    "an address such as 9.9.9.9, 10.0.0.53:5353 or [2001:db8::53]:53 is needed; names could not"
                            + " be resolved without it");
        }
        if (address.equals(MAGIC_V4) || address.equals(MAGIC_V6)) {
            throw wrong(text, "that is where each node answers itself; it would ask itself for ever");
        }
        boolean isOfOne = (address.high() != 0 || address.low() != 0)
                && !address.isIn(address.isV6() ? MULTICAST_V6 : MULTICAST_V4);
        if (!isOfOne) {
            throw wrong(text, "that is the address of no server");
        }
        return address;
    }

    private static @Nullable IpAddress parsed(String part) {
        try {
            return IpAddress.parse(part);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static int port(String text, String part) {
        int port = part.matches("[1-9][0-9]{0,4}") ? Integer.parseInt(part) : 0;
        if (port < 1 || port > 65535) {
            throw wrong(text, "a port is 1 to 65535");
        }
        return port;
    }

    private static IllegalArgumentException wrong(String text, String why) {
        return new IllegalArgumentException("'" + text + "' is not a nameserver: " + why);
    }

    @Override
    public String toString() {
        return text;
    }
}
