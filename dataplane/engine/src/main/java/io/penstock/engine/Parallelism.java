package io.penstock.engine;

import io.penstock.engine.lane.Workers;

/**
 * How many threads move a tunnel's packets.
 *
 * @param lanes queues of the TUN device, each with a thread that sends what it brings; the first also receives
 * @param workers threads that seal and open for all lanes when one has a backlog
 */
public record Parallelism(int lanes, int workers) {
    /** Queues of a TUN device, and so lanes, at most. */
    public static final int MAX_LANES = 16;

    /** One thread for everything. */
    public static final Parallelism ONE_THREAD = new Parallelism(1, 0);

    private static final int FEWEST_CORES_FOR_WORKERS = 4;
    private static final int MOST_WORKERS_BY_DEFAULT = 4;

    public Parallelism {
        if (lanes < 1 || lanes > MAX_LANES) {
            throw new IllegalArgumentException("lanes must be from 1 to " + MAX_LANES + ": " + lanes);
        }
        if (workers < 0 || workers > Workers.MAX) {
            throw new IllegalArgumentException("workers must be from 0 to " + Workers.MAX + ": " + workers);
        }
    }

    /**
     * What is right for a machine: on few cores a worker only takes time from the lane and from those whose packets it moves.
     * More than one lane is worth its queues only where many flows share an interface, which nobody can know.
     */
    public static Parallelism of(int cores) {
        return cores < FEWEST_CORES_FOR_WORKERS
                ? ONE_THREAD
                : new Parallelism(1, Math.min(MOST_WORKERS_BY_DEFAULT, cores / 2));
    }
}
