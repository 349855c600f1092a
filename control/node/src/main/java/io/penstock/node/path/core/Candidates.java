package io.penstock.node.path.core;

import io.penstock.protocol.stun.TransactionId;
import io.penstock.wireguard.Endpoint;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The addresses at which one peer may be: those of the map, those of its last call, and those that its pings came from. Bounded. */
final class Candidates {
    static final int MAX = 100;

    /** So many of one list are looked at; no node has more that are of use, and each costs a datagram. */
    static final int MAX_OF_LIST = 32;

    private static final int REMEMBERED_PINGS = 64;

    private final Map<Endpoint, Candidate> byEndpoint = new LinkedHashMap<>();
    private final Set<TransactionId> pings = new HashSet<>();
    private final Queue<TransactionId> pingsInOrder = new ArrayDeque<>();
    private final PathLog log;

    Candidates(PathLog log) {
        this.log = log;
    }

    Collection<Candidate> all() {
        return byEndpoint.values();
    }

    @Nullable Candidate get(Endpoint endpoint) {
        return byEndpoint.get(endpoint.withoutLocal());
    }

    /**
     * Takes the map's list in place of the one before.
     *
     * @return whether there is an address that was not one before
     */
    boolean setMapped(List<Endpoint> endpoints, AddressRules rules, @Nullable Candidate best, long nowNs) {
        byEndpoint.values().forEach(candidate -> candidate.setInMap(false));
        boolean isNew = false;
        for (Endpoint endpoint : endpoints.subList(0, Math.min(MAX_OF_LIST, endpoints.size()))) {
            if (rules.canBePeer(endpoint)) {
                isNew |= get(endpoint) == null;
                Candidate candidate = add(endpoint, PathNote.Kind.IN_MAP, best, nowNs);
                if (candidate != null) {
                    candidate.setInMap(true);
                }
            }
        }
        prune(best, nowNs);
        return isNew;
    }

    /** Takes a call's list in place of the one before. All may be pinged at once after it. */
    void setCalled(List<Endpoint> endpoints, AddressRules rules, @Nullable Candidate best, long nowNs) {
        byEndpoint.values().forEach(candidate -> candidate.setInCall(false));
        for (Endpoint endpoint : endpoints.subList(0, Math.min(MAX_OF_LIST, endpoints.size()))) {
            if (rules.canBePeer(endpoint) && !(endpoint.isV6() && AddressRules.isLinkLocal(endpoint))) {
                Candidate candidate = add(endpoint, PathNote.Kind.IN_CALL, best, nowNs);
                if (candidate != null) {
                    candidate.setInCall(true);
                }
            }
        }
        prune(best, nowNs);
        forgetPinged();
    }

    /** Notes where a ping came from. Null if there is no room. */
    @Nullable Candidate onPingSeen(Endpoint source, @Nullable Candidate best, long nowNs) {
        Candidate candidate = add(source, PathNote.Kind.SEEN, best, nowNs);
        if (candidate != null) {
            candidate.onPingSeen(nowNs);
        }
        return candidate;
    }

    /** The best of those that have answered since then, {@code but} left out; null if there is none. */
    @Nullable Candidate answeredSince(long sinceNs, Candidate but, long nowNs) {
        Candidate best = null;
        for (Candidate candidate : byEndpoint.values()) {
            if (candidate != but && candidate.hasAnsweredSince(sinceNs) && !candidate.isHeld(nowNs)) {
                if (best == null || candidate.isBetterThan(best)) {
                    best = candidate;
                }
            }
        }
        return best;
    }

    /** Whether this ping was not seen lately; from any address, since a ping is sent to one and comes from one. */
    boolean isNewPing(TransactionId id) {
        if (!pings.add(id)) {
            return false;
        }
        pingsInOrder.add(id);
        if (pingsInOrder.size() > REMEMBERED_PINGS) {
            pings.remove(pingsInOrder.remove());
        }
        return true;
    }

    private @Nullable Candidate add(Endpoint endpoint, PathNote.Kind named, @Nullable Candidate best, long nowNs) {
        Endpoint remote = endpoint.withoutLocal();
        Candidate known = byEndpoint.get(remote);
        if (known != null) {
            return known;
        }
        if (byEndpoint.size() >= MAX) {
            prune(best, nowNs);
        }
        if (byEndpoint.size() >= MAX && !evictOne(best)) {
            return null;
        }
        Candidate candidate = new Candidate(remote);
        byEndpoint.put(remote, candidate);
        log.add(named, remote, nowNs);
        return candidate;
    }

    /** The oldest gives way that the coordinator does not vouch for. */
    private boolean evictOne(@Nullable Candidate best) {
        for (Iterator<Candidate> all = byEndpoint.values().iterator(); all.hasNext(); ) {
            Candidate candidate = all.next();
            if (candidate != best && !candidate.isInMap()) {
                all.remove();
                return true;
            }
        }
        return false;
    }

    /** Forgets those that nobody names any more. */
    void prune(@Nullable Candidate best, long nowNs) {
        byEndpoint.values().removeIf(candidate -> {
            boolean isOver = candidate != best && !candidate.isNamed(nowNs);
            if (isOver) {
                log.add(PathNote.Kind.FORGOTTEN, candidate.endpoint(), nowNs);
            }
            return isOver;
        });
    }

    /** The peer is a new process: of what it said only the map's part stays. */
    void restart() {
        byEndpoint.values().removeIf(candidate -> !candidate.isInMap());
        byEndpoint.values().forEach(candidate -> {
            candidate.setInCall(false);
            candidate.forgetPingSeen();
            candidate.forgetHistory();
        });
        pings.clear();
        pingsInOrder.clear();
    }

    /** Ways may be others, as wide as nobody knows. */
    void forgetWidths() {
        byEndpoint.values().forEach(Candidate::forgetWidth);
    }

    /** All may be pinged at once. */
    void forgetPinged() {
        byEndpoint.values().forEach(Candidate::forgetPinged);
    }
}
