package io.penstock.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run: nodes, the network between them, and virtual time. Time here starts at 0; nodes see it from an origin that may be about
 * to wrap.
 */
final class World {
    static final long MS = 1_000_000L;
    static final long SECOND = 1_000 * MS;

    /** More events than any sound run has. */
    private static final long MAX_EVENTS = 2_000_000;

    final long seed;
    final Dice dice;
    final Trace trace = new Trace();
    final long[] faults = new long[Fault.values().length];
    final List<Node> nodes = new ArrayList<>();
    final Network network;
    final Attacker attacker;
    final Checks checks;
    final long originNs;

    private final Timeline timeline = new Timeline(MAX_EVENTS);
    private final Map<Long, Packet> packets = new HashMap<>();
    private long messages;

    World(long seed) {
        this.seed = seed;
        dice = new Dice(seed);
        // The nodes' clock is any number; sometimes one that wraps within the run.
        long toWrapNs = dice.between(0, Scenario.DURATION_NS);
        originNs = dice.chance(0.2) ? Long.MAX_VALUE - toWrapNs : dice.anyLong();
        checks = new Checks(this);
        network = new Network(this, dice.split());
        attacker = new Attacker(this, dice.split());
    }

    /** Virtual time since the beginning. */
    long nowNs() {
        return timeline.nowNs();
    }

    /** The same as the nodes see it, which is an arbitrary number that may wrap. */
    long nodeNs() {
        return originNs + timeline.nowNs();
    }

    void at(long atNs, Runnable what) {
        timeline.at(atNs, what);
    }

    void after(long delayNs, Runnable what) {
        timeline.after(delayNs, what);
    }

    /** Lets time pass. */
    void runUntil(long endNs) {
        timeline.runUntil(endNs);
    }

    void run(long durationNs) {
        timeline.run(durationNs);
    }

    void count(Fault fault) {
        faults[fault.ordinal()]++;
    }

    void note(String what, @Nullable Node node, long number, @Nullable Object detail) {
        trace.note(nowNs(), what, node == null ? -1 : node.id, number, detail);
    }

    long nextMessageNumber() {
        return ++messages;
    }

    /** A new packet, known to the world from here on. */
    Packet packet(Node from, Node to, Inner.Address source, Inner.Address destination, int contentLength) {
        long id = packets.size() + 1L;
        Packet packet = new Packet(id, from, to, Inner.build(source, destination, id, contentLength), nowNs());
        packets.put(id, packet);
        return packet;
    }

    Iterable<Packet> packets() {
        return packets.values();
    }

    @Nullable Packet packet(long id) {
        return packets.get(id);
    }
}
