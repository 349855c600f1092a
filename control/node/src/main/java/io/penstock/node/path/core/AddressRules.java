package io.penstock.node.path.core;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which addresses can be those of a node outside of the tunnel. Peers name addresses as they like, so each is looked at before
 * anything is sent there.
 */
public final class AddressRules {
    private final boolean usesLoopback;
    private final Set<Prefix> hosts = new HashSet<>(); // of the tunnel: whole addresses, there may be thousands
    private final List<Prefix> routes = new ArrayList<>();

    AddressRules(boolean usesLoopback) {
        this.usesLoopback = usesLoopback;
    }

    /** What is inside the tunnel, from here on: addresses of the network's members. */
    void setMembers(Iterable<Prefix> addresses) {
        hosts.clear();
        addresses.forEach(hosts::add);
    }

    /** Networks that are reached through the tunnel, from here on; default routes do not count, since the tunnel's own datagrams take others. */
    void setRoutes(List<Prefix> throughTunnel) {
        routes.clear();
        throughTunnel.stream().filter(route -> route.length() > 0).forEach(routes::add);
    }

    /** Whether a datagram may be sent there to find a peer. */
    boolean canBePeer(Endpoint endpoint) {
        return endpoint.port() != 0
                && !endpoint.isRelay()
                && isUnicast(endpoint)
                && (usesLoopback || !isLoopback(endpoint))
                && !(endpoint.isV6() && isLinkLocal(endpoint) && endpoint.scopeId() == 0)
                && !isInTunnel(endpoint);
    }

    /** Whether peers may be told that we are there. */
    boolean canBeOwn(Endpoint endpoint) {
        return canBePeer(endpoint) && !isLinkLocal(endpoint);
    }

    private boolean isInTunnel(Endpoint endpoint) {
        if (hosts.contains(new Prefix(endpoint.isV6(), endpoint.high(), endpoint.low(), endpoint.isV6() ? 128 : 32))) {
            return true;
        }
        for (Prefix route : routes) {
            if (endpoint.isV6()
                    ? route.contains6(endpoint.high(), endpoint.low())
                    : route.contains4((int) endpoint.low())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isUnicast(Endpoint endpoint) {
        if (endpoint.isV6()) {
            boolean unspecified = endpoint.high() == 0 && endpoint.low() == 0;
            return !unspecified && endpoint.high() >>> 56 != 0xff;
        }
        long first = endpoint.low() >>> 24;
        return first != 0 && first < 224; // 0/8 is this network, from 224 on there is multicast and what is reserved
    }

    static boolean isLoopback(Endpoint endpoint) {
        return endpoint.isV6() ? endpoint.high() == 0 && endpoint.low() == 1 : endpoint.low() >>> 24 == 127;
    }

    /** 169.254.0.0/16 and fe80::/10. */
    public static boolean isLinkLocal(Endpoint endpoint) {
        return endpoint.isV6() ? endpoint.high() >>> 54 == 0xfe80 >>> 6 : endpoint.low() >>> 16 == 0xa9fe;
    }

    /** RFC 1918, and fc00::/7. */
    static boolean isPrivate(Endpoint endpoint) {
        if (endpoint.isV6()) {
            return endpoint.high() >>> 57 == 0xfc >>> 1;
        }
        long low = endpoint.low();
        return low >>> 24 == 10 || low >>> 20 == 0xac1 || low >>> 16 == 0xc0a8;
    }
}
