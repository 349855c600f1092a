package io.penstock.server.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A signed-in browser. Immutable.
 *
 * @param providerId by whom it began, null for a password of this coordinator, which is good for nothing without a second factor
 * @param secondFactor when a second factor was proven to begin it, null if that was not
 */
public record Session(
        long id,
        long userId,
        String prefix,
        Instant created,
        Instant expires,
        @Nullable Instant revoked,
        @Nullable Long providerId,
        @Nullable Instant secondFactor) {
    public boolean isGood(Instant now) {
        return revoked == null && now.isBefore(expires);
    }

    /** Whether more than a password was proven. */
    public boolean hasSecondFactor() {
        return secondFactor != null;
    }
}
