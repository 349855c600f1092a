package io.penstock.server.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Makes whoever opens it a local administrator, once. Immutable.
 *
 * @param role what they become in the domain
 * @param operator whether they may also run the coordinator
 */
public record OneTimeLink(
        long id,
        long domainId,
        String prefix,
        Role role,
        boolean operator,
        Instant created,
        Instant expires,
        @Nullable Instant used) {
    public boolean isGood(Instant now) {
        return used == null && now.isBefore(expires);
    }
}
