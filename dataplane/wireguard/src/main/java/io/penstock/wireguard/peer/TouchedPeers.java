package io.penstock.wireguard.peer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Peers whose marks the control agent should look at: a lock-free stack linked through the peers, so that nothing is
 * allocated. Any number of lanes add, the control agent alone takes.
 */
public final class TouchedPeers {
    private static final VarHandle TOP;

    static {
        try {
            TOP = MethodHandles.lookup().findVarHandle(TouchedPeers.class, "top", Peer.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // through TOP
    private @Nullable Peer top;

    /**
     * Called by a lane after it has left marks, once for a batch is enough. Costs a fence while the control agent will
     * look at the peer soon enough by itself, which is nearly always.
     *
     * @return true when the control agent has to be woken
     */
    public boolean add(Peer peer) {
        // The marks must be visible before the question whether somebody will look: the control agent stores the time
        // of its next look, fences, and then reads the marks.
        VarHandle.fullFence();
        if (!peer.activity().wantsAttention() || peer.touch()) {
            return false;
        }
        Peer below = (Peer) TOP.getOpaque(this);
        while (true) {
            peer.touchedNext = below;
            Peer seen = (Peer) TOP.compareAndExchangeRelease(this, below, peer);
            if (seen == below) {
                return true;
            }
            below = seen;
        }
    }

    /**
     * Takes all touched peers: the first of a chain to be walked by {@link #next}. Control agent only.
     */
    public @Nullable Peer takeAll() {
        return (Peer) TOP.getAndSetAcquire(this, null);
    }

    /** The peer after this one in a taken chain; lets go of this one, whose marks are to be read after this call. */
    public @Nullable Peer next(Peer peer) {
        Peer following = peer.touchedNext;
        peer.touchedNext = null;
        peer.untouch();
        return following;
    }
}
