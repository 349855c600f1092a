package io.penstock.server.http.ts2021;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that do what an event loop must not: one pool for what may wait for the store, one for making maps, so that a
 * storm of registrations keeps no map back. Both refuse what is too much.
 */
final class Pools implements AutoCloseable {
    private static final int STORE_THREADS = 8;
    private static final int WAITING_FOR_THE_STORE = 1024;
    private static final int WAITING_FOR_A_MAP = 16 * 1024;

    private final ThreadPoolExecutor store = pool("machine-", STORE_THREADS, WAITING_FOR_THE_STORE);
    private final ThreadPoolExecutor maps =
            pool("map-", Math.max(2, Runtime.getRuntime().availableProcessors()), WAITING_FOR_A_MAP);

    private static ThreadPoolExecutor pool(String name, int threads, int waiting) {
        return new ThreadPoolExecutor(
                threads,
                threads,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(waiting),
                Thread.ofPlatform().name(name, 0).daemon().factory());
    }

    Executor store() {
        return store;
    }

    Executor maps() {
        return maps;
    }

    /** Lets the work under way end for at most two seconds. */
    @Override
    public void close() {
        store.shutdown();
        maps.shutdown();
        try {
            if (!store.awaitTermination(2, TimeUnit.SECONDS)) {
                store.shutdownNow();
            }
            if (!maps.awaitTermination(2, TimeUnit.SECONDS)) {
                maps.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
