package io.penstock.engine.aead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import jdk.incubator.vector.IntVector;
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
        int nativeBits = IntVector.SPECIES_PREFERRED.vectorBitSize();
        for (VectorKernels kernels : List.of(new VectorKernels512(), new VectorKernels256())) {
            try (VectorTrial trial = new VectorTrial(AeadEngines.open("jce"), new VectorEngine(kernels))) {
                if (kernels.bits() <= nativeBits) {
                    assertTrue(warmUp(trial), "C2 boxes the kernels of " + kernels.bits() + " bits");
                    VectorMeasurement measurement = trial.measure();
                    assertEquals(0, measurement.allocatedBytes(), measurement.toString());
                    assertNotNull(measurement.breakEven(1.0), measurement.toString());
                } else {
                    assertTrue(trial.pass() > 0, "vectors of " + kernels.bits() + " bits are boxed here");
                    VectorMeasurement measurement = trial.measure();
                    assertTrue(measurement.allocatedBytes() > 0, measurement.toString());
                    assertNull(measurement.breakEven(1.0), measurement.toString());
                }
            }
        }
    }

    @Test
    void isForNativeEnginesWithTheWidestVectorsOnly() throws EngineUnavailableException {
        VectorModule.load();
        VectorKernels kernels = VectorKernels.nativeOnes();
        if (kernels != null && kernels.bits() == VectorKernels.WIDE_BITS) {
            VectorTrial.open("libcrypto").close();
        } else {
            EngineUnavailableException e =
                    assertThrows(EngineUnavailableException.class, () -> VectorTrial.open("libcrypto"));
            assertTrue(String.valueOf(e.getMessage()).contains("256 bits"), e.getMessage());
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
