package io.penstock.relay.core;

import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/**
 * Remembers for a while whom somebody else has admitted, so that a crowd that comes back at once does not ask for each. Only
 * admissions are remembered: whoever was refused may be known a moment later. Bounded; the oldest gives way. Thread-safe.
 */
public final class AdmissionCache implements Admission {
    private final Admission source;
    private final int maxEntries;
    private final long validNs;
    private final LongSupplier nowNs;

    /** When each admission was given; guarded by this. In that order, so that the first is the oldest. */
    private final LinkedHashMap<NodeKey, Long> admittedNs = new LinkedHashMap<>();

    /**
     * In front of another.
     *
     * @param validNs how long an admission is remembered, and a client that is no longer admitted may still come in
     * @param nowNs such as {@code System::nanoTime}
     */
    public AdmissionCache(Admission source, int maxEntries, long validNs, LongSupplier nowNs) {
        if (maxEntries < 1 || validNs < 1) {
            throw new IllegalArgumentException("a cache remembers something");
        }
        this.source = source;
        this.maxEntries = maxEntries;
        this.validNs = validNs;
        this.nowNs = nowNs;
    }

    @Override
    public CompletionStage<Boolean> admits(NodeKey key, Endpoint from) {
        if (isRemembered(key)) {
            return CompletableFuture.completedFuture(true);
        }
        return source.admits(key, from).thenApply(isAdmitted -> {
            if (isAdmitted) {
                remember(key);
            }
            return isAdmitted;
        });
    }

    private synchronized boolean isRemembered(NodeKey key) {
        Long since = admittedNs.get(key);
        if (since == null) {
            return false;
        }
        if (nowNs.getAsLong() - since < validNs) {
            return true;
        }
        admittedNs.remove(key);
        return false;
    }

    private synchronized void remember(NodeKey key) {
        admittedNs.remove(key);
        admittedNs.put(key, nowNs.getAsLong());
        if (admittedNs.size() > maxEntries) {
            Iterator<NodeKey> oldest = admittedNs.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** A key is admitted no more: it is asked about when it comes again. */
    public synchronized void forget(NodeKey key) {
        admittedNs.remove(key);
    }

    synchronized int size() {
        return admittedNs.size();
    }
}
