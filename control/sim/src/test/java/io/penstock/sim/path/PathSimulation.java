package io.penstock.sim.path;

import org.jspecify.annotations.Nullable;

/** Runs one seed from beginning to end. */
final class PathSimulation {
    /**
     * What came of it.
     *
     * @param digest over everything that happened; the same for the same seed and code
     * @param faults how often each fault happened, by its ordinal
     * @param pings in all
     * @param failure what a checker has seen, or how the core broke; null if all was well
     * @param lastEvents in words, if it failed
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Result(
            long seed,
            long digest,
            long[] faults,
            long pings,
            long worstBurst,
            @Nullable Throwable failure,
            String lastEvents) {}

    private PathSimulation() {}

    static Result run(long seed) {
        PathWorld world = new PathWorld(seed);
        long[] faults = new long[PathFault.values().length];
        Throwable failure = null;
        try {
            new PathScenario(world, faults).run();
        } catch (RuntimeException | AssertionError e) {
            failure = e;
        }
        String lastEvents = failure == null ? "" : world.trace.lastEvents();
        return new Result(
                seed,
                world.trace.digest(),
                faults,
                world.checks.pings(),
                world.checks.worstBurst(),
                failure,
                lastEvents);
    }

    /** For callers that know this class by reflection only: what went wrong, or null. */
    static @Nullable String failureOf(long seed) {
        Throwable failure = run(seed).failure;
        return failure == null ? null : failure.toString();
    }
}
