package io.penstock.engine;

import io.penstock.engine.wire.WireListener;
import io.penstock.wireguard.peer.Peer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells a {@link WireListener} which peers had traffic, each once a second at most. It compares the lanes' counters, so packets cost
 * nothing more. Owned by the control agent.
 *
 * <p>A look follows whenever the device has looked at a peer, as it does at once when traffic begins after a while. From a look that
 * has found something on there is one each second, until they have found nothing for longer than a lane may count on the device to
 * look by itself. Without traffic nothing wakes.
 */
final class TrafficWatch {
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    /** More than twice the time for which a lane leaves a mark to the device's next look. */
    private static final long LINGER_NS = TimeUnit.SECONDS.toNanos(21);

    private final WireListener listener;
    private long visitsSeen;
    private boolean isWanted;
    private boolean hasLooked;
    private long nextLookNs; // once it has looked
    private boolean lingers;
    private long lingerUntilNs; // if so

    // By the peer's slot, which may be another's later.
    private @Nullable Peer[] known = new @Nullable Peer[0];
    private int[] sends = new int[0];
    private int[] receipts = new int[0];

    TrafficWatch(WireListener listener) {
        this.listener = listener;
    }

    /** Nanoseconds until {@link #doWork} has something to do by itself; {@code Long.MAX_VALUE} for never. */
    long dueInNs(long nowNs) {
        return isWanted ? Math.max(0, nextLookNs - nowNs) : Long.MAX_VALUE;
    }

    /**
     * Looks at all peers if it is time.
     *
     * @param visits how many times the device has looked at a peer
     */
    void doWork(Iterable<Peer> peers, long visits, long nowNs) {
        if (visits != visitsSeen) {
            visitsSeen = visits;
            isWanted = true;
        }
        if (!isWanted || (hasLooked && nowNs - nextLookNs < 0)) {
            return;
        }
        boolean found = false;
        for (Peer peer : peers) {
            found |= look(peer);
        }
        hasLooked = true;
        nextLookNs = nowNs + INTERVAL_NS;
        if (found) {
            lingers = true;
            lingerUntilNs = nowNs + LINGER_NS;
        }
        lingers = lingers && nowNs - lingerUntilNs < 0;
        isWanted = lingers;
    }

    private boolean look(Peer peer) {
        int slot = slotOf(peer);
        int sent = peer.activity().dataSends();
        int received = peer.activity().dataReceipts();
        boolean wasStaged = peer.activity().takeStaged();
        boolean hasMoreSends = sent - sends[slot] > 0; // not just another number: a keepalive may be half counted
        boolean hasMoreReceipts = received - receipts[slot] > 0;
        if (hasMoreSends) {
            sends[slot] = sent;
        }
        if (hasMoreReceipts) {
            receipts[slot] = received;
        }
        if (!wasStaged && !hasMoreSends && !hasMoreReceipts) {
            return false;
        }
        listener.onTraffic(peer.publicKey(), wasStaged || hasMoreSends, hasMoreReceipts);
        return true;
    }

    private int slotOf(Peer peer) {
        int slot = peer.slot();
        if (slot >= known.length) {
            int length = Math.max(16, Integer.highestOneBit(slot) << 1);
            known = Arrays.copyOf(known, length);
            sends = Arrays.copyOf(sends, length);
            receipts = Arrays.copyOf(receipts, length);
        }
        if (known[slot] != peer) {
            known[slot] = peer;
            sends[slot] = 0;
            receipts[slot] = 0;
        }
        return slot;
    }
}
