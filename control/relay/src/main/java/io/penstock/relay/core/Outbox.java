package io.penstock.relay.core;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.key.NodeKey;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one receiver: the relay's own words first, then discovery, then other packets, each in order. When a queue is
 * full its oldest packets give way, so that a slow receiver gets what is new and holds nobody up. Thread-safe; the lock is held
 * for a few memory accesses. One loop takes out, and learns by {@link #offer}'s result that it has to.
 */
public final class Outbox {
    private final QueueLimits limits;
    private final RelayCounters counters;

    // All below are guarded by this.
    private final ArrayDeque<Frame> notices = new ArrayDeque<>(2);
    private final LinkedHashMap<NodeKey, Frame> changes = new LinkedHashMap<>(4);
    private final ArrayDeque<Parcel> disco = new ArrayDeque<>(2);
    private final ArrayDeque<Parcel> packets = new ArrayDeque<>(4);
    private int packetCount;
    private int packetBytes;
    private int discoCount;
    private boolean isWoken;
    private boolean isClosed;

    Outbox(QueueLimits limits, RelayCounters counters) {
        this.limits = limits;
        this.counters = counters;
    }

    /**
     * Takes a parcel over, whatever becomes of it.
     *
     * @return whether the receiver's loop has to be woken, by {@link Link#wake}
     */
    public synchronized boolean offer(Parcel parcel) {
        if (isClosed) {
            drop(parcel, DropReason.RECEIVER_GONE);
            return false;
        }
        if (parcel.isDisco()) {
            while (discoCount + parcel.packets() > limits.discoPackets() && !disco.isEmpty()) {
                drop(pollDisco(), DropReason.QUEUE_FULL);
            }
            disco.add(parcel);
            discoCount += parcel.packets();
        } else {
            while (isTooMuch(parcel) && !packets.isEmpty()) {
                drop(pollPackets(), DropReason.QUEUE_FULL);
            }
            packets.add(parcel);
            packetCount += parcel.packets();
            packetBytes += parcel.bytes();
        }
        return wake();
    }

    private boolean isTooMuch(Parcel parcel) {
        return packetCount + parcel.packets() > limits.packets() || packetBytes + parcel.bytes() > limits.bytes();
    }

    private Parcel pollDisco() {
        Parcel oldest = disco.remove();
        discoCount -= oldest.packets();
        return oldest;
    }

    private Parcel pollPackets() {
        Parcel oldest = packets.remove();
        packetCount -= oldest.packets();
        packetBytes -= oldest.bytes();
        return oldest;
    }

    private void drop(Parcel parcel, DropReason reason) {
        counters.onDropped(reason, parcel.packets());
        parcel.release();
    }

    private boolean wake() {
        boolean mustWake = !isWoken;
        isWoken = true;
        return mustWake;
    }

    /** The same for a word of the relay's own, which is dropped if too many wait. */
    public synchronized boolean offer(Frame notice) {
        if (isClosed || notices.size() >= limits.notices()) {
            counters.onDropped(isClosed ? DropReason.RECEIVER_GONE : DropReason.NOTICE_QUEUE_FULL, 1);
            return false;
        }
        notices.add(notice);
        return wake();
    }

    /** The same for news of a key, in place of older news of it that still wait. */
    boolean offerChange(NodeKey key, Frame news) {
        return offerChange(key, news, limits.changes());
    }

    synchronized boolean offerChange(NodeKey key, Frame news, int maxChanges) {
        changes.remove(key);
        if (isClosed || changes.size() >= maxChanges) {
            counters.onDropped(isClosed ? DropReason.RECEIVER_GONE : DropReason.NOTICE_QUEUE_FULL, 1);
            return false;
        }
        changes.put(key, news);
        return wake();
    }

    /** The next to write, whose owner the caller becomes; null if there is none, and then the loop sleeps until it is woken. */
    public synchronized @Nullable Outgoing poll() {
        Frame notice = notices.poll();
        if (notice != null) {
            return new Outgoing.Control(notice);
        }
        if (!changes.isEmpty()) {
            Iterator<Frame> first = changes.values().iterator();
            Frame change = first.next();
            first.remove();
            return new Outgoing.Control(change);
        }
        if (!disco.isEmpty()) {
            return pollDisco();
        }
        if (!packets.isEmpty()) {
            return pollPackets();
        }
        isWoken = false;
        return null;
    }

    /** Drops what waits and what comes. */
    synchronized void close() {
        isClosed = true;
        notices.clear();
        changes.clear();
        while (!disco.isEmpty()) {
            drop(pollDisco(), DropReason.RECEIVER_GONE);
        }
        while (!packets.isEmpty()) {
            drop(pollPackets(), DropReason.RECEIVER_GONE);
        }
    }

    /** Bytes of packets that wait, discovery left aside. */
    synchronized int waitingBytes() {
        return packetBytes;
    }
}
