package io.penstock.relay.tls;

import io.penstock.wireguard.PublicKey;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Shows a certificate with its chain, and behind them one that only says the relay's key, so that clients need not wait for it.
 * A key store would refuse such a chain. Thread-safe.
 */
public final class CertificateChoice extends X509ExtendedKeyManager {
    private static final String ALIAS = "relay";
    private static final Duration RENEWAL = Duration.ofDays(1);

    private final PrivateKey privateKey;
    private final List<X509Certificate> chain;
    private final PublicKey relay;
    private final InstantSource clock;

    private @Nullable Meta meta; // guarded by this

    private record Meta(X509Certificate certificate, Instant renewal) {}

    /**
     * Of a certificate and its key.
     *
     * @param chain the relay's own certificate first
     * @param relay its key, by which DERP knows it
     */
    public CertificateChoice(PrivateKey privateKey, List<X509Certificate> chain, PublicKey relay, InstantSource clock) {
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("no certificate");
        }
        this.privateKey = privateKey;
        this.chain = List.copyOf(chain);
        this.relay = relay;
        this.clock = clock;
    }

    @Override
    public synchronized X509Certificate[] getCertificateChain(@Nullable String alias) {
        Instant now = clock.instant();
        if (meta == null || now.isAfter(meta.renewal)) {
            meta = new Meta(Certificates.meta(relay, now), now.plus(RENEWAL));
        }
        X509Certificate[] longer = chain.toArray(new X509Certificate[chain.size() + 1]);
        longer[chain.size()] = meta.certificate;
        return longer;
    }

    @Override
    public PrivateKey getPrivateKey(@Nullable String alias) {
        return privateKey;
    }

    private @Nullable String alias(@Nullable String keyType) {
        return chain.getFirst().getPublicKey().getAlgorithm().equals(keyType) ? ALIAS : null;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            @Nullable String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return alias(keyType);
    }

    @Override
    public @Nullable String chooseServerAlias(
            @Nullable String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return alias(keyType);
    }

    @Override
    public String @Nullable [] getServerAliases(@Nullable String keyType, Principal @Nullable [] issuers) {
        String alias = alias(keyType);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public @Nullable String chooseClientAlias(
            String @Nullable [] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }

    @Override
    public String @Nullable [] getClientAliases(@Nullable String keyType, Principal @Nullable [] issuers) {
        return null;
    }
}
