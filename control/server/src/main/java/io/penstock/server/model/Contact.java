package io.penstock.server.model;

import io.penstock.protocol.key.DiscoKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where and how others reach a node.
 *
 * @param disco the key of its path finding, null until it has told
 * @param homeRelay the region of its relay, 0 until it has told
 */
public record Contact(@Nullable DiscoKey disco, List<NodeEndpoint> endpoints, int homeRelay) {
    public static final int MAX_ENDPOINTS = 64;
    public static final Contact NONE = new Contact(null, List.of(), 0);

    public Contact {
        endpoints = List.copyOf(endpoints);
        if (endpoints.size() > MAX_ENDPOINTS) {
            throw new IllegalArgumentException("more than " + MAX_ENDPOINTS + " endpoints");
        }
        if (homeRelay < 0) {
            throw new IllegalArgumentException("relay region out of range: " + homeRelay);
        }
    }
}
