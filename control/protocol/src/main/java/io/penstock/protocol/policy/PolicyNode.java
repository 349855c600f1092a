package io.penstock.protocol.policy;

import io.penstock.wireguard.route.Prefix;
import java.util.List;

/**
 * A node as a policy knows it.
 *
 * @param addresses its own, as /32 and /128
 * @param routes what it serves besides and is approved for; an exit node has a route of length 0
 */
public record PolicyNode(long id, PolicyOwner owner, List<Prefix> addresses, List<Prefix> routes) {
    public PolicyNode {
        addresses = List.copyOf(addresses);
        routes = List.copyOf(routes);
    }
}
