package io.penstock.server.map;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.server.model.Node;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Where the nodes of all domains are, by their keys, and which are online. Thread-safe. */
final class Directory {
    /** Where a node is; which machine has to ask for it. */
    record Place(DomainMaps domain, long nodeId, MachineKey machine) {}

    private final Map<NodeKey, Place> places = new ConcurrentHashMap<>();
    private final Set<Long> online = ConcurrentHashMap.newKeySet();

    /**
     * Puts a node in.
     *
     * @param before what it was, null if it is new
     */
    void put(DomainMaps domain, Node node, @Nullable Node before) {
        places.put(node.nodeKey(), new Place(domain, node.id(), node.machineKey()));
        if (before != null && !before.nodeKey().equals(node.nodeKey())) {
            forget(before);
        }
    }

    void remove(Node node) {
        forget(node);
        online.remove(node.id());
    }

    private void forget(Node node) {
        places.computeIfPresent(node.nodeKey(), (key, place) -> place.nodeId == node.id() ? null : place);
    }

    @Nullable Place find(NodeKey key) {
        return places.get(key);
    }

    void setOnline(long id, boolean now) {
        if (now) {
            online.add(id);
        } else {
            online.remove(id);
        }
    }

    boolean isOnline(long id) {
        return online.contains(id);
    }
}
