package io.penstock.server.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A browser that was sent to a provider and has come back. Immutable.
 *
 * @param nonce that the provider's token has to name
 * @param verifier whose hash went to the provider, for the exchange of its code
 * @param device the link that it came for, null if for none
 * @param secondFactor whether the provider was asked for one
 */
public record ProviderLogin(
        long providerId,
        String nonce,
        String verifier,
        @Nullable Token device,
        boolean secondFactor,
        Instant created) {
    /** Shows no secret. */
    @Override
    public String toString() {
        return "ProviderLogin[" + providerId + "]";
    }
}
