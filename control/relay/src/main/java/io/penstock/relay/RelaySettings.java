package io.penstock.relay;

import io.penstock.relay.acme.AcmeSettings;
import io.penstock.relay.core.Admission;
import io.penstock.relay.edge.MeshKey;
import io.penstock.relay.edge.MeshPeer;
import io.penstock.relay.edge.RelayIdentity;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.relay.stun.StunServer;
import io.penstock.relay.tls.PrivateNetworks;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a relay of its own is told, checked once and then trusted.
 *
 * @param address where it listens for clients, port 0 for any
 * @param stunAddresses where it answers STUN; none for no STUN
 * @param tls null for plain HTTP, on loopback and private addresses only
 * @param balancers addresses of those in front of it that say from where a client comes (PROXY protocol); their connections have
 *     to begin with that, and nobody else's may
 * @param admission who may come in
 * @param meshKey of the region's relays, null if there are no others
 * @param meshPeers the others
 * @param goodbye how long clients have to take what waits for them when the relay ends
 * @param eventLoops threads
 * @param stunAlternate another address and port for STUN, so that clients find out what their NATs let in (RFC 5780); null for none
 */
public record RelaySettings(
        InetSocketAddress address,
        List<InetSocketAddress> stunAddresses,
        @Nullable TlsSource tls,
        Set<InetAddress> balancers,
        RelayIdentity identity,
        Admission admission,
        @Nullable MeshKey meshKey,
        List<MeshPeer> meshPeers,
        RelayLimits limits,
        Duration goodbye,
        int eventLoops,
        @Nullable InetSocketAddress stunAlternate) {
    /** Long enough for a client that reads, too short to be waited for. */
    public static final Duration DEFAULT_GOODBYE = Duration.ofMillis(500);

    public RelaySettings {
        stunAddresses = List.copyOf(stunAddresses);
        balancers = Set.copyOf(balancers);
        meshPeers = List.copyOf(meshPeers);
        if (meshKey == null && !meshPeers.isEmpty()) {
            throw new IllegalArgumentException("relays of one region share a key");
        }
        if (address.isUnresolved() || stunAddresses.stream().anyMatch(InetSocketAddress::isUnresolved)) {
            throw new IllegalArgumentException("an address that cannot be resolved");
        }
        if (stunAlternate != null && stunAddresses.stream().noneMatch(each -> StunServer.isPair(each, stunAlternate))) {
            throw new IllegalArgumentException(stunAlternate + " is the second address of none of " + stunAddresses);
        }
        if (tls == null && !PrivateNetworks.contain(address.getAddress())) {
            throw new IllegalArgumentException(
                    "plain HTTP on " + address.getAddress().getHostAddress()
                            + " could be changed by others: give a certificate, or listen on a loopback or private address");
        }
        if (goodbye.isNegative() || eventLoops < 1) {
            throw new IllegalArgumentException("a time limit is not negative, and there is an event loop");
        }
    }

    /** Without a second address of STUN. */
    public RelaySettings(
            InetSocketAddress address,
            List<InetSocketAddress> stunAddresses,
            @Nullable TlsSource tls,
            Set<InetAddress> balancers,
            RelayIdentity identity,
            Admission admission,
            @Nullable MeshKey meshKey,
            List<MeshPeer> meshPeers,
            RelayLimits limits,
            Duration goodbye,
            int eventLoops) {
        this(
                address,
                stunAddresses,
                tls,
                balancers,
                identity,
                admission,
                meshKey,
                meshPeers,
                limits,
                goodbye,
                eventLoops,
                null);
    }

    /** The same with TLS by another certificate. */
    public RelaySettings withTls(TlsSource source) {
        return new RelaySettings(
                address,
                stunAddresses,
                source,
                balancers,
                identity,
                admission,
                meshKey,
                meshPeers,
                limits,
                goodbye,
                eventLoops,
                stunAlternate);
    }

    /** Where the certificate comes from. */
    public sealed interface TlsSource permits Tls, Automatic {}

    /** From an authority, which is asked while the relay runs. */
    public record Automatic(AcmeSettings acme) implements TlsSource {}

    /**
     * A certificate. Shows no key.
     *
     * @param chain the relay's own first
     */
    public record Tls(PrivateKey key, List<X509Certificate> chain) implements TlsSource {
        public Tls {
            chain = List.copyOf(chain);
        }

        @Override
        public String toString() {
            return "Tls[" + chain.size() + " certificates]";
        }
    }
}
