package io.penstock.wireguard.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.PublicKey;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class TouchedPeersTest {
    private static final long SECOND = 1_000_000_000L;
    private final TouchedPeers touched = new TouchedPeers();
    private final Peer peer = new Peer(PublicKey.of(new byte[32]), 0);
    private final Peer other = new Peer(PublicKey.of(new byte[32]), 1);

    @Test
    void keepsAPeerOnceUntilItIsTaken() {
        peer.activity().requestHandshake();
        other.activity().onDataSent(0);

        assertTrue(touched.add(peer));
        assertFalse(touched.add(peer));
        assertTrue(touched.add(other));

        assertSame(other, touched.takeAll());
        assertSame(peer, touched.next(other));
        assertNull(touched.next(peer));
        assertNull(touched.takeAll());
        assertTrue(touched.add(peer));
    }

    @Test
    void wakesNobodyForWhatIsLookedAtInTime() {
        PeerActivity activity = peer.activity();
        assertFalse(touched.add(peer)); // no marks
        activity.onKeepaliveReceived(0);
        assertFalse(touched.add(peer)); // starts no timer

        activity.beginLook();
        activity.publishLook(9 * SECOND, false);
        activity.onDataReceived(0);
        assertFalse(touched.add(peer));
        activity.publishLook(15 * SECOND, false);
        assertTrue(touched.add(peer)); // the keepalive is due after ten
    }

    @Test
    void wakesOnceForAHandshakeThatIsUnderWay() {
        PeerActivity activity = peer.activity();
        activity.publishLook(5 * SECOND, true);
        activity.requestHandshake();
        assertFalse(touched.add(peer));

        activity.publishLook(PeerActivity.NONE, false);
        assertTrue(touched.add(peer));
    }

    /** The lane and the control agent race; in the end no request may lie there unseen. */
    @Test
    void losesNoMark() throws InterruptedException {
        int rounds = 200_000;
        AtomicBoolean done = new AtomicBoolean();
        Thread lane = Thread.ofPlatform().start(() -> {
            PeerActivity activity = peer.activity();
            for (int i = 0; i < rounds; i++) {
                activity.requestHandshake();
                touched.add(peer);
            }
            done.set(true);
        });
        long taken = 0;
        boolean last = false;
        while (!last) {
            last = done.get();
            for (Peer next = touched.takeAll(); next != null; ) {
                Peer following = touched.next(next);
                next.activity().beginLook();
                if (next.activity().takeHandshakeRequest()) {
                    taken++;
                }
                next.activity().publishLook(PeerActivity.NONE, false);
                next = following;
            }
        }
        lane.join();
        assertTrue(taken > 0);
        assertFalse(peer.activity().takeHandshakeRequest(), "a request without a touch");
        assertEquals(null, touched.takeAll());
    }
}
