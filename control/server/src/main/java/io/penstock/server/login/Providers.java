package io.penstock.server.login;

import com.nimbusds.jose.jwk.JWKSet;
import io.penstock.server.admin.ProviderCheck;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.SamlSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The connections to the providers in use, a bounded number, made when they are needed. Thread-safe. */
public final class Providers implements ProviderCheck, AutoCloseable {
    private static final int MAX_KEPT = 100;

    private final HttpClient client = ProviderHttp.newClient();
    private final InstantSource clock;

    /** By id, which stands for one description of a provider for good: there is no way to change one. Guarded by itself. */
    private final Map<Long, Connection> kept = new Kept<>();

    /** The same for those of SAML. */
    private final Map<Long, SamlConnection> keptOfSaml = new Kept<>();

    private static final class Kept<T> extends LinkedHashMap<Long, T> {
        private static final long serialVersionUID = 1;

        Kept() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, T> eldest) {
            return size() > MAX_KEPT;
        }
    }

    /** None yet. */
    public Providers() {
        this(InstantSource.system());
    }

    /** @param clock by which descriptions end that say until when they are good */
    public Providers(InstantSource clock) {
        this.clock = clock;
    }

    /** @throws IOException if the provider does not answer, or not for its issuer */
    Connection.Open open(IdentityProvider provider) throws IOException {
        Connection connection;
        synchronized (kept) {
            connection = kept.computeIfAbsent(provider.id(), id -> new Connection(provider, http(provider)));
        }
        return connection.open();
    }

    /** What is known of a provider of SAML, which may be asked. */
    SamlConnection saml(IdentityProvider provider, SamlSettings settings) {
        synchronized (keptOfSaml) {
            return keptOfSaml.computeIfAbsent(
                    provider.id(), id -> new SamlConnection(provider, settings, http(provider), clock));
        }
    }

    private ProviderHttp http(IdentityProvider provider) {
        return new ProviderHttp(client, provider.localAddresses());
    }

    @Override
    public Optional<String> faultOf(IdentityProvider provider) {
        try {
            ProviderHttp http = http(provider);
            SamlSettings saml = provider.saml();
            if (saml != null) {
                SamlConnection.fetch(provider, saml, http, clock);
                return Optional.empty();
            }
            Metadata metadata = Metadata.fetch(provider, http);
            URI keys = metadata.keys();
            if (keys == null) {
                http.requireAllowed(metadata.token());
                return Optional.empty();
            }
            return JWKSet.parse(http.get(keys)).getKeys().isEmpty()
                    ? Optional.of(keys + " has no keys")
                    : Optional.empty();
        } catch (IOException | ParseException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        client.shutdownNow();
    }
}
