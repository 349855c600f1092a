package io.penstock.server.model;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a node asks when it registers. Immutable.
 *
 * @param machineKey proved by the connection's handshake, never taken from a message
 * @param nodeKey the key that it wants to be known by; not that of zeros
 * @param wanted the tags that it asks for
 * @param authKey the text of a pre-auth key, null without one
 * @param followUp the secret of the link that it was given before and waits for, null without one
 * @param expiry when the node key is to end, in the past for a logout; null for no wish
 * @param from where its connection comes from, null if that is not known
 */
public record RegistrationRequest(
        MachineKey machineKey,
        NodeKey nodeKey,
        Host host,
        Tags wanted,
        boolean ephemeral,
        @Nullable String authKey,
        @Nullable String followUp,
        @Nullable Instant expiry,
        @Nullable IpAddress from) {
    public RegistrationRequest {
        if (machineKey.isZero() || nodeKey.isZero()) {
            throw new IllegalArgumentException("a node registers with a machine key and a node key");
        }
    }

    /** Of somebody of whom it is not known where they are. */
    public RegistrationRequest(
            MachineKey machineKey,
            NodeKey nodeKey,
            Host host,
            Tags wanted,
            boolean ephemeral,
            @Nullable String authKey,
            @Nullable String followUp,
            @Nullable Instant expiry) {
        this(machineKey, nodeKey, host, wanted, ephemeral, authKey, followUp, expiry, null);
    }

    /** Never shows the secrets. */
    @Override
    public String toString() {
        return "RegistrationRequest[" + machineKey + ", " + nodeKey + "]";
    }
}
