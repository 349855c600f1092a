package io.penstock.node.daemon.core;

import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.message.NetInfo;
import io.penstock.wireguard.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was found out about how this node is reached.
 *
 * @param endpointTypes a constant of {@link io.penstock.protocol.message.MapRequest} for each endpoint
 * @param netInfo null while nothing is known
 */
public record PathReport(
        List<Endpoint> endpoints,
        List<Integer> endpointTypes,
        @Nullable NetInfo netInfo,
        DiscoKey disco) {
    /** Nothing. */
    public static final PathReport NONE = new PathReport(List.of(), List.of(), null, DiscoKey.ZERO);

    public PathReport {
        endpoints = List.copyOf(endpoints);
        endpointTypes = List.copyOf(endpointTypes);
    }
}
