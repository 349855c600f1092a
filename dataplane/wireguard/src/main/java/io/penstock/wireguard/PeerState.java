package io.penstock.wireguard;

import io.penstock.wireguard.noise.CookieGenerator;
import io.penstock.wireguard.noise.Handshake;
import io.penstock.wireguard.noise.Noise;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.peer.PeerTimers;

/** A peer and all that only the control agent knows of it. */
final class PeerState {
    final Peer peer;
    final Handshake handshake;
    CookieGenerator cookies; // of the peer's key
    final PeerTimers timers;

    /** Whether the handshake holds {@link #handshakeIndex} in the table; it passes on to the keypair. */
    boolean hasIndex;

    int handshakeIndex;

    long initiationSentNs;
    int persistentKeepaliveSeconds;

    PeerState(Peer peer, Noise noise, Entropy entropy) {
        this.peer = peer;
        handshake = new Handshake(noise, peer.publicKey());
        cookies = new CookieGenerator(noise, peer.publicKey());
        timers = new PeerTimers(peer.activity(), entropy);
    }
}
