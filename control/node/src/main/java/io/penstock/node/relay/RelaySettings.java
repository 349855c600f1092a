package io.penstock.node.relay;

import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * How relays are reached.
 *
 * @param authorities who vouches for their certificates, null for those that the system knows
 * @param isPlainForTests whether nodes of a map that says {@code InsecureForTests} are spoken to without TLS, as relays of tests are
 */
public record RelaySettings(@Nullable TrustManagerFactory authorities, boolean isPlainForTests) {
    /** TLS, by the system's authorities or by the pins of the map. */
    public static final RelaySettings DEFAULT = new RelaySettings(null, false);
}
