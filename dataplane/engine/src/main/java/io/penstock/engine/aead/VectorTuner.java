package io.penstock.engine.aead;

import io.penstock.ffm.LibC;
import io.penstock.ffm.ProcessFlags;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Decides when the {@link HybridEngine}s of a process use the vector kernels: never before a warm-up on a thread of the lowest
 * priority has made them faster than the other engine and free of garbage, and not for a moment longer than they are. Begins with
 * the first traffic, so that an idle interface costs nothing. Thread-safe.
 */
final class VectorTuner {
    /** Warms the kernels up and measures them: {@link VectorTrial}, or a test. */
    interface Trial extends AutoCloseable {
        /** Runs every kernel in every way that traffic does; returns the bytes which that allocated. */
        long pass();

        /** Times both engines in turn; a few milliseconds if the kernels are compiled. */
        VectorMeasurement measure();

        @Override
        void close();

        /** How to come by one. */
        interface Source {
            /** Throws if the kernels cannot be used on this machine. */
            Trial open() throws EngineUnavailableException;
        }
    }

    /** How long what was decided stays unquestioned. */
    private static final Duration PERIOD = Duration.ofSeconds(60);

    /** Passes without garbage in a row before a measurement: a kernel that is rarely used is compiled last. */
    private static final int CLEAN_PASSES = 50;

    /** Passes of a warm-up at most, some 10 s of work where the kernels come out well. */
    private static final int MAX_PASSES = 20_000;

    /** Processor time for one warm-up at most. Not time: where others have the processors it may take minutes, and costs them nothing. */
    private static final long MAX_WARM_UP_NS = Duration.ofSeconds(20).toNanos();

    /** Measurements that have to agree before the kernels are given up: one may have been disturbed. */
    private static final int AGREEING = 3;

    /** Warm-ups in vain before it is left at that. */
    private static final int MAX_FAILURES = 3;

    /** To be switched on the kernels have to take less than this part of the other engine's time; to stay on, less than all. */
    private static final double ENTRY_MARGIN = 0.95;

    private static final double STAY_MARGIN = 1.0;

    private static final int LOWEST_PRIORITY = 19;

    /**
     * Garbage stops all threads for its collection, about 0.4 ms for 5 MB. With 5 ns for each byte that is 2 % of the time; and while this
     * thread pauses, C2 gets on, so that there is less of it.
     */
    private static final long PAUSE_NS_PER_BYTE = 5;

    private static final long PAUSE_LIMIT_NS = Duration.ofMillis(500).toNanos();
    private static final long CHECK_PAUSE_NS = Duration.ofMillis(20).toNanos();

    private final Trial.Source trials;
    private final Duration period;
    private final Logger log;
    private final AtomicBoolean traffic = new AtomicBoolean();
    private final AtomicBoolean started = new AtomicBoolean();

    // Guarded by this.
    private final List<HybridEngine> engines = new ArrayList<>();
    private @Nullable Thread thread;
    private @Nullable BreakEven breakEven; // null: off

    /** A tuner for engines over that one. Starts nothing. */
    VectorTuner(String baseName, Logger log) {
        this(() -> VectorTrial.open(baseName), PERIOD, log);
    }

    /** For tests, which cannot wait. */
    VectorTuner(Trial.Source trials, Duration period, Logger log) {
        this.trials = trials;
        this.period = period;
        this.log = log;
    }

    synchronized void add(HybridEngine engine) {
        engines.add(engine);
        if (breakEven != null) {
            engine.publish(breakEven);
        }
    }

    /** After this nothing is published to the engine any more, and the kernels that it may have got are its own to close. */
    synchronized @Nullable VectorEngine remove(HybridEngine engine) {
        engines.remove(engine);
        if (engines.isEmpty() && thread != null) {
            thread.interrupt(); // nobody is left to tune for
        }
        return engine.vector();
    }

    /** There are packets in batches; called by the threads that have them, now and then. */
    void onTraffic() {
        traffic.setOpaque(true); // a hint: no order with anything is needed
        if (!started.getPlain() && started.compareAndSet(false, true)) {
            start();
        }
    }

    private synchronized void start() {
        if (engines.isEmpty()) {
            return;
        }
        thread = Thread.ofPlatform().daemon().name("vector-tuner").start(this::run);
    }

    private void run() {
        new LibC()
                .setpriority(
                        ProcessFlags.PRIO_PROCESS, 0, LOWEST_PRIORITY); // if it is refused, the thread is like others
        try (Trial trial = trials.open()) {
            for (int failures = 0; failures < MAX_FAILURES; ) {
                failures = isOn() ? check(trial) : warmUp(trial) ? 0 : failures + 1;
                rest();
            }
            log.log(Level.DEBUG, "the vector kernels do not pay here");
        } catch (EngineUnavailableException e) {
            log.log(Level.DEBUG, "no vector kernels: {0}", e.getMessage());
        } catch (IllegalStateException e) {
            switchOff(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // no engine is left, and the thread ends
        }
    }

    /** Until a measurement says that the kernels pay, or the bounds are reached. */
    private boolean warmUp(Trial trial) throws InterruptedException {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long startNs = threads.getCurrentThreadCpuTime();
        int clean = 0;
        for (int pass = 0; pass < MAX_PASSES && threads.getCurrentThreadCpuTime() - startNs < MAX_WARM_UP_NS; pass++) {
            long garbage = trial.pass();
            clean = garbage == 0 ? clean + 1 : 0;
            pause(garbage * PAUSE_NS_PER_BYTE);
            if (clean == CLEAN_PASSES) {
                VectorMeasurement measurement = trial.measure();
                BreakEven table = measurement.breakEven(ENTRY_MARGIN);
                if (table != null) {
                    switchOn(table, measurement);
                    return true;
                }
                clean = 0;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
        return false;
    }

    private static void pause(long lengthNs) {
        LockSupport.parkNanos(Math.min(lengthNs, PAUSE_LIMIT_NS));
    }

    /** The kernels are on: are they still what they were? The result counts as failures, none or one. */
    private int check(Trial trial) {
        VectorMeasurement measurement = trial.measure();
        for (int i = 1; i < AGREEING && measurement.breakEven(STAY_MARGIN) == null; i++) {
            pause(CHECK_PAUSE_NS);
            measurement = trial.measure();
        }
        if (measurement.breakEven(STAY_MARGIN) == null) {
            switchOff(measurement.toString());
            return 1;
        }
        return 0;
    }

    /** A minute, and then until there is traffic again. */
    private void rest() throws InterruptedException {
        do {
            traffic.setOpaque(false);
            Thread.sleep(period);
        } while (!traffic.getOpaque());
    }

    private synchronized boolean isOn() {
        return breakEven != null;
    }

    private synchronized void switchOn(BreakEven table, VectorMeasurement measurement) {
        breakEven = table;
        for (HybridEngine engine : engines) {
            engine.publish(table);
        }
        if (!engines.isEmpty()) {
            log.log(Level.INFO, "cipher engine is {0}: {1}; {2}", engines.get(0).describe(), table, measurement);
        }
    }

    private synchronized void switchOff(String reason) {
        breakEven = null;
        for (HybridEngine engine : engines) {
            engine.publish(null);
        }
        if (!engines.isEmpty()) {
            log.log(
                    Level.INFO,
                    "cipher engine is {0} alone: {1}",
                    engines.get(0).describe(),
                    reason);
        }
    }
}
