package io.penstock.node.route;

import io.penstock.wireguard.route.Prefix;
import java.util.List;

/** How prefixes lie to each other. */
public final class Prefixes {
    /** Networks that no router forwards: "this" network, loopback, link-local, multicast and beyond (RFC 6890, RFC 4291). */
    private static final List<Prefix> UNROUTABLE = List.of(
            Prefix.parse("0.0.0.0/8"),
            Prefix.parse("127.0.0.0/8"),
            Prefix.parse("169.254.0.0/16"),
            Prefix.parse("224.0.0.0/3"),
            Prefix.parse("::/127"), // unspecified and loopback
            Prefix.parse("fe80::/10"),
            Prefix.parse("ff00::/8"));

    private Prefixes() {}

    /** Whether every address of {@code inner} is one of {@code outer}; a prefix contains itself. */
    public static boolean contains(Prefix outer, Prefix inner) {
        return outer.isV6() == inner.isV6()
                && outer.length() <= inner.length()
                && new Prefix(inner.isV6(), inner.high(), inner.low(), outer.length()).equals(outer);
    }

    /** Whether they share an address: then one contains the other. */
    public static boolean overlap(Prefix a, Prefix b) {
        return contains(a, b) || contains(b, a);
    }

    /** Whether it is all of a family. */
    public static boolean isDefault(Prefix prefix) {
        return prefix.length() == 0;
    }

    /** Whether it is one address. */
    public static boolean isHost(Prefix prefix) {
        return prefix.length() == (prefix.isV6() ? 128 : 32);
    }

    static boolean isRoutable(Prefix prefix) {
        return UNROUTABLE.stream().noneMatch(network -> contains(network, prefix));
    }
}
