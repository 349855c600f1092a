package io.penstock.server.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Somebody in a domain. Immutable.
 *
 * @param loginName for display and the policy; may change, is no identity
 * @param operator whether they may also run the coordinator itself: make domains, back it up
 * @param disabled since when they may do nothing, null while they may
 */
public record User(
        long id,
        long domainId,
        Identity identity,
        String loginName,
        String displayName,
        Role role,
        boolean operator,
        @Nullable Instant disabled,
        Instant created) {
    public boolean isActive() {
        return disabled == null;
    }
}
