package io.penstock.node.path.core;

import io.penstock.wireguard.Endpoint;
import java.util.List;

/**
 * What an operator decides about paths.
 *
 * @param explicitEndpoints addresses at which the node can be reached besides those that it finds: a static port forward
 * @param usesLoopback whether loopback addresses are addresses like others; for nodes that all live on one host, as in tests
 */
public record PathSettings(List<Endpoint> explicitEndpoints, boolean usesLoopback) {
    /** For a node whose addresses all can be found. */
    public static final PathSettings DEFAULT = new PathSettings(List.of(), false);

    private static final int MAX_EXPLICIT = 16;

    public PathSettings {
        explicitEndpoints = List.copyOf(explicitEndpoints);
        if (explicitEndpoints.size() > MAX_EXPLICIT) {
            throw new IllegalArgumentException("more than " + MAX_EXPLICIT + " endpoints are configured");
        }
        for (Endpoint endpoint : explicitEndpoints) {
            if (endpoint.port() == 0 || endpoint.isRelay()) {
                throw new IllegalArgumentException("nobody can be reached at " + endpoint);
            }
        }
    }
}
