package io.penstock.sim.path;

import io.penstock.sim.Timeline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Runs many seeds of paths from the command line: {@code --seeds A..B [--threads N] [--trace] [--digest]}, B not included. */
public final class PathMain {
    private PathMain() {}

    /** All results of a range of seeds, which may be long: only sums are kept, and what failed. */
    static final class Total {
        final long[] faults = new long[PathFault.values().length];
        final List<PathSimulation.Result> failures = new ArrayList<>();
        long runs;
        long pings;
        long worstBurst;

        synchronized void add(PathSimulation.Result result) {
            runs++;
            pings += result.pings();
            worstBurst = Math.max(worstBurst, result.worstBurst());
            Arrays.setAll(faults, i -> faults[i] + result.faults()[i]);
            if (result.failure() != null) {
                failures.add(result);
            }
        }

        PathSimulation.@Nullable Result firstFailure() {
            return failures.stream()
                    .min((a, b) -> Long.compare(a.seed(), b.seed()))
                    .orElse(null);
        }
    }

    static Total run(long first, long end, int threads) throws InterruptedException, ExecutionException {
        Total total = new Total();
        AtomicLong next = new AtomicLong(first);
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(pool.submit(() -> {
                    for (long seed = next.getAndIncrement(); seed < end; seed = next.getAndIncrement()) {
                        total.add(PathSimulation.run(seed));
                    }
                }));
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
        }
        return total;
    }

    /** What a failed run says: what, which seed of which commit, and how to see it again. */
    static String report(PathSimulation.Result failed, boolean withTrace) {
        String commit = System.getProperty("penstock.commit", "unknown");
        return (withTrace ? failed.lastEvents() : "")
                + "seed " + failed.seed() + " at commit " + commit + " failed: " + failed.failure()
                + "\nsee it again: mvn -pl control/sim -am test -Dtest=PathSeedsTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dpenstock.sim.seed=" + failed.seed();
    }

    static String digestLine(PathSimulation.Result result) {
        return result.seed() + " " + result.pings() + " " + Long.toHexString(result.digest());
    }

    public static void main(String[] arguments) throws InterruptedException, ExecutionException {
        long first = 0;
        long end = 500;
        int threads = 2;
        boolean withTrace = false;
        boolean withDigest = false;
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--seeds" -> {
                    String[] range = arguments[++i].split("\\.\\.", -1);
                    first = Long.parseLong(range[0]);
                    end = Long.parseLong(range[1]);
                }
                case "--threads" -> threads = Integer.parseInt(arguments[++i]);
                case "--trace" -> withTrace = true;
                case "--digest" -> withDigest = true;
                default -> throw new IllegalArgumentException("--seeds A..B [--threads N] [--trace] [--digest]");
            }
        }
        if (withDigest) {
            for (long seed = first; seed < end; seed++) {
                System.out.println(digestLine(PathSimulation.run(seed)));
            }
            return;
        }
        long startedNs = System.nanoTime();
        Total total = run(first, end, threads);
        double seconds = (System.nanoTime() - startedNs) / (double) Timeline.SECOND;
        for (PathFault fault : PathFault.values()) {
            System.out.printf("%10d %s%n", total.faults[fault.ordinal()], fault);
        }
        System.out.printf(
                "%d runs, %d pings, at most %d in a second, %.1f s on %d threads, %d failed%n",
                total.runs, total.pings, total.worstBurst, seconds, threads, total.failures.size());
        PathSimulation.Result failed = total.firstFailure();
        if (failed != null) {
            total.failures.sort((a, b) -> Long.compare(a.seed(), b.seed()));
            total.failures.stream().limit(60).forEach(one -> System.out.println(one.seed() + " " + one.failure()));
            System.out.println(report(failed, withTrace));
            System.exit(1);
        }
    }
}
