package io.penstock.node.relay;

import io.penstock.node.coordination.Seeded;
import io.penstock.node.path.core.Maps;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpNode;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.relay.RelayServer;
import io.penstock.relay.RelaySettings;
import io.penstock.relay.core.Admission;
import io.penstock.relay.edge.RelayIdentity;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.relay.tls.Certificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A relay of ours on the loopback, that can be restarted where it was. */
public final class RelayUnderTest implements AutoCloseable {
    private final int region;
    private final PrivateKey key;
    private final Certificates.@Nullable SelfSigned certificate;
    private RelayServer server;

    private RelayUnderTest(int region, PrivateKey key, Certificates.@Nullable SelfSigned certificate)
            throws IOException {
        this.region = region;
        this.key = key;
        this.certificate = certificate;
        server = start(0, 0);
    }

    public static RelayUnderTest plain(int region) throws IOException {
        return plain(region, PrivateKey.generate(new Seeded(region)));
    }

    /** With a key that clients know it by. */
    public static RelayUnderTest plain(int region, PrivateKey key) throws IOException {
        return new RelayUnderTest(region, key, null);
    }

    /** With a certificate of its own for {@code localhost}. */
    public static RelayUnderTest tls(int region) throws IOException {
        Instant now = Instant.now();
        return new RelayUnderTest(
                region,
                PrivateKey.generate(new Seeded(region)),
                Certificates.selfSigned(
                        List.of("localhost", "relay.example"),
                        List.of(new byte[] {127, 0, 0, 1}),
                        now.minusSeconds(60),
                        now.plus(Duration.ofDays(1))));
    }

    private RelayServer start(int port, int stunPort) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        RelaySettings settings = new RelaySettings(
                new InetSocketAddress(loopback, port),
                List.of(new InetSocketAddress(loopback, stunPort)),
                certificate == null
                        ? null
                        : new RelaySettings.Tls(certificate.key(), List.of(certificate.certificate())),
                Set.of(),
                new RelayIdentity(key),
                Admission.EVERYBODY,
                null,
                List.of(),
                RelayLimits.DEFAULT,
                Duration.ofMillis(100),
                1);
        return RelayServer.start(settings, InstantSource.system(), new Seeded(region + 1));
    }

    public Certificates.@Nullable SelfSigned certificate() {
        return certificate;
    }

    public RelayServer server() {
        return server;
    }

    /** The node as a map names it, with the right pin if it has a certificate. */
    public DerpNode.Builder node() {
        return DerpNode.builder()
                .name(region + "a")
                .regionId(region)
                .hostName("127.0.0.1")
                .ipv4("127.0.0.1")
                .ipv6("none")
                .derpPort(server.address().getPort())
                .stunPort(server.stunAddresses().getFirst().getPort())
                .insecureForTests(certificate == null)
                .certName(certificate == null ? "" : certificate.pinnedName());
    }

    /** A map of these nodes, a region for each. */
    public static DerpMap map(DerpNode... nodes) {
        TreeMap<Integer, DerpRegion> regions = new TreeMap<>();
        for (DerpNode node : nodes) {
            regions.put(node.regionId(), Maps.region(node.regionId(), node));
        }
        return new DerpMap(null, regions, true);
    }

    public void stop() {
        server.close();
    }

    /** Again where it was. */
    public void restart() throws IOException {
        int port = server.address().getPort();
        int stunPort = server.stunAddresses().getFirst().getPort();
        server.close();
        server = start(port, stunPort);
    }

    @Override
    public void close() {
        server.close();
    }
}
