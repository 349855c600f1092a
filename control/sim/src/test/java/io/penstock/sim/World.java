package io.penstock.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * One run: nodes, the network between them, and virtual time. The earliest event comes next; events of one time come in the
 * order in which they were made. Time here starts at 0; nodes see it from an origin that may be about to wrap.
 */
final class World {
    static final long MS = 1_000_000L;
    static final long SECOND = 1_000 * MS;

    /** More events than any sound run has: whoever gets here runs in circles. */
    private static final long MAX_EVENTS = 2_000_000;

    private record Event(long atNs, long order, Runnable what) {}

    final long seed;
    final Dice dice;
    final Trace trace = new Trace();
    final long[] faults = new long[Fault.values().length];
    final List<Node> nodes = new ArrayList<>();
    final Network network;
    final Attacker attacker;
    final Checks checks;
    final long originNs;

    private final PriorityQueue<Event> events = new PriorityQueue<>((a, b) -> {
        int byTime = Long.compare(a.atNs, b.atNs);
        return byTime != 0 ? byTime : Long.compare(a.order, b.order);
    });
    private final Map<Long, Packet> packets = new HashMap<>();
    private long nowNs;
    private long order;
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
        return nowNs;
    }

    /** The same as the nodes see it, which is an arbitrary number that may wrap. */
    long nodeNs() {
        return originNs + nowNs;
    }

    void at(long atNs, Runnable what) {
        events.add(new Event(Math.max(atNs, nowNs), order++, what));
    }

    void after(long delayNs, Runnable what) {
        at(nowNs + delayNs, what);
    }

    /** Lets time pass. */
    void runUntil(long endNs) {
        for (Event next = events.peek(); next != null && next.atNs <= endNs; next = events.peek()) {
            events.remove();
            nowNs = next.atNs;
            if (order > MAX_EVENTS) {
                throw new Violation("bounds", "more than " + MAX_EVENTS + " events");
            }
            next.what.run();
        }
        nowNs = Math.max(nowNs, endNs);
    }

    void run(long durationNs) {
        runUntil(nowNs + durationNs);
    }

    void count(Fault fault) {
        faults[fault.ordinal()]++;
    }

    void note(String what, @Nullable Node node, long number, @Nullable Object detail) {
        trace.note(nowNs, what, node == null ? -1 : node.id, number, detail);
    }

    long nextMessageNumber() {
        return ++messages;
    }

    /** A new packet, known to the world from here on. */
    Packet packet(Node from, Node to, Inner.Address source, Inner.Address destination, int contentLength) {
        long id = packets.size() + 1L;
        Packet packet = new Packet(id, from, to, Inner.build(source, destination, id, contentLength), nowNs);
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
