package io.penstock.server.relay;

import io.penstock.protocol.key.NodeKey;
import io.penstock.server.model.Change;
import io.penstock.server.model.ChangeKind;
import io.penstock.server.store.Store;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Closes what a relay has of clients that may no longer be in: soon after a change by which somebody may have lost that, and now
 * and then in any case, since keys expire by themselves and somebody may have been admitted a moment before they were removed.
 * While the store cannot be read nobody is closed, and nobody admitted either. With a thread of its own.
 */
final class Expulsion implements AutoCloseable {
    /** How long a client may stay after its key has expired. */
    static final Duration INTERVAL = Duration.ofSeconds(10);

    /** Between two looks, so that many changes at once are answered by one. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final Duration LAST_LOOK = Duration.ofSeconds(5);
    private static final int CHANGES_AT_ONCE = 1000;

    /** Which of them may end a membership. */
    private static final Set<ChangeKind> KINDS = EnumSet.of(
            ChangeKind.NODE_REMOVED, ChangeKind.NODE_KEY, ChangeKind.NODE_CHANGED, ChangeKind.USER, ChangeKind.DOMAIN);

    private static final System.Logger LOG = System.getLogger(Expulsion.class.getName());

    private final NodeAdmission admission;
    private final Supplier<Set<NodeKey>> present;
    private final Consumer<NodeKey> expel;
    private final long intervalNs;
    private final Semaphore signals = new Semaphore(0);
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private long seen; // the last change that was read; of the thread, once it runs

    private Expulsion(
            NodeAdmission admission, Supplier<Set<NodeKey>> present, Consumer<NodeKey> expel, Duration interval) {
        this.admission = admission;
        this.present = present;
        this.expel = expel;
        intervalNs = interval.toNanos();
        thread = Thread.ofPlatform().name("relay-expulsion").daemon().unstarted(this::run);
    }

    /**
     * Looks from here on.
     *
     * @param present the keys that are in; thread-safe
     * @param expel closes the connections of one of them; thread-safe
     * @param interval how long it may be from one look to the next
     */
    static Expulsion start(
            NodeAdmission admission, Supplier<Set<NodeKey>> present, Consumer<NodeKey> expel, Duration interval) {
        Expulsion expulsion = new Expulsion(admission, present, expel, interval);
        Store store = admission.store();
        expulsion.seen = store.read(tx -> tx.changes().last());
        store.onChange(last -> expulsion.signal());
        expulsion.thread.start();
        return expulsion;
    }

    /** One permit says as much as many. */
    private void signal() {
        if (signals.availablePermits() == 0) {
            signals.release();
        }
    }

    private void run() {
        try {
            long lookAtNs = System.nanoTime() + intervalNs;
            while (closing.getCount() > 0) {
                boolean isSignalled = signals.tryAcquire(lookAtNs - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (closing.getCount() == 0) {
                    return;
                }
                boolean isTime = lookAtNs - System.nanoTime() <= 0;
                lookAndGoOn(isTime, isSignalled);
                if (isTime) {
                    lookAtNs = System.nanoTime() + intervalNs;
                }
                if (closing.await(PAUSE.toNanos(), TimeUnit.NANOSECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // by nobody here; it ends all the same
            LOG.log(Level.ERROR, "nobody looks any more whether the relay's clients may be here", e);
        }
    }

    private void lookAndGoOn(boolean isTime, boolean isSignalled) {
        try {
            boolean hasNews = isSignalled && hasNews();
            if (isTime || hasNews) {
                look();
            }
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "whether the relay's clients may be here was not found out, and is tried again", e);
        }
    }

    /** Reads on in the changes; whether one of them may end a membership. */
    private boolean hasNews() {
        boolean hasNews = false;
        while (true) {
            Optional<List<Change>> read =
                    admission.store().read(tx -> tx.changes().since(seen, CHANGES_AT_ONCE));
            if (read.isEmpty()) {
                seen = admission.store().read(tx -> tx.changes().last());
                return true; // trimmed before they were read: one of them may have been it
            }
            List<Change> changes = read.get();
            hasNews |= changes.stream().anyMatch(change -> KINDS.contains(change.kind()));
            if (!changes.isEmpty()) {
                seen = changes.getLast().seq();
            }
            if (changes.size() < CHANGES_AT_ONCE) {
                return hasNews;
            }
        }
    }

    private void look() {
        Set<NodeKey> keys = present.get();
        Set<NodeKey> members = admission.members(keys);
        keys.stream().filter(key -> !members.contains(key)).forEach(expel);
    }

    /** Waits for the look under way, but not for long. */
    @Override
    public void close() {
        closing.countDown();
        signals.release();
        try {
            if (!thread.join(LAST_LOOK)) {
                LOG.log(Level.WARNING, "a look at the relay's clients does not end; it is left to itself");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
