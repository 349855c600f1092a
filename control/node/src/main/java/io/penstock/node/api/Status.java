package io.penstock.node.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node and its network, as its daemon sees them. Without secrets.
 *
 * @param schema {@link #SCHEMA}
 * @param version of the daemon
 * @param loginUrl where the user has to log in, while that is waited for
 * @param self null before there is a map
 * @param peers the map's, by name, then static ones
 * @param routes of all peers, and why some are not used
 * @param health what is wrong, the worst first; empty if all is well
 */
@Message
public record Status(
        int schema,
        String version,
        NodeState state,
        @Nullable String loginUrl,
        @Nullable SelfStatus self,
        List<PeerStatus> peers,
        List<RouteStatus> routes,
        CoordinatorStatus coordinator,
        List<HealthItem> health) {
    /** Version of this format: fields are only ever added, and it grows with them. */
    public static final int SCHEMA = 1;

    public Status {
        peers = Zero.list(peers);
        routes = Zero.list(routes);
        health = Zero.list(health);
    }
}
