package io.penstock.server.login;

import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.SamlSettings;
import io.penstock.server.saml.IdpMetadata;
import io.penstock.server.saml.SamlException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one provider of SAML: its description, asked for when it is first needed, again each hour, and at once for a key that is
 * not known; or as the operator gave it. A provider that does not answer is asked again after a while; what it said before is good
 * until then. Thread-safe; waits for the provider.
 */
final class SamlConnection {
    private static final String TYPES = "application/samlmetadata+xml, application/xml, text/xml";
    private static final Duration LIFETIME = Duration.ofHours(1);
    private static final Duration RETRY = Duration.ofSeconds(5);

    /** So often at most for keys that are not known, whoever signs by what. */
    static final Duration MIN_INTERVAL = Duration.ofMinutes(1);

    private final IdentityProvider provider;
    private final SamlSettings settings;
    private final ProviderHttp http;
    private final InstantSource clock;

    // Guarded by this.
    private @Nullable IdpMetadata known;
    private @Nullable IOException failure;
    private @Nullable Instant asked;

    SamlConnection(IdentityProvider provider, SamlSettings settings, ProviderHttp http, InstantSource clock) {
        this.provider = provider;
        this.settings = settings;
        this.http = http;
        this.clock = clock;
    }

    /** @throws IOException if it has not answered yet, or not for this issuer */
    synchronized IdpMetadata open() throws IOException {
        if (isOlderThan(failure == null ? LIFETIME : RETRY)) {
            ask();
        }
        return current();
    }

    /**
     * Asks for keys that may be new.
     *
     * @throws IOException as {@link #open}
     */
    synchronized IdpMetadata openAnew() throws IOException {
        if (isOlderThan(MIN_INTERVAL)) {
            ask();
        }
        return current();
    }

    /** Also after a clock was set back, so that it is not asked for the first time in long. */
    private boolean isOlderThan(Duration age) {
        Instant now = clock.instant();
        return asked == null || !now.isBefore(asked.plus(age)) || now.isBefore(asked);
    }

    private IdpMetadata current() throws IOException {
        if (known == null) {
            throw new IOException(failure == null ? "not asked yet" : failure.getMessage(), failure);
        }
        return known;
    }

    private void ask() {
        asked = clock.instant();
        try {
            known = fetch(provider, settings, http, clock);
            failure = null;
        } catch (IOException e) {
            failure = e;
        }
    }

    /**
     * Asks the provider.
     *
     * @throws IOException if it does not answer, or not for this issuer
     */
    static IdpMetadata fetch(IdentityProvider provider, SamlSettings settings, ProviderHttp http, InstantSource clock)
            throws IOException {
        if (settings.metadataUrl().isEmpty()) {
            return new IdpMetadata(provider.issuer(), settings.signOnUrl(), settings.certificates());
        }
        URI document = URI.create(settings.metadataUrl());
        byte[] text = http.get(document, TYPES).getBytes(StandardCharsets.UTF_8);
        try {
            IdpMetadata said = IdpMetadata.parse(text, provider.issuer(), clock.instant());
            requireEndpoint(provider, said.signOnUrl());
            return said;
        } catch (SamlException e) {
            throw new IOException(settings.metadataUrl() + " is no description of this provider: " + e.getMessage(), e);
        }
    }

    /** Browsers are sent there, not we. */
    private static void requireEndpoint(IdentityProvider provider, String url) throws IOException {
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException e) {
            throw new IOException("the provider's SingleSignOnService is no address: " + url, e);
        }
        boolean isTls = "https".equalsIgnoreCase(uri.getScheme());
        boolean isPlain = "http".equalsIgnoreCase(uri.getScheme());
        if (uri.getHost() == null || uri.getFragment() != null || !(isTls || (isPlain && provider.localAddresses()))) {
            throw new IOException("the provider's SingleSignOnService is not https: " + url);
        }
    }
}
