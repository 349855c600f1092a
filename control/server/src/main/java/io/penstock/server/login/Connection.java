package io.penstock.server.login;

import io.penstock.server.model.IdentityProvider;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one provider: its description, asked for when it is first needed and again each hour, and its keys. A provider
 * that does not answer is asked again after a while; what it said before is good until then. Thread-safe; waits for the provider.
 */
final class Connection {
    private static final long LIFETIME_NS = Duration.ofHours(1).toNanos();
    private static final long RETRY_NS = Duration.ofSeconds(5).toNanos();

    private final IdentityProvider provider;
    private final ProviderHttp http;

    // Guarded by this.
    private @Nullable Open open;
    private @Nullable IOException failure;
    private long dueNs;

    Connection(IdentityProvider provider, ProviderHttp http) {
        this.provider = provider;
        this.http = http;
    }

    /**
     * A provider that has described itself, or was described.
     *
     * @param judge of its tokens; null if it vouches by none
     */
    record Open(
            IdentityProvider provider,
            Metadata metadata,
            @Nullable Tokens judge,
            ProviderHttp http) {
        /** @throws RefusedException if it vouches by no token */
        Tokens tokens() throws RefusedException {
            if (judge == null) {
                throw new RefusedException("a provider without OpenID Connect has no tokens that say who somebody is");
            }
            return judge;
        }
    }

    /** @throws IOException if it has not answered yet, or not for this issuer */
    synchronized Open open() throws IOException {
        boolean isAsked = open != null || failure != null;
        if (!isAsked || System.nanoTime() - dueNs >= 0) {
            ask();
        }
        if (open == null) {
            throw new IOException(failure == null ? "not asked yet" : failure.getMessage(), failure);
        }
        return open;
    }

    private @Nullable Tokens judge(@Nullable URI keys) throws IOException {
        if (keys == null) {
            return null;
        }
        return open != null && open.judge != null && keys.equals(open.metadata.keys())
                ? open.judge
                : new Tokens(provider, keys, http);
    }

    private void ask() {
        try {
            Metadata metadata = Metadata.fetch(provider, http);
            open = new Open(provider, metadata, judge(metadata.keys()), http);
            failure = null;
            dueNs = System.nanoTime() + LIFETIME_NS;
        } catch (IOException e) {
            failure = e;
            dueNs = System.nanoTime() + RETRY_NS;
        }
    }
}
