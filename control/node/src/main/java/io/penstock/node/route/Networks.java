package io.penstock.node.route;

import io.penstock.wireguard.route.Prefix;
import java.util.List;

/**
 * What the host is connected to, by other interfaces than the tunnel's. Immutable.
 *
 * @param connected what is on its links
 * @param addresses the host's own in those networks, each a prefix of full length
 * @param ways its default routes, as text
 */
public record Networks(List<Connected> connected, List<Prefix> addresses, List<String> ways) {
    public static final Networks NONE = new Networks(List.of(), List.of(), List.of());

    /** No link has more hosts. Who routes half of everything to a link, as other VPNs do, means the internet by that. */
    private static final int WIDEST_V4 = 8;

    private static final int WIDEST_V6 = 16;

    public Networks {
        connected = List.copyOf(connected);
        addresses = List.copyOf(addresses);
        ways = List.copyOf(ways);
    }

    /** Networks whose hosts are on a link. */
    public List<Prefix> onLink() {
        return connected.stream()
                .map(Connected::prefix)
                .filter(prefix -> prefix.length() >= (prefix.isV6() ? WIDEST_V6 : WIDEST_V4))
                .distinct()
                .toList();
    }
}
