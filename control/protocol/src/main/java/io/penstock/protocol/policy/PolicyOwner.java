package io.penstock.protocol.policy;

import java.util.Set;

/** Whose a node is: a user's, or nobody's and known by its tags. */
public sealed interface PolicyOwner {
    record OfUser(PolicyUser user) implements PolicyOwner {}

    /**
     * Of a tagged node.
     *
     * @param tags with {@code tag:} in front, at least one
     */
    record OfTags(Set<String> tags) implements PolicyOwner {
        public OfTags {
            tags = Set.copyOf(tags);
        }
    }
}
