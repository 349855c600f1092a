package io.penstock.server.model;

/** Who a node belongs to: a user, or, once it is tagged, nobody but its role in the policy. */
public sealed interface Owner {
    /** The node acts for this user; its key expires. */
    record OfUser(long userId) implements Owner {}

    /** A service; its key does not expire, and a user's departure does not touch it. */
    record OfTags(Tags tags) implements Owner {
        public OfTags {
            if (tags.isEmpty()) {
                throw new IllegalArgumentException("a tagged node has a tag");
            }
        }
    }
}
