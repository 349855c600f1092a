package io.penstock.node.relay.core;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Packets that wait for a connection or for room in it. Discovery has a queue of its own, which goes first: a path is found through
 * a relay that is full. The oldest give way, since whoever sent them does not wait for them any more. Not thread-safe.
 *
 * @param <P> a packet
 */
public final class Waiting<P> {
    public static final int MAX_DISCO = 32;
    public static final int MAX_OTHER = 128;

    private final Queue<P> disco = new ArrayDeque<>();
    private final Queue<P> other = new ArrayDeque<>();
    private long dropped;

    /** Adds a packet; returns one that had to give way, which is the caller's to release. */
    public @Nullable P add(P packet, boolean isDisco) {
        Queue<P> queue = isDisco ? disco : other;
        P oldest = null;
        if (queue.size() >= (isDisco ? MAX_DISCO : MAX_OTHER)) {
            oldest = queue.remove();
            dropped++;
        }
        queue.add(packet);
        return oldest;
    }

    /** The next to be sent, or null. */
    public @Nullable P next() {
        P next = disco.poll();
        return next == null ? other.poll() : next;
    }

    public boolean isEmpty() {
        return disco.isEmpty() && other.isEmpty();
    }

    /** How many had to give way. */
    public long dropped() {
        return dropped;
    }
}
