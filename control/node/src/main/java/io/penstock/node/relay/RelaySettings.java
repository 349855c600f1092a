package io.penstock.node.relay;

import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * How relays are reached.
 *
 * @param authorities who vouches for their certificates, null for those that the system knows
 * @param isPlainForTests whether nodes of a map that says {@code InsecureForTests} are spoken to without TLS, as relays of tests are
 * @param proxies through what
 */
public record RelaySettings(@Nullable TrustManagerFactory authorities, boolean isPlainForTests, Proxies proxies) {
    /** TLS, by the system's authorities or by the pins of the map, and directly. */
    public static final RelaySettings DEFAULT = new RelaySettings(null, false, Proxies.NONE);
}
