package io.penstock.relay.core;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What a relay did and why it did not. Thread-safe; each value only grows, but for the gauges. */
public final class RelayCounters {
    private final LongAdder[] closed = adders(CloseReason.values().length);
    private final LongAdder[] dropped = adders(DropReason.values().length);
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger clients = new AtomicInteger();
    private final AtomicInteger homes = new AtomicInteger();
    private final AtomicInteger meshLinks = new AtomicInteger();
    private final LongAdder accepted = new LongAdder();
    private final LongAdder admitted = new LongAdder();
    private final LongAdder packetsReceived = new LongAdder();
    private final LongAdder bytesReceived = new LongAdder();
    private final LongAdder packetsSent = new LongAdder();
    private final LongAdder bytesSent = new LongAdder();
    private final LongAdder packetsForwarded = new LongAdder();
    private final LongAdder skippedFrames = new LongAdder();
    private final LongAdder throttled = new LongAdder();

    private static LongAdder[] adders(int length) {
        LongAdder[] adders = new LongAdder[length];
        for (int i = 0; i < length; i++) {
            adders[i] = new LongAdder();
        }
        return adders;
    }

    /**
     * All values at about one moment.
     *
     * @param connections open ones, in whatever state
     * @param clients that were let in and are here
     * @param homes clients whose home this relay is
     * @param meshLinks connections to other relays of the region that stand
     * @param accepted connections so far
     * @param admitted clients so far
     * @param packetsReceived from clients and other relays
     * @param bytesReceived of the frames of these packets
     * @param packetsSent to clients and other relays
     * @param bytesSent of the frames of these packets
     * @param packetsForwarded of the packets sent, those to other relays
     * @param skippedFrames of unknown types
     * @param throttled how often a client was not read from because of its rate limit
     */
    public record Snapshot(
            int connections,
            int clients,
            int homes,
            int meshLinks,
            long accepted,
            long admitted,
            long packetsReceived,
            long bytesReceived,
            long packetsSent,
            long bytesSent,
            long packetsForwarded,
            long skippedFrames,
            long throttled,
            Map<CloseReason, Long> closed,
            Map<DropReason, Long> dropped) {
        public Snapshot {
            closed = Map.copyOf(closed);
            dropped = Map.copyOf(dropped);
        }
    }

    public Snapshot snapshot() {
        Map<CloseReason, Long> closedNow = new EnumMap<>(CloseReason.class);
        for (CloseReason reason : CloseReason.values()) {
            closedNow.put(reason, closed(reason));
        }
        Map<DropReason, Long> droppedNow = new EnumMap<>(DropReason.class);
        for (DropReason reason : DropReason.values()) {
            droppedNow.put(reason, dropped(reason));
        }
        return new Snapshot(
                connections.get(),
                clients.get(),
                homes.get(),
                meshLinks.get(),
                accepted.sum(),
                admitted.sum(),
                packetsReceived.sum(),
                bytesReceived.sum(),
                packetsSent.sum(),
                bytesSent.sum(),
                packetsForwarded.sum(),
                skippedFrames.sum(),
                throttled.sum(),
                closedNow,
                droppedNow);
    }

    public long closed(CloseReason reason) {
        return closed[reason.ordinal()].sum();
    }

    public long dropped(DropReason reason) {
        return dropped[reason.ordinal()].sum();
    }

    /** A connection opens; returns how many there are with it. */
    public int onOpened() {
        accepted.increment();
        return connections.incrementAndGet();
    }

    public void onClosed(CloseReason reason) {
        connections.decrementAndGet();
        closed[reason.ordinal()].increment();
    }

    /** Connections that are open, in whatever state. */
    public int connections() {
        return connections.get();
    }

    public void onDropped(DropReason reason, int count) {
        dropped[reason.ordinal()].add(count);
    }

    public void onReceived(int packets, long bytes) {
        packetsReceived.add(packets);
        bytesReceived.add(bytes);
    }

    public void onSent(int packets, long bytes) {
        packetsSent.add(packets);
        bytesSent.add(bytes);
    }

    public void onForwarded(int packets) {
        packetsForwarded.add(packets);
    }

    public void onSkipped() {
        skippedFrames.increment();
    }

    public void onThrottled() {
        throttled.increment();
    }

    public void onMeshLink(int change) {
        meshLinks.addAndGet(change);
    }

    void onArrived() {
        admitted.increment();
        clients.incrementAndGet();
    }

    void onDeparted() {
        clients.decrementAndGet();
    }

    void onHome(int change) {
        homes.addAndGet(change);
    }
}
