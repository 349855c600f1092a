package io.penstock.sim.path;

import io.penstock.sim.Timeline;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Traffic between two nodes: numbered packets at a steady rate, one way or both. Knows the longest silence of each way, which is
 * what people notice of a path that dies.
 */
final class Flow {
    /** As WireGuard's data messages begin. */
    private static final int DATA = 4;

    private static final int LENGTH = 24;
    private static final int MAX_DATAGRAM = 1312;

    /** One way of it. */
    static final class Way {
        final PathNode from;
        final PathNode to;
        long sent;
        long arrived;
        long lastArrivalNs;
        long longestNs;
        long lastLongNs; // when a long one arrived
        boolean wasLastRelayed;

        /** Since when its relay is fit to carry it; negative while it is not. */
        long relayFineSinceNs = -1;

        Way(PathNode from, PathNode to) {
            this.from = from;
            this.to = to;
        }
    }

    final int id;
    final Way there;
    final Way back;
    private final PathWorld world;
    private final boolean isBothWays;
    private final long intervalNs;
    private boolean isOn;
    private int run; // number of the present one, so that an old one's next packet is not sent

    Flow(PathWorld world, PathNode a, PathNode b, boolean isBothWays, long intervalNs) {
        this.world = world;
        id = world.flows.size();
        there = new Way(a, b);
        back = new Way(b, a);
        this.isBothWays = isBothWays;
        this.intervalNs = intervalNs;
        world.flows.add(this);
    }

    static boolean isData(byte[] packet) {
        return packet.length == LENGTH && packet[0] == DATA;
    }

    static int id(byte[] packet) {
        return ByteBuffer.wrap(packet).getInt(4);
    }

    boolean isOn() {
        return isOn;
    }

    /** Whether this way has packets. */
    boolean isUsed(Way way) {
        return isOn && (way == there || isBothWays);
    }

    PathNode other(PathNode node) {
        return node == there.from ? there.to : there.from;
    }

    void start() {
        if (isOn) {
            return;
        }
        isOn = true;
        forgetSilence();
        world.checks.onFlow(this);
        int number = ++run;
        step(number);
    }

    /** Silences are counted from here on. */
    void forgetSilence() {
        for (Way way : new Way[] {there, back}) {
            way.lastArrivalNs = world.nowNs();
            way.lastLongNs = world.nowNs();
            way.longestNs = 0;
        }
    }

    void stop() {
        isOn = false;
        run++;
    }

    private void step(int number) {
        if (number != run) {
            return;
        }
        send(there);
        if (isBothWays) {
            send(back);
        }
        world.after(intervalNs, () -> step(number));
    }

    private void send(Way way) {
        if (!way.from.isRunning) {
            return;
        }
        byte[] packet = ByteBuffer.allocate(LENGTH)
                .put((byte) DATA)
                .putInt(4, id)
                .putInt(8, way == there ? 0 : 1)
                .putLong(12, ++way.sent)
                .array();
        // Mostly large, as those of a download are; small ones in between, as its acknowledgements.
        way.from.sendData(way.to, packet, isLong(way.sent) ? MAX_DATAGRAM : 96);
    }

    private static boolean isLong(long number) {
        return number % 3 != 0;
    }

    /** Whether it was for this node. */
    boolean onArrival(PathNode at, byte[] packet, boolean isRelayed) {
        Way way = ByteBuffer.wrap(packet).getInt(8) == 0 ? there : back;
        if (way.to != at) {
            return false; // no key of ours opens it
        }
        way.arrived++;
        way.wasLastRelayed = isRelayed;
        way.longestNs = Math.max(way.longestNs, world.nowNs() - way.lastArrivalNs);
        way.lastArrivalNs = world.nowNs();
        if (isLong(ByteBuffer.wrap(packet).getLong(12))) {
            way.lastLongNs = world.nowNs();
        }
        return true;
    }

    @Nullable Way way(PathNode from, PathNode to) {
        return there.from == from && there.to == to ? there : back.from == from && back.to == to ? back : null;
    }

    @Override
    public String toString() {
        return there.from + (isBothWays ? " <> " : " > ") + there.to + " each " + intervalNs / Timeline.MS + " ms";
    }
}
