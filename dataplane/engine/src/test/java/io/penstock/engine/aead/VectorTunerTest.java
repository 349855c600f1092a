package io.penstock.engine.aead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.RecordingLogger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The switch, with measurements that the test makes up. */
class VectorTunerTest {
    private static final long PATIENCE_NS = Duration.ofSeconds(20).toNanos();

    private final RecordingLogger log = new RecordingLogger(Level.DEBUG);
    private final Scripted trial = new Scripted();
    private final VectorTuner tuner = new VectorTuner(() -> trial, Duration.ofMillis(20), log);

    @Test
    void startsNothingWithoutTraffic() throws Exception {
        try (HybridEngine engine = engine()) {
            Thread.sleep(100);
            assertEquals(0, trial.passes.get());
            assertEquals("libcrypto", engine.describe().split(" ", -1)[0]);
        }
    }

    @Test
    void switchesOnAfterCleanPassesOnly() throws Exception {
        try (HybridEngine engine = engine()) {
            trial.garbage = 4096;
            tuner.onTraffic();
            until(() -> trial.passes.get() > 60);
            assertEquals(0, trial.measurements.get());
            trial.garbage = 0;
            until(() -> isOn(engine));
            assertTrue(trial.passes.get() > 100, "a row of clean passes comes first");
            until(() -> !log.lines().isEmpty());
            assertTrue(
                    log.lines()
                            .get(0)
                            .matches("cipher engine is vector .* over libcrypto .*: groups from .* of garbage"),
                    log.lines().toString());
        }
        assertTrue(trial.closed.await(20, TimeUnit.SECONDS), "the last engine ends the thread");
    }

    @Test
    void switchesOffWhenThreeMeasurementsAgreeAndOnAgain() throws Exception {
        try (HybridEngine engine = engine()) {
            tuner.onTraffic();
            until(() -> isOn(engine));

            trial.disturbed.set(2); // one or two bad ones are chance
            int before = trial.measurements.get();
            until(() -> trial.measurements.get() > before + 4, tuner::onTraffic);
            assertTrue(isOn(engine));

            trial.groupNs = 1_000_000;
            until(() -> !isOn(engine), tuner::onTraffic);
            trial.groupNs = 100;
            until(() -> isOn(engine), tuner::onTraffic);
            trial.measuredGarbage = 1;
            until(() -> !isOn(engine), tuner::onTraffic);
            until(() -> log.lines().size() == 4);
            assertTrue(
                    log.lines().get(1).matches("cipher engine is libcrypto .* alone: .*"),
                    log.lines().get(1));
        }
    }

    @Test
    void looksAgainOnlyWhenThereWasTraffic() throws Exception {
        try (HybridEngine engine = engine()) {
            tuner.onTraffic();
            until(() -> isOn(engine));
            Thread.sleep(50);
            int before = trial.measurements.get();
            Thread.sleep(200);
            assertEquals(before, trial.measurements.get());
            until(() -> trial.measurements.get() > before, tuner::onTraffic);
        }
    }

    @Test
    void givesUpAfterWarmUpsInVain() throws Exception {
        trial.groupNs = 1_000_000;
        try (HybridEngine engine = engine()) {
            until(() -> trial.closed.getCount() == 0, tuner::onTraffic);
            assertTrue(!isOn(engine));
            assertEquals(List.of("the vector kernels do not pay here"), log.lines());
        }
    }

    @Test
    void tellsEveryEngineAndThoseThatComeLater() throws Exception {
        try (HybridEngine first = engine();
                HybridEngine second = first.another()) {
            tuner.onTraffic();
            until(() -> isOn(first) && isOn(second));
            try (HybridEngine third = second.another()) {
                assertTrue(isOn(third));
            }
        }
    }

    @Test
    void saysWhyThereAreNoKernels() throws Exception {
        VectorTuner without = new VectorTuner(
                () -> {
                    throw new EngineUnavailableException("no such thing");
                },
                Duration.ofMillis(1),
                log);
        try (HybridEngine engine = new HybridEngine(AeadEngines.open("libcrypto"), without)) {
            without.onTraffic();
            until(() -> !log.lines().isEmpty());
            assertEquals(List.of("no vector kernels: no such thing"), log.lines());
            assertTrue(!isOn(engine));
        }
    }

    @Test
    void switchesOffForGoodWhenTheKernelsAreWrong() throws Exception {
        try (HybridEngine engine = engine()) {
            tuner.onTraffic();
            until(() -> isOn(engine));
            trial.isWrong = true;
            until(() -> trial.closed.getCount() == 0, tuner::onTraffic);
            assertTrue(!isOn(engine));
        }
    }

    private HybridEngine engine() throws EngineUnavailableException {
        VectorModule.load();
        return new HybridEngine(AeadEngines.open("libcrypto"), tuner);
    }

    private static boolean isOn(HybridEngine engine) {
        return engine.describe().startsWith("vector");
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        until(condition, null);
    }

    private static void until(BooleanSupplier condition, @Nullable Runnable meanwhile) throws InterruptedException {
        long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - startNs < PATIENCE_NS, "waited in vain");
            if (meanwhile != null) {
                meanwhile.run();
            }
            Thread.sleep(1);
        }
    }

    private static final class Scripted implements VectorTuner.Trial {
        final AtomicInteger passes = new AtomicInteger();
        final AtomicInteger measurements = new AtomicInteger();
        final CountDownLatch closed = new CountDownLatch(1);
        volatile long garbage;
        volatile long measuredGarbage;
        volatile long groupNs = 100;
        final AtomicInteger disturbed = new AtomicInteger();
        volatile boolean isWrong;

        @Override
        public long pass() {
            passes.incrementAndGet();
            return garbage;
        }

        @Override
        public VectorMeasurement measure() {
            measurements.incrementAndGet();
            if (isWrong) {
                throw new IllegalStateException("vector does not open what it has sealed");
            }
            long ns = groupNs;
            if (disturbed.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                ns = 1_000_000;
            }
            return new VectorMeasurement(
                    measuredGarbage, new int[] {64, 512, 1420}, new long[] {ns, ns, ns}, new long[] {100, 100, 100});
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }
}
