package io.penstock.server.map;

import io.penstock.server.model.Node;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Who serves a prefix that several nodes offer: one of them, as long as it may and is online; then the oldest that is online. Who
 * comes back does not take it back. If all are away, it stays where it is.
 */
class NaiveElection {
    private final Map<Prefix, Long> primaries = new HashMap<>();

    /** Looks at all nodes of the domain that may serve, sorted by id. To be called at each moment at which something happens. */
    void update(List<Node> nodes, LongPredicate online) {
        Map<Prefix, List<Long>> candidates = new HashMap<>();
        for (Node node : nodes) {
            for (Prefix prefix : node.routes().serving()) {
                candidates.computeIfAbsent(prefix, first -> new ArrayList<>()).add(node.id());
            }
        }
        primaries.keySet().retainAll(candidates.keySet());
        candidates.forEach((prefix, ids) -> primaries.put(prefix, choose(primaries.get(prefix), ids, online)));
    }

    long choose(@Nullable Long holder, List<Long> ids, LongPredicate online) {
        if (holder == null || !ids.contains(holder)) {
            return ids.stream().filter(online::test).findFirst().orElseGet(ids::getFirst);
        }
        long current = holder;
        return online.test(current)
                ? current
                : ids.stream().filter(online::test).findFirst().orElse(current);
    }

    boolean isPrimary(long nodeId, Prefix prefix) {
        Long holder = primaries.get(prefix);
        return holder != null && holder == nodeId;
    }
}
