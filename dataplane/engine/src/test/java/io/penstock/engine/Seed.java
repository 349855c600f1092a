package io.penstock.engine;

import java.util.Random;
import java.util.function.Consumer;

/** Seeds of random tests: fresh each run, printed on failure, given back by {@code -Dpenstock.seed=…}. */
public final class Seed {
    /** Runs a test body on a random source; a failure names the seed. */
    public static void run(Consumer<Random> body) {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        try {
            body.accept(new Random(seed));
        } catch (Throwable failure) {
            throw new AssertionError("-Dpenstock.seed=" + seed + ": " + failure, failure);
        }
    }

    private Seed() {}
}
