package io.penstock.server.map;

import io.penstock.wireguard.route.Prefix;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongPredicate;

/**
 * Which node serves a prefix that several offer: one of them, as long as it may and is online; then the oldest that is online. Who
 * comes back does not take it back, and if all are away it stays where it is, so that nothing flaps. Guarded by the domain's lock.
 */
final class Election {
    private static final long NOBODY = 0;

    private static final class Seat {
        final TreeSet<Long> candidates = new TreeSet<>();
        long holder = NOBODY;
    }

    private final Map<Prefix, Seat> seats = new HashMap<>();
    private final Set<Prefix> open = new HashSet<>();

    /** Told of each prefix that changed hands; either may be 0 for nobody. */
    interface Moved {
        void from(long before, long now);
    }

    void stand(long id, Set<Prefix> prefixes) {
        for (Prefix prefix : prefixes) {
            seats.computeIfAbsent(prefix, first -> new Seat()).candidates.add(id);
            open.add(prefix);
        }
    }

    void withdraw(long id, Set<Prefix> prefixes) {
        for (Prefix prefix : prefixes) {
            Seat seat = seats.get(prefix);
            if (seat != null && seat.candidates.remove(id)) {
                open.add(prefix);
            }
        }
    }

    /** Somebody who stands for these came or went. */
    void reconsider(Set<Prefix> prefixes) {
        open.addAll(prefixes);
    }

    /** Decides what is open. To be called once all that happened at one moment has been told. */
    void settle(LongPredicate isOnline, Moved moved) {
        for (Prefix prefix : open) {
            Seat seat = seats.get(prefix);
            if (seat == null) {
                continue;
            }
            long before = seat.holder;
            seat.holder = choose(seat, isOnline);
            if (seat.candidates.isEmpty()) {
                seats.remove(prefix);
            }
            if (seat.holder != before) {
                moved.from(before, seat.holder);
            }
        }
        open.clear();
    }

    private static long choose(Seat seat, LongPredicate isOnline) {
        boolean mayStay = seat.candidates.contains(seat.holder);
        if (mayStay && isOnline.test(seat.holder)) {
            return seat.holder;
        }
        for (long id : seat.candidates) {
            if (isOnline.test(id)) {
                return id;
            }
        }
        return mayStay ? seat.holder : seat.candidates.isEmpty() ? NOBODY : seat.candidates.getFirst();
    }

    boolean isPrimary(long id, Prefix prefix) {
        Seat seat = seats.get(prefix);
        return seat != null && seat.holder == id;
    }
}
