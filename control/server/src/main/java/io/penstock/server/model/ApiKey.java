package io.penstock.server.model;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A key for programs that call the API for a user: they may do what both the user's role and the scopes allow. Immutable.
 *
 * @param scopes such as {@code nodes:read}
 */
public record ApiKey(
        long id,
        long domainId,
        long userId,
        String prefix,
        String description,
        Set<String> scopes,
        Instant created,
        Instant expires,
        @Nullable Instant revoked) {
    public ApiKey {
        scopes = Set.copyOf(scopes);
    }

    public boolean isGood(Instant now) {
        return revoked == null && now.isBefore(expires);
    }
}
