package io.penstock.server.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * By what a provider is asked whether it still vouches for a user. Immutable.
 *
 * @param refreshToken empty once it was refused
 * @param failures how often in a row the provider did not answer, or not as it has to
 * @param refused since when the provider vouches no longer, null while it does
 */
public record ProviderGrant(
        long userId,
        long providerId,
        String refreshToken,
        long failures,
        @Nullable Instant refused) {
    /** Shows no secret. */
    @Override
    public String toString() {
        return "ProviderGrant[" + userId + "]";
    }
}
