package io.penstock.server.model;

/** Who a node belongs to: a user, or, once it is tagged, nobody but its role in the policy. */
public sealed interface Owner {
    /** Who owns every tagged node, in the protocol's terms, where a node has a user. No user of ours has this number. */
    long TAGGED_USER_ID = 2_147_455_555L;

    /** What that user is called. */
    String TAGGED_USER_NAME = "tagged-devices";

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
