package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadEngine;
import io.penstock.ffm.LibC;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that seal, open and retire for the lanes of a tunnel when a lane has a backlog. They sleep otherwise; a lane wakes
 * one at a time. With {@link #NONE} lanes do everything themselves.
 *
 * <p>A worker announces that it is idle, looks once more, then parks; a lane publishes, then looks who is idle. Both sides
 * use volatile accesses, so one of them sees the other.
 */
public final class Workers implements AutoCloseable {
    /** No workers. */
    public static final Workers NONE = new Workers(System.getLogger(Workers.class.getName()), List.of(), () -> {});

    /** Workers of a tunnel at most: bits of the word of idle ones. */
    public static final int MAX = 64;

    /** Looks for work before a worker sleeps, where a core can be spared for that. */
    private static final int SPINS = Runtime.getRuntime().availableProcessors() >= 8 ? 2_000 : 0;

    /** Looks of a lane that waits for workers before it lets others run. */
    private static final int LOOKS_BEFORE_NAP = 64;

    private static final long NAP_NS = 10_000;

    private static final VarHandle IDLE;

    static {
        try {
            IDLE = MethodHandles.lookup().findVarHandle(Workers.class, "idle", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Logger log;
    private final List<AeadEngine> engines;
    private final Runnable onFailure;
    private final Thread[] threads;

    @SuppressWarnings("unused") // through IDLE
    private long idle; // a bit for each worker that sleeps, or is about to

    private volatile boolean isClosing;
    private volatile @Nullable Throwable failure;

    /**
     * @param engines one for each worker, closed with them
     * @param onFailure runs on a worker's thread when a worker ends by itself: packets are lost in its hands
     */
    public Workers(Logger log, List<AeadEngine> engines, Runnable onFailure) {
        if (engines.size() > MAX) {
            throw new IllegalArgumentException("workers: " + engines.size());
        }
        this.log = log;
        this.engines = List.copyOf(engines);
        this.onFailure = onFailure;
        threads = new Thread[engines.size()];
    }

    /** Whether there are any. */
    public boolean exist() {
        return threads.length > 0;
    }

    /** Starts the threads. {@code lanes} must be closed after these workers. */
    void start(List<Lane> lanes, String threadNameSuffix) {
        for (int i = 0; i < threads.length; i++) {
            Worker worker = new Worker(i, lanes, engines.get(i));
            threads[i] = Thread.ofPlatform()
                    .name("worker-" + i + "-" + threadNameSuffix)
                    .unstarted(worker);
        }
        for (Thread thread : threads) {
            thread.start();
        }
    }

    /** Wakes a worker that sleeps, if one does. Any thread, after publishing work. */
    void wakeOne() {
        long sleeping = (long) IDLE.getVolatile(this);
        while (sleeping != 0) {
            long one = Long.lowestOneBit(sleeping);
            long seen = (long) IDLE.compareAndExchange(this, sleeping, sleeping & ~one);
            if (seen == sleeping) {
                LockSupport.unpark(threads[Long.numberOfTrailingZeros(one)]);
                return;
            }
            sleeping = seen;
        }
    }

    /**
     * Passes time while all work is in the hands of workers.
     *
     * @param tries how many times the caller has found nothing to do
     * @throws IllegalStateException if a worker has failed, so that its work is never finished
     */
    void awaitProgress(int tries) {
        if (failure != null) {
            throw new IllegalStateException("a worker has failed");
        }
        if (tries % LOOKS_BEFORE_NAP == 0) {
            LockSupport.parkNanos(NAP_NS); // on a machine with fewer cores than threads the worker may wait for ours
        } else {
            Thread.onSpinWait();
        }
    }

    /** What a worker had in its hands is never finished. */
    void fail(Throwable cause) {
        failure = cause;
        log.log(Level.ERROR, "a worker of the packet path has failed", cause);
        onFailure.run();
    }

    private final class Worker implements Runnable {
        private final long bit;
        private final LibC libc = new LibC();
        private final List<Lane> lanes;
        private final Hands[] hands;

        Worker(int index, List<Lane> lanes, AeadEngine engine) {
            bit = 1L << index;
            this.lanes = lanes;
            hands = new Hands[lanes.size()];
            for (int i = 0; i < hands.length; i++) {
                hands[i] = lanes.get(i).handsOf(libc, engine);
            }
        }

        @Override
        public void run() {
            try {
                int looks = 0;
                while (!isClosing) {
                    if (work()) {
                        looks = 0;
                    } else if (looks++ < SPINS) {
                        Thread.onSpinWait();
                    } else {
                        sleep();
                        looks = 0;
                    }
                }
            } catch (RuntimeException | Error e) {
                fail(e);
            } finally {
                for (Hands each : hands) {
                    each.close();
                }
            }
        }

        private boolean work() {
            boolean found = false;
            for (int i = 0; i < hands.length; i++) {
                found |= lanes.get(i).work(hands[i]);
            }
            return found;
        }

        private void sleep() {
            IDLE.getAndBitwiseOr(Workers.this, bit);
            if (!isClosing && !hasWork()) {
                LockSupport.park(Workers.this);
            }
            IDLE.getAndBitwiseAnd(Workers.this, ~bit); // woken by nobody, or found something by itself
        }

        private boolean hasWork() {
            for (int i = 0; i < hands.length; i++) {
                if (lanes.get(i).hasClaimable()) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Ends the threads, when the lanes have ended or will wait for nothing any more. Idempotent. */
    @Override
    public void close() {
        isClosing = true;
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread != null && thread.isAlive()) {
                LockSupport.unpark(thread);
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        for (AeadEngine engine : engines) {
            engine.close();
        }
    }
}
