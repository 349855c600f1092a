package io.penstock.engine.lane;

import io.penstock.engine.io.ReceiveBatch;
import io.penstock.ffm.LibC;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.peer.TouchedPeers;

/**
 * What one lane tells the control agent, without a lock and without waiting: marks on peers, and handshake messages
 * through a ring. For one thread, whose calls it makes; handshake messages are offered by the lane's own only.
 */
final class ControlProxy {
    private final TouchedPeers touched;
    private final HandshakeRing handshakes;
    private final SleepState sleep;
    private final LibC libc;

    ControlProxy(TouchedPeers touched, HandshakeRing handshakes, SleepState sleep, LibC libc) {
        this.touched = touched;
        this.handshakes = handshakes;
        this.sleep = sleep;
        this.libc = libc;
    }

    /** The same for another thread. */
    ControlProxy forThread(LibC otherLibc) {
        return new ControlProxy(touched, handshakes, sleep, otherLibc);
    }

    /** Something for the agent is in a ring. */
    void wake() {
        sleep.wake(libc);
    }

    /** The peer's marks have changed; the agent is woken if it would look at them too late. */
    void touch(Peer peer) {
        if (touched.add(peer)) {
            sleep.wake(libc);
        }
    }

    /** A handshake is wanted: no usable keypair, or an ageing one. */
    void requestHandshake(Peer peer) {
        peer.activity().requestHandshake();
        touch(peer);
    }

    /** The first authentic packet came on {@code keypair}, the peer's next one. */
    void confirm(Peer peer, Keypair keypair) {
        peer.activity().confirm(keypair);
        touch(peer);
    }

    /** Offers a handshake message; false when the ring is full. */
    boolean offerHandshake(ReceiveBatch batch, int message, int offset, int length) {
        if (!handshakes.offer(batch, message, offset, length)) {
            return false;
        }
        sleep.wake(libc);
        return true;
    }
}
