package io.penstock.server.http;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The places for connections that a listener has. One source, which is an IPv4 address or an IPv6 /64, gets a quarter of them, so
 * that it takes nobody else's; many nodes may be behind it. The loopback is no such source: proxies connect from there. Thread-safe.
 */
final class Seats {
    private static final int SOURCES_AT_LEAST = 4;

    private final int total;
    private final int perSource;
    private final AtomicInteger occupied;
    private final Map<Long, Integer> bySource = new HashMap<>(); // none is 0; guarded by this

    /**
     * Places that are all free.
     *
     * @param total of all sources
     * @param occupied where to count the places that are taken; written here alone
     */
    Seats(int total, AtomicInteger occupied) {
        this.total = total;
        perSource = Math.max(1, total / SOURCES_AT_LEAST);
        this.occupied = occupied;
    }

    /** Takes a place; null if there is none, or none for this source. */
    synchronized @Nullable Seat take(InetAddress from) {
        if (occupied.get() >= total) {
            return null;
        }
        if (from.isLoopbackAddress()) {
            occupied.incrementAndGet();
            return new Seat(null);
        }
        long source = AttemptLimiter.placeOf(from);
        if (bySource.getOrDefault(source, 0) >= perSource) {
            return null;
        }
        bySource.merge(source, 1, Integer::sum);
        occupied.incrementAndGet();
        return new Seat(source);
    }

    private synchronized void giveBack(@Nullable Long source) {
        occupied.decrementAndGet();
        if (source != null) {
            bySource.computeIfPresent(source, (place, taken) -> taken == 1 ? null : taken - 1);
        }
    }

    /** Sources that have a place, but for the loopback. */
    synchronized int sources() {
        return bySource.size();
    }

    /** The place of one connection. Thread-safe. */
    final class Seat {
        private final @Nullable Long source;
        private final AtomicBoolean left = new AtomicBoolean();

        private Seat(@Nullable Long source) {
            this.source = source;
        }

        /** Gives it up; again does nothing. */
        void leave() {
            if (left.compareAndSet(false, true)) {
                giveBack(source);
            }
        }
    }
}
