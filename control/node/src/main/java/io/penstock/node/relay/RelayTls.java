package io.penstock.node.relay;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.penstock.protocol.message.DerpNode;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** TLS as a DERP map wants it of each node: by name, by another name, by a pin, or without any check in tests. */
final class RelayTls {
    private final SslContext byName;
    private final RelaySettings settings;

    RelayTls(RelaySettings settings) throws SSLException {
        this.settings = settings;
        SslContextBuilder builder = builder().endpointIdentificationAlgorithm("HTTPS");
        if (settings.authorities() != null) {
            builder.trustManager(settings.authorities());
        }
        byName = builder.build();
    }

    private static SslContextBuilder builder() {
        return SslContextBuilder.forClient().sslProvider(SslProvider.JDK).protocols("TLSv1.3", "TLSv1.2");
    }

    /**
     * A handler for a connection to this node; null for none.
     *
     * @throws SSLException if the map's pin is none
     */
    @Nullable SslHandler handler(DerpNode node, int port, ByteBufAllocator alloc) throws SSLException {
        if (node.insecureForTests() && settings.isPlainForTests()) {
            return null;
        }
        if (node.insecureForTests()) {
            return named(
                    builder()
                            .endpointIdentificationAlgorithm(null)
                            .trustManager(InsecureTrustManagerFactory.INSTANCE)
                            .build(),
                    node.hostName(),
                    node,
                    port,
                    alloc);
        }
        if (node.certName().startsWith(PinnedRelay.PREFIX)) {
            PinnedRelay pin;
            try {
                pin = new PinnedRelay(node.certName());
            } catch (IllegalArgumentException e) {
                throw new SSLException("the map's CertName of " + node.name() + ": " + e.getMessage(), e);
            }
            return named(
                    builder()
                            .protocols("TLSv1.3") // a relay that is pinned is of our time
                            .endpointIdentificationAlgorithm(null)
                            .trustManager(pin)
                            .build(),
                    node.hostName(),
                    node,
                    port,
                    alloc);
        }
        String name = node.certName().isEmpty() ? node.hostName() : node.certName();
        return named(byName, name, node, port, alloc);
    }

    /** Checks for {@code name}, and asks for the name of the host. */
    private static SslHandler named(SslContext context, String name, DerpNode node, int port, ByteBufAllocator alloc) {
        SslHandler handler = context.newHandler(alloc, name, port);
        if (!name.equals(node.hostName()) && isName(node.hostName())) {
            SSLParameters parameters = handler.engine().getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(node.hostName())));
            handler.engine().setSSLParameters(parameters);
        }
        return handler;
    }

    private static boolean isName(String host) {
        return host.indexOf(':') < 0 && host.chars().anyMatch(c -> c >= 'a' && c <= 'z');
    }
}
