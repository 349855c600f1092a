package io.penstock.sim.net;

import io.penstock.wireguard.Endpoint;

/** Addresses are endpoints with port 0. Stateless. */
public final class Addresses {
    private Addresses() {}

    /** Reads an address without a port. */
    public static Endpoint parse(String text) {
        return Endpoint.parse(text.indexOf(':') >= 0 ? "[" + text + "]:0" : text + ":0");
    }

    public static Endpoint of(Endpoint endpoint) {
        return withPort(endpoint, 0);
    }

    public static Endpoint withPort(Endpoint address, int port) {
        return address.isV6()
                ? Endpoint.v6(address.high(), address.low(), port, 0)
                : Endpoint.v4((int) address.low(), port);
    }
}
