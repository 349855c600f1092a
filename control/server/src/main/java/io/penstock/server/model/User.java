package io.penstock.server.model;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Somebody in a domain. Immutable.
 *
 * @param loginName for display and the policy; may change, is no identity
 * @param operator whether they may also run the coordinator itself: make domains, back it up
 * @param groups those that their identity provider last said, as policies name them: with {@code group:} in front
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
        Set<String> groups,
        @Nullable Instant disabled,
        Instant created) {
    public User {
        groups = Set.copyOf(groups);
    }

    public boolean isActive() {
        return disabled == null;
    }
}
