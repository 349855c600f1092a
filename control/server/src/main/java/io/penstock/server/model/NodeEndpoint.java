package io.penstock.server.model;

/**
 * Where a node may be reached outside the tunnel, as it told.
 *
 * @param port 1 to 65535
 * @param kind how the node knows: 0 unknown, 1 local, 2 STUN, 3 mapped port, 4 STUN behind a hard NAT, 5 configured
 */
public record NodeEndpoint(IpAddress address, int port, int kind) {
    public NodeEndpoint {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port out of range: " + port);
        }
        if (kind < 0) {
            throw new IllegalArgumentException("endpoint kind out of range: " + kind);
        }
    }

    /**
     * Reads {@code 192.0.2.1:41641} or {@code [2001:db8::1]:41641}.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static NodeEndpoint parse(String text, int kind) {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || colon + 1 == text.length() || text.length() - colon > 6) {
            throw new IllegalArgumentException("not an endpoint: " + text);
        }
        String host = text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        IpAddress address = IpAddress.parse(bracketed ? host.substring(1, host.length() - 1) : host);
        if (address.isV6() != bracketed) {
            throw new IllegalArgumentException("not an endpoint: " + text);
        }
        String port = text.substring(colon + 1);
        if (!port.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("not an endpoint: " + text);
        }
        return new NodeEndpoint(address, Integer.parseInt(port), kind);
    }

    /** The form that {@link #parse} reads; the kind is not in it. */
    @Override
    public String toString() {
        return (address.isV6() ? "[" + address + "]" : address.toString()) + ":" + port;
    }
}
