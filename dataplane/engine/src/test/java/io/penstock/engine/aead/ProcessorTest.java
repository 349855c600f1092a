package io.penstock.engine.aead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProcessorTest {
    private static final String WITHOUT =
            "processor\t: 0\nflags\t\t: fpu vme avx2 avx512f avx512dq avx512bw_not\nbugs\t\t: x\n";
    private static final String WITH = "processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512dq avx512bw avx512vl\n";

    @Test
    void knowsAvx512ByAllOfItsFlags() {
        assertEquals(Processor.X86_AVX512, Processor.of("amd64", WITH));
        assertEquals(Processor.X86, Processor.of("amd64", WITHOUT));
        assertEquals(Processor.X86, Processor.of("amd64", ""));
        assertEquals(Processor.OTHER, Processor.of("aarch64", "Features\t: fp asimd\n"));
    }

    @Test
    void knowsThisMachine() {
        assertTrue(Processor.ofThisMachine() != Processor.OTHER
                || !System.getProperty("os.arch").equals("amd64"));
    }

    @Test
    void prefersOtherLibrariesWithoutAvx512() {
        assertEquals("ipsec-mb", Processor.X86_AVX512.preference().get(0));
        assertEquals("boringssl", Processor.X86.preference().get(0));
        assertEquals("libcrypto", Processor.OTHER.preference().get(0));
    }

    @Test
    void leavesNoNativeEngineOutOnX86() {
        Set<String> all = new HashSet<>(AeadEngines.NAMES);
        all.remove("vector");
        assertEquals(all, new HashSet<>(Processor.X86.preference()));
        assertEquals(all, new HashSet<>(Processor.X86_AVX512.preference()));
        assertNotEquals(Processor.X86.preference(), Processor.X86_AVX512.preference());
    }
}
