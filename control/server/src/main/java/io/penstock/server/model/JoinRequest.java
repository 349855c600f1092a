package io.penstock.server.model;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A device that waits for somebody to open its link and confirm. Belongs to no domain until then. Immutable.
 *
 * @param wanted the tags that it asks for
 * @param from where it asked from, as the coordinator saw it: a proxy's or a NAT's address perhaps; null if not known
 * @param decided when it was confirmed or denied, null before
 * @param nodeId the node it became; null before, and when it was denied
 */
public record JoinRequest(
        long id,
        MachineKey machineKey,
        NodeKey nodeKey,
        Host host,
        Tags wanted,
        boolean ephemeral,
        @Nullable IpAddress from,
        Instant created,
        Instant expires,
        @Nullable Instant decided,
        @Nullable Long nodeId) {
    public boolean isOpen(Instant now) {
        return decided == null && now.isBefore(expires);
    }
}
