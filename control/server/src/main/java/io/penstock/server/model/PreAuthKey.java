package io.penstock.server.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A key that admits nodes without anybody logging in. The secret itself is not here: it was shown once. Immutable.
 *
 * @param userId whose nodes they become; null if the key is tagged
 * @param tags what its nodes are tagged with
 * @param used when a key for one use was consumed, or a reusable one first; null before
 */
public record PreAuthKey(
        long id,
        long domainId,
        @Nullable Long userId,
        String prefix,
        boolean reusable,
        boolean ephemeral,
        Tags tags,
        Instant created,
        Instant expires,
        @Nullable Instant revoked,
        @Nullable Instant used,
        long uses) {
    /** Who a node that joins by it belongs to. */
    public Owner owner() {
        if (!tags.isEmpty()) {
            return new Owner.OfTags(tags);
        }
        if (userId == null) {
            throw new IllegalStateException("a key of nobody without tags");
        }
        return new Owner.OfUser(userId);
    }
}
