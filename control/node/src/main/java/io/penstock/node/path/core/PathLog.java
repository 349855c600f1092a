package io.penstock.node.path.core;

import io.penstock.wireguard.Endpoint;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happened on the way to one peer lately. Bounded for each, and for all together: the oldest gives way. Nothing is noted of a
 * single packet. Owned by {@link PeerPath}.
 */
final class PathLog {
    /** Of one peer: some searches of many addresses. */
    static final int MAX = 200;

    /** Of one peer where all peers together have many. */
    static final int LEAST = 16;

    /** How many notes there are of all peers. */
    static final class Budget {
        static final int MAX_OF_ALL = 40_000;

        private int used;
    }

    private final Budget budget;
    private final ArrayDeque<PathNote> notes = new ArrayDeque<>(0);
    private long dropped;
    private boolean isOn; // what a map says of a peer that nobody talks to is not noted

    PathLog(Budget budget) {
        this.budget = budget;
    }

    /** There is traffic. */
    void begin(long nowNs) {
        isOn = true;
        add(PathNote.Kind.TRAFFIC, nowNs);
    }

    /** There is no more. */
    void end(long nowNs) {
        add(PathNote.Kind.REST, nowNs);
        isOn = false;
    }

    void add(PathNote.Kind kind, @Nullable Endpoint endpoint, int region, long value, long nowNs) {
        if (!isOn) {
            return;
        }
        boolean isFull = notes.size() >= (budget.used < Budget.MAX_OF_ALL ? MAX : LEAST);
        if (isFull) {
            notes.remove();
            dropped++;
        } else {
            budget.used++;
        }
        notes.add(new PathNote(kind, nowNs, nowNs, endpoint, region, value, 1));
    }

    void add(PathNote.Kind kind, Endpoint endpoint, long nowNs) {
        add(kind, endpoint, 0, -1, nowNs);
    }

    void add(PathNote.Kind kind, long nowNs) {
        add(kind, null, 0, -1, nowNs);
    }

    /** The same as the last one, mostly: then that is told to have gone on until now. */
    void addOrGoOn(PathNote.Kind kind, Endpoint endpoint, long value, long nowNs) {
        PathNote last = notes.peekLast();
        if (last != null && last.kind() == kind && endpoint.equals(last.endpoint())) {
            notes.removeLast();
            notes.add(last.again(nowNs, value));
        } else {
            add(kind, endpoint, 0, value, nowNs);
        }
    }

    /** The oldest first. */
    List<PathNote> notes() {
        return List.copyOf(notes);
    }

    /** How many older ones there were. */
    long dropped() {
        return dropped;
    }

    /** Its peer is gone. */
    void free() {
        budget.used -= notes.size();
        notes.clear();
    }
}
