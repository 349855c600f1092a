package io.penstock.node.route;

import io.penstock.wireguard.route.Prefix;
import java.util.List;
import java.util.Map;

/**
 * What a node takes of the map's routes, and what not. Immutable.
 *
 * @param accepted for each peer by its id, in order of the prefixes: what may come from it and is sent to it. No prefix is here twice
 * @param rejected what else peers offer
 * @param collisions sentences about own addresses of this node that mean something else at this host; with these it had better not
 *     come up
 */
public record ChosenRoutes(Map<Long, List<Prefix>> accepted, List<Rejected> rejected, List<String> collisions) {
    public ChosenRoutes {
        accepted = Map.copyOf(accepted);
        rejected = List.copyOf(rejected);
        collisions = List.copyOf(collisions);
    }

    /**
     * A prefix that is not taken.
     *
     * @param peer the node that offers it
     * @param reason a sentence for people that names the prefix
     * @param isOverlap whether the same addresses are in use on both sides, which is for people to settle
     */
    public record Rejected(long peer, Prefix prefix, String reason, boolean isOverlap) {}

    /** What goes through the tunnel, to whichever peer. */
    public List<Prefix> all() {
        return accepted.values().stream()
                .flatMap(List::stream)
                .sorted(RouteChoice.ORDER)
                .toList();
    }
}
