package io.penstock.server;

import io.penstock.server.registry.NodeRegistry;
import io.penstock.server.store.Store;
import java.lang.System.Logger.Level;
import java.time.Duration;
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
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("maintenance").daemon().factory());

    Maintenance(Store store, NodeRegistry registry, LongPredicate isConnected) {
        this.store = store;
        this.registry = registry;
        this.isConnected = isConnected;
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
        registry.removeIdleEphemerals(isConnected);
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
