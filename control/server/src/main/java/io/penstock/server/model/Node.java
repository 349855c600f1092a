package io.penstock.server.model;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A member of a domain. Immutable; the store has the truth.
 *
 * @param id never used again after the node is gone
 * @param name unique in the domain, a valid DNS label
 * @param preAuthKeyId the key by which it joined, null after an interactive login
 * @param expires when its node key is no longer good, null for never
 * @param lastSeen the end of its last connection, or its beginning if that goes on
 */
public record Node(
        long id,
        long domainId,
        Owner owner,
        @Nullable Long preAuthKeyId,
        MachineKey machineKey,
        NodeKey nodeKey,
        String name,
        Host host,
        Contact contact,
        IpAddress v4,
        IpAddress v6,
        Routes routes,
        boolean ephemeral,
        Instant created,
        @Nullable Instant expires,
        Instant lastSeen) {

    public boolean isExpired(Instant now) {
        return expires != null && !now.isBefore(expires);
    }

    /** None for a user's node. */
    public Tags tags() {
        return switch (owner) {
            case Owner.OfUser user -> Tags.NONE;
            case Owner.OfTags tagged -> tagged.tags();
        };
    }

    public boolean isOwnedBy(long userId) {
        return owner instanceof Owner.OfUser user && user.userId() == userId;
    }
}
