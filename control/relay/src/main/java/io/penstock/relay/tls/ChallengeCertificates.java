package io.penstock.relay.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Certificates by which an authority finds that a name is ours (RFC 8737), while it looks for them. They are shown to nobody but who
 * asks for the protocol {@link #PROTOCOL} and the name. Thread-safe.
 */
public final class ChallengeCertificates {
    /** What an authority asks for in the handshake (ALPN). */
    public static final String PROTOCOL = "acme-tls/1";

    private final ConcurrentHashMap<String, SslContext> byName = new ConcurrentHashMap<>();

    /** From here on the authority finds this certificate under the name, in small letters. */
    public void expect(String name, PrivateKey key, X509Certificate certificate) {
        try {
            byName.put(
                    name,
                    SslContextBuilder.forServer(key, certificate)
                            .sslProvider(SslProvider.JDK) // it comes once in months, and what it sends is a stranger's
                            .protocols("TLSv1.3", "TLSv1.2")
                            .applicationProtocolConfig(new ApplicationProtocolConfig(
                                    Protocol.ALPN,
                                    SelectorFailureBehavior.FATAL_ALERT,
                                    SelectedListenerFailureBehavior.ACCEPT,
                                    PROTOCOL))
                            .build());
        } catch (SSLException e) {
            throw new IllegalArgumentException("a certificate of no use", e);
        }
    }

    public void forget(String name) {
        byName.remove(name);
    }

    /** Whether anything is expected, so that first messages have to be looked at. */
    boolean isExpecting() {
        return !byName.isEmpty();
    }

    @Nullable SslContext context(String name) {
        return byName.get(name);
    }
}
