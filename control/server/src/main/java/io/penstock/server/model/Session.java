package io.penstock.server.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A signed-in browser. Immutable. */
public record Session(
        long id,
        long userId,
        String prefix,
        Instant created,
        Instant expires,
        @Nullable Instant revoked) {
    public boolean isGood(Instant now) {
        return revoked == null && now.isBefore(expires);
    }
}
