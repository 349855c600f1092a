package io.penstock.node.filter;

import io.penstock.engine.filter.AddressRange;
import io.penstock.engine.filter.AddressSet;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which destinations a node takes packets for, whatever the rules say: its own addresses and the networks that it offers. A node that
 * offers a way to the internet does not offer its LAN by that: the default route means neither private networks nor those it is
 * connected to, which have to be offered by name. So stock nodes do it. Stateless.
 */
public final class LocalAddresses {
    /** What a default route never means: loopback, private, link-local and multicast addresses, and those of stock nodes. */
    private static final AddressSet NEVER_BY_DEFAULT = set(Stream.of(
                    "10.0.0.0/8",
                    "100.64.0.0/10",
                    "127.0.0.0/8",
                    "169.254.0.0/16",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "224.0.0.0/4",
                    "::1/128",
                    "fd7a:115c:a1e0::/48",
                    "fe80::/10",
                    "ff00::/8")
            .map(Prefix::parse)
            .toList());

    /** Addresses and routes, where the host's other networks are not known. */
    public static AddressSet of(Collection<Prefix> addressesAndRoutes) {
        return of(addressesAndRoutes, List.of(), List.of());
    }

    /**
     * What packets may be for.
     *
     * @param addressesAndRoutes the node's own, and those that it offers
     * @param connected networks at the host's interfaces
     * @param hostAddresses the host's own addresses in those, which a default route means all the same
     */
    public static AddressSet of(
            Collection<Prefix> addressesAndRoutes, Collection<Prefix> connected, Collection<Prefix> hostAddresses) {
        List<Prefix> named = new ArrayList<>();
        List<Prefix> defaults = new ArrayList<>();
        for (Prefix prefix : addressesAndRoutes) {
            (prefix.length() == 0 ? defaults : named).add(prefix);
        }
        AddressSet byDefault = set(defaults);
        AddressSet hosts = set(hostAddresses).intersect(byDefault);
        return byDefault
                .minus(set(connected))
                .plus(hosts)
                .minus(NEVER_BY_DEFAULT)
                .plus(set(named));
    }

    private static AddressSet set(Collection<Prefix> prefixes) {
        return AddressSet.of(prefixes.stream().map(AddressRange::of).toList());
    }

    private LocalAddresses() {}
}
