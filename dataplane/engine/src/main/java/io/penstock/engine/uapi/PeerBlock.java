package io.penstock.engine.uapi;

import io.penstock.wireguard.peer.Peer;
import org.jspecify.annotations.Nullable;

/** Where a set request stands among its peers, kept between its batches. Made by the session, used by the control agent. */
public final class PeerBlock {
    private @Nullable Peer peer;
    private boolean created;

    /** @param created whether this request made the peer */
    void select(Peer peer, boolean created) {
        this.peer = peer;
        this.created = created;
    }

    /** What follows for this peer is read and has no effect. */
    void ignore() {
        peer = null;
        created = false;
    }

    /** The peer that lines speak of; null when they are to be ignored, also since another request has removed it. */
    @Nullable Peer peer() {
        return peer != null && peer.isRemoved() ? null : peer;
    }

    boolean isCreated() {
        return created;
    }
}
