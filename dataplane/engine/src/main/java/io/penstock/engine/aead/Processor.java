package io.penstock.engine.aead;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;

/** What the choice of an engine needs to know of this machine's processor. */
enum Processor {
    /** x86-64 with the parts of AVX-512 that ciphers use. */
    X86_AVX512,
    /** x86-64 without. */
    X86,
    OTHER;

    /** One core's lines of the kernel's list; all cores are alike. */
    private static final int ENOUGH_BYTES = 8192;

    private static final List<String> AVX512 = List.of("avx512f", "avx512bw", "avx512dq", "avx512vl");

    /** Asks the kernel: no library has to be loaded for that. */
    static Processor ofThisMachine() {
        try (InputStream file = new FileInputStream("/proc/cpuinfo")) {
            String text = new String(file.readNBytes(ENOUGH_BYTES), StandardCharsets.US_ASCII);
            return of(System.getProperty("os.arch"), text);
        } catch (IOException e) {
            return of(System.getProperty("os.arch"), ""); // no /proc: what every such processor can do
        }
    }

    /**
     * @param architecture as Java calls it
     * @param cpuInfo the beginning of {@code /proc/cpuinfo}
     */
    static Processor of(String architecture, String cpuInfo) {
        if (!architecture.equals("amd64")) {
            return OTHER;
        }
        for (String line : cpuInfo.split("\n", -1)) {
            if (line.startsWith("flags")) {
                return new HashSet<>(List.of(line.substring(line.indexOf(':') + 1)
                                        .strip()
                                        .split("\\s+")))
                                .containsAll(AVX512)
                        ? X86_AVX512
                        : X86;
            }
        }
        return X86;
    }

    /**
     * The engines to try, fastest first as far as it was measured: on processors with AVX-512 ipsec-mb takes half the time of
     * BoringSSL; on those without a third more; libcrypto takes longer than both. The pure ones are for where no library is.
     */
    List<String> preference() {
        return switch (this) {
            case X86_AVX512 ->
                List.of(
                        IpsecMbEngine.NAME,
                        BoringSslEngine.NAME,
                        LibCryptoEngine.NAME,
                        JceEngine.NAME,
                        BouncyCastleEngine.NAME);
            case X86 ->
                List.of(
                        BoringSslEngine.NAME,
                        IpsecMbEngine.NAME,
                        LibCryptoEngine.NAME,
                        JceEngine.NAME,
                        BouncyCastleEngine.NAME);
            case OTHER -> List.of(LibCryptoEngine.NAME, BoringSslEngine.NAME, JceEngine.NAME, BouncyCastleEngine.NAME);
        };
    }
}
