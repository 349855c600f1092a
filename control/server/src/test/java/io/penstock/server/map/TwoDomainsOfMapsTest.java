package io.penstock.server.map;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.TestClock;
import io.penstock.server.store.Store;
import java.nio.file.Path;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The checks of maps, on maps that are right and on maps each of which is wrong in one way. */
class TwoDomainsOfMapsTest {
    private static final int CHANGES = 200;

    @TempDir
    private Path folder;

    private final TestClock clock = new TestClock();

    @Test
    void findsNothingWrongWithWholeMaps() {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        int compared = run(seed, (store, time) -> new WholeMaps(store, time, new Presence()));
        assertTrue(compared > CHANGES / 4, compared + " maps compared with -Dpenstock.seed=" + seed);
    }

    @ParameterizedTest
    @EnumSource
    void findsEachFault(Fault fault) {
        // A fixed seed: whether a fault comes to light within so many changes is up to chance.
        AssertionError found = assertThrows(AssertionError.class, () -> run(9, fault::maps));
        assertTrue(found.toString().contains("-Dpenstock.seed=9: step "), found::toString);
    }

    private int run(long seed, BiFunction<Store, TestClock, WholeMaps> source) {
        try (Store store = Samples.store(folder, clock);
                WholeMaps maps = source.apply(store, clock)) {
            TwoDomains domains = new TwoDomains(store, clock, maps, seed);
            try {
                domains.run(CHANGES);
            } catch (AssertionError e) {
                throw new AssertionError("-Dpenstock.seed=" + seed + ": " + e.getMessage(), e);
            }
            return domains.compared;
        }
    }
}
