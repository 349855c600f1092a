package io.penstock.server.machine;

import io.penstock.server.model.Change;
import io.penstock.server.model.ChangeKind;
import io.penstock.server.store.Store;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Wakes nodes that wait for somebody to let them in, by the change log: whichever process decides. Nobody's thread waits.
 * Thread-safe; one thread of its own, idle while nobody waits.
 */
public final class JoinDecisions implements AutoCloseable {
    /** More than this do not wait; they are told to come back. */
    public static final int MAX_WAITING = 10_000;

    private static final System.Logger LOG = System.getLogger(JoinDecisions.class.getName());
    private static final int CHANGES_AT_ONCE = 1000;

    private final Store store;
    private final MachineCounters counters;
    private final ExecutorService follower = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("join-decisions").daemon().factory());
    private final AtomicBoolean isFollowing = new AtomicBoolean(); // one task at most waits for the thread
    private final Map<Long, Waiter> waiting = new HashMap<>(); // guarded by this
    private long seen; // the number of the last change that was looked at; guarded by this
    private boolean closed; // guarded by this

    public JoinDecisions(Store store, MachineCounters counters) {
        this.store = store;
        this.counters = counters;
        store.onChange(last -> wakeFollower());
    }

    /** Somebody's place; each request has one, and a later one takes it. */
    public final class Waiter {
        private final long requestId;
        private final Runnable wake;

        private Waiter(long requestId, Runnable wake) {
            this.requestId = requestId;
            this.wake = wake;
        }

        /** Gives the place up, from any thread and any number of times. */
        public void leave() {
            synchronized (JoinDecisions.this) {
                waiting.remove(requestId, this);
            }
        }
    }

    /**
     * Waits for a request to be decided. Whoever waits asks the registry once more after this returns, since the decision may
     * have come before.
     *
     * @param wake called once, from another thread, when the request is decided; returns at once
     * @return empty if too many wait
     */
    public Optional<Waiter> await(long requestId, Runnable wake) {
        long last = store.read(tx -> tx.changes().last());
        Waiter waiter = new Waiter(requestId, wake);
        synchronized (this) {
            if (waiting.size() >= MAX_WAITING) {
                counters.waitersRefused.increment();
                return Optional.empty();
            }
            if (waiting.isEmpty()) {
                seen = Math.max(seen, last); // what happened while nobody waited is nobody's concern
            }
            waiting.put(requestId, waiter);
            return Optional.of(waiter);
        }
    }

    /** How many wait at the moment. */
    public synchronized int waiting() {
        return waiting.size();
    }

    private void wakeFollower() {
        synchronized (this) {
            if (!waiting.isEmpty() && !closed && isFollowing.compareAndSet(false, true)) {
                follower.execute(this::follow);
            }
        }
    }

    private void follow() {
        isFollowing.set(false); // before reading: a change from here on is read now or by the next task
        try {
            while (readOn() == CHANGES_AT_ONCE) {}
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "the decisions on join requests could not be read; the next change tries again", e);
        }
    }

    private int readOn() {
        long from;
        synchronized (this) {
            from = seen;
        }
        Optional<List<Change>> read = store.read(tx -> tx.changes().since(from, CHANGES_AT_ONCE));
        if (read.isEmpty()) {
            wakeAll();
            return 0;
        }
        for (Change change : read.get()) {
            if (change.kind() == ChangeKind.JOIN_REQUEST) {
                wake(change.subjectId());
            }
        }
        synchronized (this) {
            seen = read.get().isEmpty()
                    ? seen
                    : Math.max(seen, read.get().getLast().seq());
        }
        return read.get().size();
    }

    private void wake(long requestId) {
        Waiter waiter;
        synchronized (this) {
            waiter = waiting.remove(requestId);
        }
        if (waiter != null) {
            waiter.wake.run();
        }
    }

    /** Some changes were trimmed before they were read: all ask anew. */
    private void wakeAll() {
        long last = store.read(tx -> tx.changes().last());
        List<Waiter> all;
        synchronized (this) {
            seen = Math.max(seen, last);
            all = List.copyOf(waiting.values());
            waiting.clear();
        }
        all.forEach(waiter -> waiter.wake.run());
    }

    /** Waits for the reading under way; nobody is woken any more. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            waiting.clear();
        }
        follower.shutdown();
        try {
            if (!follower.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.log(Level.WARNING, "the reading of decisions did not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
