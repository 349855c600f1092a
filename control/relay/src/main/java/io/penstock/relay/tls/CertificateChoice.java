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
 * A key store would refuse such a chain. The certificate may change while handshakes go on: each uses one and its key. Without a
 * certificate there are no handshakes. Thread-safe.
 */
public final class CertificateChoice extends X509ExtendedKeyManager {
    private static final String ALIAS = "certificate-";
    private static final Duration RENEWAL = Duration.ofDays(1);

    private final @Nullable PublicKey relay;
    private final InstantSource clock;

    // Guarded by this.
    private @Nullable Shown current;
    private @Nullable Shown previous; // of handshakes that have chosen it and have not taken it yet
    private int changes;
    private @Nullable Meta meta;

    private record Meta(X509Certificate certificate, Instant renewal) {}

    private record Shown(String alias, PrivateKey key, List<X509Certificate> chain) {}

    /**
     * Without a certificate, until one is shown.
     *
     * @param relay the key of the relay behind the listener, by which DERP knows it; null if there is none
     */
    public CertificateChoice(@Nullable PublicKey relay, InstantSource clock) {
        this.relay = relay;
        this.clock = clock;
    }

    /**
     * Of a certificate and its key.
     *
     * @param chain the relay's own certificate first
     * @param relay its key, by which DERP knows it; null if there is none
     */
    public CertificateChoice(
            PrivateKey privateKey, List<X509Certificate> chain, @Nullable PublicKey relay, InstantSource clock) {
        this(relay, clock);
        show(privateKey, chain);
    }

    /** From the next handshake on this one is shown. */
    public synchronized void show(PrivateKey privateKey, List<X509Certificate> chain) {
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("no certificate");
        }
        previous = current;
        current = new Shown(ALIAS + changes++, privateKey, List.copyOf(chain));
    }

    private synchronized @Nullable Shown shown(@Nullable String alias) {
        if (current != null && current.alias.equals(alias)) {
            return current;
        }
        return previous != null && previous.alias.equals(alias) ? previous : null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(@Nullable String alias) {
        Shown shown = shown(alias);
        if (shown == null) {
            return null;
        }
        if (relay == null) {
            return shown.chain.toArray(new X509Certificate[0]);
        }
        X509Certificate[] longer = shown.chain.toArray(new X509Certificate[shown.chain.size() + 1]);
        longer[shown.chain.size()] = meta(relay);
        return longer;
    }

    private synchronized X509Certificate meta(PublicKey key) {
        Instant now = clock.instant();
        if (meta == null || now.isAfter(meta.renewal)) {
            meta = new Meta(Certificates.meta(key, now), now.plus(RENEWAL));
        }
        return meta.certificate;
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(@Nullable String alias) {
        Shown shown = shown(alias);
        return shown == null ? null : shown.key;
    }

    private synchronized @Nullable String alias(@Nullable String keyType) {
        return current != null
                        && current.chain
                                .getFirst()
                                .getPublicKey()
                                .getAlgorithm()
                                .equals(keyType)
                ? current.alias
                : null;
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
