package io.penstock.wireguard;

import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import org.jspecify.annotations.Nullable;

/** What the control agent must do next for its {@link Device}; to be done in the order of {@link Device#poll}. */
public sealed interface Action {
    /**
     * Send a message of types 1 to 3 over UDP; a failure changes nothing.
     *
     * @param datagram the whole message; nobody else holds it
     * @param trafficClass of the IP header
     * @param peer whom it is for; null for a cookie reply, which goes to whoever sent the refused message
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by identity, which is all anyone asks of an action
    record SendHandshake(
            byte[] datagram,
            Endpoint to,
            int trafficClass,
            @Nullable Peer peer) implements Action {}

    /** We initiated, and the current keypair is new: the lane sends staged packets on it, or else a keepalive. */
    record Confirm(Peer peer) implements Action {}

    /** The lane sends staged packets, or else a keepalive. */
    record SendKeepalive(Peer peer) implements Action {}

    /** The lane sends staged packets, if there are any. */
    record SendStaged(Peer peer) implements Action {}

    /** The lane drops the packets staged for the peer. */
    record DropStaged(Peer peer) implements Action {}

    /** The lanes let go of the keypair; after the last one has, the engine calls {@link Keypair#wipe}. */
    record Retire(Keypair keypair) implements Action {}

    /** The lanes drop what they keep for the peer; after the last one has, the engine calls {@link Device#releaseSlot}. */
    record RemovePeer(Peer peer) implements Action {}

    /**
     * Store this time (since the Unix epoch) durably before the next message is sent; after a restart it is handed to
     * {@link Device#restoreTimestamp}.
     */
    record PersistTimestamp(long seconds, int nanos) implements Action {}

    /**
     * For logs and metrics.
     *
     * @param roundTripNs from our last handshake message to the answer
     */
    record HandshakeCompleted(Peer peer, long roundTripNs) implements Action {}
}
