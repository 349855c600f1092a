package io.penstock.server.relay;

import io.penstock.protocol.key.NodeKey;
import io.penstock.relay.core.Admission;
import io.penstock.server.store.NodeTable;
import io.penstock.server.store.Store;
import io.penstock.wireguard.Endpoint;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Lets the coordinator's own nodes in, of every domain, as long as their keys are good and their users are not disabled. One
 * look-up in an index of the store for each hello, which costs less than the key agreement before it, so nothing is remembered
 * and whoever is removed stays out at once; {@link Expulsion} sees to those who are in. On the relay's threads for hellos, of
 * which there are two. Thread-safe.
 */
public final class NodeAdmission implements Admission {
    private final Store store;

    public NodeAdmission(Store store) {
        this.store = store;
    }

    Store store() {
        return store;
    }

    /** Fails, and so keeps the client out, if the store does. */
    @Override
    public CompletionStage<Boolean> admits(NodeKey key, Endpoint source) {
        return CompletableFuture.completedFuture(isMember(key));
    }

    /** Whether a node has this key, and may be in. */
    public boolean isMember(NodeKey key) {
        return !members(List.of(key)).isEmpty();
    }

    /** Those of the keys that may be in. Reads the store a part at a time, so that no reader of it is taken for long. */
    Set<NodeKey> members(Collection<NodeKey> keys) {
        List<NodeKey> all = List.copyOf(keys);
        Set<NodeKey> members = new HashSet<>();
        for (int from = 0; from < all.size(); from += NodeTable.MAX_KEYS) {
            List<NodeKey> part = all.subList(from, Math.min(all.size(), from + NodeTable.MAX_KEYS));
            members.addAll(store.read(tx -> tx.nodes().goodAmong(part)));
        }
        return members;
    }
}
