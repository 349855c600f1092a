package io.penstock.node.coordination.core;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import org.jspecify.annotations.Nullable;

/**
 * Who a node is to its coordinator, at its start.
 *
 * @param nodeKey its WireGuard key, registered before or not
 * @param knownCoordinator the coordinator's key of before, which must not have changed; null: whatever it shows is believed
 * @param authKey a pre-auth key, empty for a node that is registered already or whose user logs in
 * @param ephemeral to be forgotten soon after it leaves
 * @param version capability version
 * @param nextKey was to follow the node's before a restart; the coordinator may have it for the node's already. Null for none
 */
public record NodeSettings(
        NodeKey nodeKey,
        @Nullable MachineKey knownCoordinator,
        String authKey,
        boolean ephemeral,
        int version,
        @Nullable NodeKey nextKey) {
    public NodeSettings(
            NodeKey nodeKey, @Nullable MachineKey knownCoordinator, String authKey, boolean ephemeral, int version) {
        this(nodeKey, knownCoordinator, authKey, ephemeral, version, null);
    }

    public NodeSettings {
        if (nodeKey.isZero()) {
            throw new IllegalArgumentException("a node without a key");
        }
    }

    /** The same with a key that was to follow the node's; null for none. */
    public NodeSettings followedBy(@Nullable NodeKey next) {
        return new NodeSettings(nodeKey, knownCoordinator, authKey, ephemeral, version, next);
    }

    /** Shows no secret. */
    @Override
    public String toString() {
        return "NodeSettings[" + nodeKey + "]";
    }
}
