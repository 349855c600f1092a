package io.penstock.node.path.core;

import io.penstock.protocol.stun.TransactionId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Our pings to one peer that wait for an answer. Bounded: the oldest gives way. */
final class SentPings {
    static final long TIMEOUT_NS = 5_000_000_000L;

    /** Of a ping that nobody asked for. */
    static final long NO_NUMBER = 0;

    private static final int MAX = 4 * Candidates.MAX;

    /** What one is for. */
    enum Purpose {
        /** To find out whether this way works, and how far it is. */
        SEARCH,
        /** To see that the path in use still works. */
        KEEP,
        /** To see that a full packet gets through. */
        FULL,
        /** To see that a datagram of this length gets there whole. */
        WHOLE
    }

    /**
     * One of them.
     *
     * @param candidate null for one through the relay of {@code region}
     * @param number of who asked for it, or {@link #NO_NUMBER}
     * @param wireBytes its length with headers; counts for long ones only
     */
    record SentPing(
            @Nullable Candidate candidate, int region, long sentNs, long number, Purpose purpose, int wireBytes) {}

    private final Map<TransactionId, SentPing> all = new LinkedHashMap<>(); // the oldest first

    void add(TransactionId id, SentPing ping) {
        if (all.size() >= MAX) {
            all.remove(all.keySet().iterator().next());
        }
        all.put(id, ping);
    }

    boolean contains(TransactionId id) {
        return all.containsKey(id);
    }

    /** The ping of this id, which waits no longer; null if there is none that went this way. */
    @Nullable SentPing take(TransactionId id, boolean isRelayed) {
        SentPing sent = all.get(id);
        if (sent == null || isRelayed != (sent.candidate() == null)) {
            return null;
        }
        return all.remove(id);
    }

    /** One that will not be answered any more, or null; for calls until there is none. */
    @Nullable SentPing expire(long nowNs) {
        Iterator<SentPing> oldest = all.values().iterator();
        if (!oldest.hasNext()) {
            return null;
        }
        SentPing sent = oldest.next();
        if (nowNs - sent.sentNs() < TIMEOUT_NS) {
            return null;
        }
        oldest.remove();
        return sent;
    }

    /** The system refused to send there. */
    void removeUnasked(Candidate to) {
        all.values().removeIf(sent -> sent.candidate() == to && sent.number() == NO_NUMBER);
    }

    void clear() {
        all.clear();
    }

    /** Nanoseconds until the oldest is late; {@code Long.MAX_VALUE} if there is none. */
    long leftNs(long nowNs) {
        Iterator<SentPing> oldest = all.values().iterator();
        return oldest.hasNext() ? Math.max(0, oldest.next().sentNs() + TIMEOUT_NS - nowNs) : Long.MAX_VALUE;
    }
}
