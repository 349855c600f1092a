package io.penstock.engine.lane;

import io.penstock.engine.wire.Wire;
import io.penstock.wireguard.DropReason;
import org.agrona.DirectBuffer;

/**
 * What the packet path of a tunnel and whoever finds the paths to its peers hand each other; there are none where nobody does.
 * Every ring is bounded, and says who may use which end.
 */
public final class WireRings {
    private final DatagramRing datagrams = new DatagramRing();
    private final PacketRing packets = new PacketRing();
    private final RelayRing toRelays = new RelayRing();
    private final RelayRing fromRelays = new RelayRing();
    private final DropCounters drops = new DropCounters();
    private final Runnable onRelayed;

    /** @param onRelayed told, by any thread of the packet path, that something waits for relays where nothing did before */
    public WireRings(Runnable onRelayed) {
        this.onRelayed = onRelayed;
    }

    /** Datagrams that are no WireGuard message, from the receiving lane to the control agent. */
    public DatagramRing datagrams() {
        return datagrams;
    }

    /** Opened packets for the node itself, from the receiving ring to the control agent. */
    public PacketRing packets() {
        return packets;
    }

    /** Messages that relays have brought; the receiving lane takes them. */
    RelayRing fromRelays() {
        return fromRelays;
    }

    /** What was dropped here. */
    public DropCounters drops() {
        return drops;
    }

    /** Has a message go through the relay of that number, if there is room. Any thread. */
    public void sendByRelay(long relayId, byte[] message) {
        if (!toRelays.offer(relayId, message, 0, message.length)) {
            drops.add(DropReason.RELAY_QUEUE_FULL, 1);
        }
        announce();
    }

    /** Has messages of {@code segmentLength}, the last one of what is left, go likewise; {@link #announce} has to follow. Any thread. */
    void sendByRelay(long relayId, DirectBuffer slab, int offset, int length, int segmentLength) {
        int lost = 0;
        for (int at = 0; at < length; at += segmentLength) {
            if (!toRelays.offer(relayId, slab, offset + at, Math.min(segmentLength, length - at))) {
                lost++;
            }
        }
        drops.add(DropReason.RELAY_QUEUE_FULL, lost);
    }

    /** Wakes whoever takes messages to the relays, unless it is awake. */
    void announce() {
        if (toRelays.announce()) {
            onRelayed.run();
        }
    }

    /** Hands over messages for relays, fewer than {@code limit} only if there are no more. One thread. */
    public int drainToRelays(Wire.RelayedHandler handler, int limit) {
        return toRelays.drain(handler, limit);
    }

    /** What became of a message that a relay brought. */
    public enum Reception {
        /** The receiving lane knows of it, or will. */
        TAKEN,
        /** As before, and the caller has to wake that lane. */
        TAKEN_FIRST,
        /** Counted and gone. */
        DROPPED
    }

    /** Puts a message in that a relay brought. Any thread. */
    public Reception receiveFromRelay(long relayId, byte[] message, int offset, int length) {
        if (length > RelayRing.MAX_MESSAGE) {
            drops.add(DropReason.WRONG_LENGTH, 1);
            return Reception.DROPPED;
        }
        if (!fromRelays.offer(relayId, message, offset, length)) {
            drops.add(DropReason.RELAYED_QUEUE_FULL, 1);
            return Reception.DROPPED;
        }
        return fromRelays.announce() ? Reception.TAKEN_FIRST : Reception.TAKEN;
    }
}
