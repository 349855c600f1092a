package io.penstock.node.netcheck.core;

import io.penstock.wireguard.Endpoint;
import java.util.List;

/**
 * The host as it is when a look begins.
 *
 * @param all addresses of its interfaces, with any port
 * @param port4 of the socket for mapping in IPv4; 0 if there is none
 * @param port6 of the one in IPv6; 0 if there is none
 */
public record HostAddresses(List<Endpoint> all, int port4, int port6) {
    public HostAddresses {
        all = List.copyOf(all);
    }

    /** Where datagrams to that socket would come from, if nothing translates them. */
    List<Endpoint> own(boolean v6) {
        return all.stream()
                .filter(address -> address.isV6() == v6)
                .map(address -> v6
                        ? Endpoint.v6(address.high(), address.low(), port6, 0)
                        : Endpoint.v4((int) address.low(), port4))
                .toList();
    }

    /** Whether there is an address of the whole internet's IPv6, or of a private network's. */
    public boolean hasV6() {
        return port6 != 0 && all.stream().anyMatch(address -> address.isV6() && !isOfLink(address));
    }

    /** Loopback, and fe80::/10. */
    private static boolean isOfLink(Endpoint address) {
        return address.high() >>> 54 == 0xfe80 >>> 6 || (address.high() == 0 && address.low() == 1);
    }

    boolean hasV4() {
        return port4 != 0;
    }
}
