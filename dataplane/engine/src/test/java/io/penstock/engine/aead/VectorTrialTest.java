package io.penstock.engine.aead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Does C2 still make of the kernels what they were written for? That depends on its version and fails silently: vectors are boxed, and
 * all is right and slow. Where the processor has the vectors, the kernels have to be free of garbage after a bounded warm-up; where it
 * has not, the same measurement has to refuse them.
 */
class VectorTrialTest {
    private static final long PATIENCE_NS = Duration.ofSeconds(60).toNanos();
    private static final int CLEAN_PASSES = 50;

    @Test
    void kernelsMakeNoGarbageWhereTheyAreNativeAndAreRefusedWhereNot() throws EngineUnavailableException {
        VectorModule.load();
        if (VectorKernels.areNative()) {
            try (VectorTrial trial = VectorTrial.open("libcrypto")) {
                assertTrue(warmUp(trial), "C2 boxes the kernels of 512 bits");
                VectorMeasurement measurement = trial.measure();
                assertEquals(0, measurement.allocatedBytes(), measurement.toString());
                assertNotNull(measurement.breakEven(1.0), measurement.toString());
            }
            return;
        }
        EngineUnavailableException e =
                assertThrows(EngineUnavailableException.class, () -> VectorTrial.open("libcrypto"));
        assertTrue(String.valueOf(e.getMessage()).contains("512-bit"), e.getMessage());
        try (VectorTrial trial = new VectorTrial(AeadEngines.open("libcrypto"), new VectorEngine())) {
            assertTrue(trial.pass() > 0, "vectors of 512 bits are boxed here");
            VectorMeasurement measurement = trial.measure();
            assertTrue(measurement.allocatedBytes() > 0, measurement.toString());
            assertNull(measurement.breakEven(1.0), measurement.toString());
        }
    }

    private static boolean warmUp(VectorTrial trial) {
        long startNs = System.nanoTime();
        int clean = 0;
        while (clean < CLEAN_PASSES && System.nanoTime() - startNs < PATIENCE_NS) {
            clean = trial.pass() == 0 ? clean + 1 : 0;
        }
        return clean == CLEAN_PASSES;
    }
}
