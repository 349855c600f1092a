package io.penstock.node.api;

import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A plain WireGuard peer that no coordinator knows. Its pre-shared key is not here: preferences may be read by many.
 *
 * @param name for people, unique among the static peers
 * @param endpoint host and port as {@code wg} takes them, or null for a peer that calls first
 * @param keepaliveSeconds 0 for none
 */
@Message
public record StaticPeer(
        String name,
        NodeKey key,
        List<Prefix> allowedIps,
        @Nullable String endpoint,
        int keepaliveSeconds) {
    private static final int MAX_KEEPALIVE = 65_535;

    public StaticPeer {
        name = Zero.text(name);
        allowedIps = Zero.list(allowedIps);
        if (!name.toLowerCase(Locale.ROOT).matches("[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException("a peer's name has letters, digits, dots and hyphens, 63 at most");
        }
        if (key == null || key.isZero()) {
            throw new IllegalArgumentException("peer " + name + " has no public key");
        }
        if (keepaliveSeconds < 0 || keepaliveSeconds > MAX_KEEPALIVE) {
            throw new IllegalArgumentException("peer " + name + ": keepalive is 0 to 65535 seconds");
        }
    }
}
