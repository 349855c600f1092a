package io.penstock.server.http.ts2021;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Runs the work of one connection on the workers, one piece after the other in the order it came, so that no report overtakes
 * another, and no machine takes more than one worker. Bounded. Thread-safe.
 */
final class InTurn implements Executor {
    private final Executor workers;
    private final int maxWaiting;
    private final Queue<Runnable> waiting = new ArrayDeque<>(); // guarded by this
    private boolean running; // guarded by this

    InTurn(Executor workers, int maxWaiting) {
        this.workers = workers;
        this.maxWaiting = maxWaiting;
    }

    /**
     * Runs the work later.
     *
     * @throws RejectedExecutionException if too much waits, of this connection or of all
     */
    @Override
    public synchronized void execute(Runnable work) {
        if (waiting.size() == maxWaiting) {
            throw new RejectedExecutionException("too much of one connection waits");
        }
        if (!running) {
            workers.execute(this::run);
            running = true;
        }
        waiting.add(work);
    }

    private void run() {
        for (Runnable work = next(); work != null; work = next()) {
            work.run();
        }
    }

    private synchronized @Nullable Runnable next() {
        Runnable work = waiting.poll();
        running = work != null;
        return work;
    }
}
