package io.penstock.cli.node;

import io.penstock.wireguard.IpText;
import io.penstock.wireguard.route.Prefix;
import java.util.Locale;

/** Whose language a static route is written in. */
enum Router {
    LINUX,
    VYOS,
    MIKROTIK,
    OPNSENSE,
    CISCO;

    /**
     * The line by which the router of a network sends a prefix to the gateway in it.
     *
     * @param via address of the gateway, of the prefix's family
     */
    String route(Prefix prefix, String via) {
        boolean isV6 = prefix.isV6();
        return switch (this) {
            case LINUX -> "ip " + (isV6 ? "-6 " : "") + "route add " + prefix + " via " + via;
            case VYOS -> "set protocols static route" + (isV6 ? "6 " : " ") + prefix + " next-hop " + via;
            case MIKROTIK -> "/ip" + (isV6 ? "v6" : "") + " route add dst-address=" + prefix + " gateway=" + via;
            case OPNSENSE ->
                "System > Routes > Configuration: network " + prefix + ", gateway " + via
                        + " (added under System > Gateways first)";
            case CISCO ->
                isV6
                        ? "ipv6 route " + prefix + " " + via
                        : "ip route " + address(prefix) + " " + mask(prefix) + " " + via;
        };
    }

    private static String address(Prefix prefix) {
        StringBuilder out = new StringBuilder();
        IpText.append4(out, (int) prefix.low());
        return out.toString();
    }

    private static String mask(Prefix prefix) {
        StringBuilder out = new StringBuilder();
        IpText.append4(out, prefix.length() == 0 ? 0 : -1 << (32 - prefix.length()));
        return out.toString();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
