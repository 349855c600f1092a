package io.penstock.server.relay;

import io.penstock.protocol.key.NodeKey;
import io.penstock.relay.core.Admission;
import io.penstock.server.store.Store;
import io.penstock.wireguard.Endpoint;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Lets the coordinator's own nodes in, of every domain, as long as their keys are good. One look-up in an index of the store for
 * each hello, which costs less than the key agreement before it, so nothing is remembered and whoever is removed stays out at
 * once. On the relay's threads for hellos, of which there are two. Thread-safe.
 */
public final class NodeAdmission implements Admission {
    private final Store store;

    public NodeAdmission(Store store) {
        this.store = store;
    }

    /** Fails, and so keeps the client out, if the store does. */
    @Override
    public CompletionStage<Boolean> admits(NodeKey key, Endpoint source) {
        return CompletableFuture.completedFuture(isMember(key));
    }

    /** Whether a node has this key, which has not expired. */
    public boolean isMember(NodeKey key) {
        return store.read(tx ->
                tx.nodes().find(key).filter(node -> !node.isExpired(tx.now())).isPresent());
    }
}
