package io.penstock.node.netcheck.core;

/**
 * A STUN server as somebody named it.
 *
 * @param host name or address, an IPv6 one without brackets
 */
public record StunServerName(String host, int port) {
    private static final int MAX_PORT = 0xffff;

    public StunServerName {
        if (host.isEmpty() || port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("not a server of STUN: " + host + " port " + port);
        }
    }
}
