package io.penstock.protocol.disco;

import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.stun.TransactionId;
import io.penstock.wireguard.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is inside a {@link DiscoPacket}. Bytes behind a message's end, and versions other than 0, are for newer nodes. */
public sealed interface DiscoMessage {
    /**
     * Is this path open?
     *
     * @param nodeKey the sender's, null from old ones
     * @param padding zero bytes behind it, to try how much fits through the path
     */
    record Ping(TransactionId id, @Nullable NodeKey nodeKey, int padding) implements DiscoMessage {}

    /**
     * It is: the answer to a ping, on its path.
     *
     * @param source where the ping came from
     */
    record Pong(TransactionId id, Endpoint source) implements DiscoMessage {}

    /** Through a relay: these are all of my addresses, try them now, I do the same. */
    record CallMeMaybe(List<Endpoint> endpoints) implements DiscoMessage {
        public CallMeMaybe {
            endpoints = List.copyOf(endpoints);
        }
    }

    /** To a peer relay: let me use this allocation. */
    record Bind(Binding binding) implements DiscoMessage {}

    /** From a peer relay: show that you are there. */
    record BindChallenge(Binding binding) implements DiscoMessage {}

    /** To a peer relay: its challenge again. */
    record BindAnswer(Binding binding) implements DiscoMessage {}

    /** Through a relay: try to reach me by this peer relay. */
    record CallMeMaybeVia(RelayEndpoint relay) implements DiscoMessage {}

    /** Through a relay, to a peer relay: make room for these two. */
    record AllocateRequest(DiscoKey one, DiscoKey other, int generation) implements DiscoMessage {}

    /** The answer to it. */
    record AllocateResponse(int generation, RelayEndpoint relay) implements DiscoMessage {}

    /**
     * What the three messages of a bind handshake have in common.
     *
     * @param vni number of the allocation
     * @param generation not zero, of this handshake
     * @param remote the other client of the allocation
     * @param challenge the relay's 32 bytes; the zero key before there is one
     */
    record Binding(int vni, int generation, DiscoKey remote, DiscoKey challenge) {}

    /**
     * An allocation at a peer relay.
     *
     * @param lamportId grows with each allocation of this relay
     * @param bindLifetimeNs how long a bind handshake may take
     * @param steadyLifetimeNs how long it stays without packets
     */
    record RelayEndpoint(
            DiscoKey relay,
            DiscoKey one,
            DiscoKey other,
            long lamportId,
            int vni,
            long bindLifetimeNs,
            long steadyLifetimeNs,
            List<Endpoint> addresses) {
        public RelayEndpoint {
            addresses = List.copyOf(addresses);
        }
    }

    /** Type, version and body. */
    default byte[] encode() {
        return DiscoCodec.encode(this);
    }

    /** Reads a message; null if it is too short for its type or of one that we do not know. */
    static @Nullable DiscoMessage decode(byte[] plaintext) {
        return DiscoCodec.decode(plaintext);
    }
}
