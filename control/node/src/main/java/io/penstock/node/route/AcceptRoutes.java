package io.penstock.node.route;

import io.penstock.wireguard.route.Prefix;
import java.util.Set;

/** Which subnet routes of other nodes a node takes. Their own addresses it always takes, exit routes of the chosen exit node only. */
public sealed interface AcceptRoutes {
    /** No subnet routes. */
    record None() implements AcceptRoutes {}

    /** All that the coordinator has approved. */
    record All() implements AcceptRoutes {}

    /**
     * Some.
     *
     * @param prefixes routes that lie within one of these
     * @param peers routes of these nodes, by stable id or by name: whole, or its first label
     */
    record Only(Set<Prefix> prefixes, Set<String> peers) implements AcceptRoutes {
        public Only {
            prefixes = Set.copyOf(prefixes);
            peers = Set.copyOf(peers);
        }
    }
}
