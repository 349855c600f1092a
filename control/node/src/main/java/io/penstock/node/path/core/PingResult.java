package io.penstock.node.path.core;

import io.penstock.wireguard.Endpoint;

/** What became of a ping that somebody asked for. */
public sealed interface PingResult {
    /** It was answered directly. */
    record Direct(Endpoint endpoint, long roundTripNs) implements PingResult {}

    /** It was answered by way of the relay of this region. */
    record Relayed(int region, long roundTripNs) implements PingResult {}

    /** It was answered inside the tunnel, whatever the path; see the peer's path for that. */
    record InTunnel(long roundTripNs) implements PingResult {}

    /** It was not answered, or could not even be sent. */
    record Failed(String reason) implements PingResult {}
}
