package io.penstock.relay.core;

import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Who says which clients may use the relay. Other relays of the region are not asked about. Thread-safe. */
public interface Admission {
    /** Lets everybody in who knows the relay's address. To be chosen knowingly. */
    Admission EVERYBODY = (key, source) -> CompletableFuture.completedFuture(true);

    /**
     * Whether the client may come in. Must not block. A stage that fails keeps it out, as false does.
     *
     * @param source where it comes from, as the relay sees it
     */
    CompletionStage<Boolean> admits(NodeKey key, Endpoint source);
}
