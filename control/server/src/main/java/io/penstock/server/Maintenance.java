package io.penstock.server;

import io.penstock.server.registry.NodeRegistry;
import io.penstock.server.store.Store;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;

/** What has to be forgotten in time: ephemeral nodes that stay away, old changes, old lines of the audit log. A thread of its own. */
final class Maintenance implements AutoCloseable {
    /** Whoever follows the changes has read them by then, or starts over. */
    static final Duration KEEP_CHANGES = Duration.ofHours(24);

    static final Duration KEEP_AUDIT = Duration.ofDays(400);

    private static final System.Logger LOG = System.getLogger(Maintenance.class.getName());

    private final Store store;
    private final NodeRegistry registry;
    private final LongPredicate isConnected;
    private final Instant started;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("maintenance").daemon().factory());

    Maintenance(Store store, NodeRegistry registry, LongPredicate isConnected) {
        this.store = store;
        this.registry = registry;
        this.isConnected = isConnected;
        started = store.read(tx -> tx.now());
    }

    void start(Duration interval) {
        var _ = executor.scheduleWithFixedDelay( // ends with the executor
                this::runAndGoOn, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void runAndGoOn() {
        try {
            runOnce();
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "maintenance failed and is tried again", e); // an exception would end the schedule
        }
    }

    void runOnce() {
        // Nodes could not come while we were away; they get the same time to come back as ever.
        if (!store.read(tx -> tx.now()).isBefore(started.plus(NodeRegistry.EPHEMERAL_GRACE))) {
            registry.removeIdleEphemerals(isConnected);
        }
        store.write(tx -> {
            tx.changes().trim(tx.now().minus(KEEP_CHANGES));
            tx.audit().trim(tx.now().minus(KEEP_AUDIT));
            return null;
        });
    }

    /** Waits for the work under way. */
    @Override
    public void close() {
        executor.close();
    }
}
