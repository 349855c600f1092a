package io.penstock.server.http;

import io.penstock.relay.tls.PrivateNetworks;
import io.penstock.wireguard.PublicKey;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where to listen and how much to bear, checked once and then trusted.
 *
 * @param address port 0 for any
 * @param hosts the names by which it is called, without a port; requests for others are refused, so that no page in somebody's
 *     browser reaches it under a name of its own (DNS rebinding)
 * @param tls null for plain HTTP, on loopback and private addresses only
 * @param readTimeout how long a connection may take to bring a whole request, also from one to the next
 * @param maxConnections at a time, of browsers, programs and nodes, of which each has one as long as it runs, and a quarter of
 *     them from one source but the loopback; those beyond are closed at once. A relay's clients are not among them, once they are the relay's
 */
public record ListenSettings(
        InetSocketAddress address,
        Set<String> hosts,
        @Nullable TlsIdentity tls,
        Duration readTimeout,
        int maxConnections) {
    public static final Duration DEFAULT_READ_TIMEOUT = Duration.ofSeconds(30);
    public static final int DEFAULT_MAX_CONNECTIONS = 20_000;

    public ListenSettings {
        hosts = hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("cannot resolve " + address.getHostString());
        }
        if (tls == null && !PrivateNetworks.contain(address.getAddress())) {
            throw new IllegalArgumentException(
                    "plain HTTP on " + address.getAddress().getHostAddress()
                            + " could be read by others: give a certificate, or listen on a loopback or private address");
        }
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("a listener is called by some name");
        }
        if (!readTimeout.isPositive() || maxConnections < 1) {
            throw new IllegalArgumentException("a time limit and a number of connections are positive");
        }
    }

    /** The same, with the key of a relay behind it shown in the handshake of TLS, if there is one. */
    public ListenSettings withRelay(PublicKey relay) {
        return new ListenSettings(
                address, hosts, tls == null ? null : tls.withRelay(relay), readTimeout, maxConnections);
    }

    /** The same, called by one more name. */
    public ListenSettings alsoCalled(String host) {
        Set<String> more = new HashSet<>(hosts);
        more.add(host);
        return new ListenSettings(address, more, tls, readTimeout, maxConnections);
    }
}
