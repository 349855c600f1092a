package io.penstock.server.map;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.message.DerpMap;
import io.penstock.server.Samples;
import io.penstock.server.TestClock;
import io.penstock.server.store.Store;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The maps that nodes get, against the naive twin's. */
class MapsTest {
    private static final int CHANGES = 500;

    @TempDir
    private Path folder;

    private final TestClock clock = new TestClock();

    /** Maps that go on when they are told to. */
    private record Driven(Maps maps) implements MapsUnderTest {
        @Override
        public MapSource source() {
            return maps;
        }

        @Override
        public void settle() {
            maps.catchUp();
            maps.passTime();
        }

        @Override
        public void close() {
            maps.close();
        }
    }

    @Test
    void keepsTwoDomainsApartAndTellsEachNodeWhatTheNaiveTwinDoes() {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        try (Store store = Samples.store(folder, clock);
                Driven maps = new Driven(new Maps(store, clock, () -> new DerpMap(null, Map.of(), true), 100))) {
            TwoDomains domains = new TwoDomains(store, clock, maps, seed);
            try {
                domains.run(CHANGES);
            } catch (AssertionError e) {
                throw new AssertionError("-Dpenstock.seed=" + seed + ": " + e.getMessage(), e);
            }
            assertTrue(domains.compared > CHANGES / 4, domains.compared + " maps compared");
            assertTrue(
                    maps.maps.counters().deltas() > CHANGES / 4,
                    maps.maps.counters().deltas() + " deltas");
        }
    }
}
