package io.penstock.relay.edge;

import io.penstock.relay.tls.PinnedTrust;

/**
 * Another relay of the region.
 *
 * @param host name or address
 * @param trust how it is known that it is the one
 */
public record MeshPeer(String host, int port, Trust trust) {
    private static final int MAX_PORT = 0xffff;

    public MeshPeer {
        if (host.isEmpty() || port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("a relay has a host and a port");
        }
    }

    /** How it is known that it is the one. */
    public sealed interface Trust {
        /** Not at all: plain HTTP, over a network that nobody else is in. */
        record Network() implements Trust {}

        /** By a certificate for its host that an authority of the system's signed. */
        record Authorities() implements Trust {}

        /** By its certificate's hash. */
        record Pinned(PinnedTrust certificate) implements Trust {}
    }
}
