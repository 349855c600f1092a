package io.penstock.engine.aead;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.AllocationMeter;
import io.penstock.engine.Seed;
import io.penstock.ffm.Memory;
import io.penstock.ffm.crypto.BoringSsl;
import io.penstock.ffm.crypto.Library;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every engine against an oracle, which itself is held to RFC 8439. All engines have to be there. */
class EnginesTest {
    private static final int MAX_LENGTH = 2100;
    private static final int STRIDE = MAX_LENGTH + 64;

    private final Arena arena = Arena.ofConfined();
    private final AeadBatch batch = new AeadBatch();
    private final long keys = address(2 * 32);
    private final long plain = address(STRIDE * 64);
    private final long sealed = address(STRIDE * 64);
    private final long opened = address(STRIDE * 64);
    private long sink;

    private long address(int lengthBytes) {
        return arena.allocate(lengthBytes + 64L, 64).address();
    }

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void oracleGivesTheAnswerOfTheRfc() throws InvalidCipherTextException {
        // RFC 8439, section 2.8.2
        byte[] key = HexFormat.of().parseHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
        byte[] nonce = HexFormat.of().parseHex("070000004041424344454647");
        byte[] aad = HexFormat.of().parseHex("50515253c0c1c2c3c4c5c6c7");
        byte[] text = ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
                        + "sunscreen would be it.")
                .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        byte[] answer = oracle(key, nonce, aad, text);
        assertEquals("d31a8d34648e60db", HexFormat.of().formatHex(answer, 0, 8));
        assertEquals(
                "1ae10b594f09e26a7e902ecbd0600691", HexFormat.of().formatHex(answer, text.length, text.length + 16));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ipsec-mb", "boringssl", "libcrypto", "jce", "bouncycastle", "vector-512", "vector-256", "hybrid"
            })
    void passesItsSelfTest(String name) throws EngineUnavailableException {
        try (AeadEngine engine = engine(name)) {
            assertNull(SelfTest.failure(engine));
            String shown = name.equals("hybrid") ? "libcrypto" : name.split("-", -1)[0];
            assertTrue(engine.name().startsWith(shown), engine.name());
            assertTrue(engine.describe().startsWith(name.equals("hybrid") ? "vector" : shown), engine.describe());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ipsec-mb", "boringssl", "libcrypto", "jce", "bouncycastle", "vector-512", "vector-256", "hybrid"
            })
    void agreesWithOracleOverAllLengths(String name) throws EngineUnavailableException {
        try (AeadEngine engine = engine(name)) {
            Seed.run(random -> {
                fill(random, keys, 64);
                fill(random, plain, STRIDE * 64);
                for (int length = 0; length <= MAX_LENGTH; ) {
                    batch.clear();
                    for (int i = 0; i < 61 && length <= MAX_LENGTH; i++, length++) {
                        long at = (long) i * STRIDE + random.nextInt(32);
                        batch.add(keys + random.nextInt(2) * 32L, random.nextLong(), plain + at, sealed + at, length);
                    }
                    assertSealsAndOpens(engine);
                }
            });
        }
    }

    /** Seals and opens the batch as it is laid out, apart and in place, against the oracle. */
    private void assertSealsAndOpens(AeadEngine engine) {
        engine.seal(batch);
        long all = -1L >>> (64 - batch.count);
        for (int i = 0; i < batch.count; i++) {
            byte[] expected = oracle(i);
            assertArrayEquals(
                    expected, Memory.bytes(batch.destination[i], expected.length), "length " + batch.length[i]);
        }
        AeadBatch back = copy(sealed - plain, opened - sealed);
        assertEquals(all, engine.open(back));
        assertPlaintext(back);
        for (int i = 0; i < batch.count; i++) { // now in place, where the plaintext has been put
            back.source[i] = back.destination[i];
        }
        engine.seal(back);
        for (int i = 0; i < batch.count; i++) {
            int length = batch.length[i] + 16;
            assertArrayEquals(Memory.bytes(batch.destination[i], length), Memory.bytes(back.destination[i], length));
        }
        assertEquals(all, engine.open(back));
        assertPlaintext(back);
    }

    private AeadBatch copy(long sourceShift, long destinationShift) {
        AeadBatch copy = new AeadBatch();
        for (int i = 0; i < batch.count; i++) {
            copy.add(
                    batch.key[i],
                    batch.counter[i],
                    batch.source[i] + sourceShift,
                    batch.destination[i] + destinationShift,
                    batch.length[i]);
        }
        return copy;
    }

    private void assertPlaintext(AeadBatch opened) {
        for (int i = 0; i < batch.count; i++) {
            assertArrayEquals(
                    Memory.bytes(batch.source[i], batch.length[i]),
                    Memory.bytes(opened.destination[i], batch.length[i]));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ipsec-mb", "boringssl", "libcrypto", "jce", "bouncycastle", "vector-512", "vector-256", "hybrid"
            })
    void refusesEveryChangeOfTagLengthCounterAndKey(String name) throws EngineUnavailableException {
        try (AeadEngine engine = engine(name)) {
            fill(new Random(1), keys, 64);
            for (int length : new int[] {0, 1, 16, 63, 64, 100, 1420}) {
                for (int bit = 0; bit < 8 * (length + 16); bit += bit < 128 ? 1 : 97) {
                    seal(engine, length);
                    int at = length + 15 - bit / 8; // the tag first
                    Memory.putByte(sealed + at, (byte) (Memory.getByte(sealed + at) ^ (1 << (bit % 8))));
                    assertEquals(0, open(engine, keys, length), "length " + length + " bit " + bit);
                }
                for (byte value : new byte[] {0, -1, (byte) 0x80}) { // whole tags of one value
                    seal(engine, length);
                    Memory.fill(sealed + length, 16, value);
                    assertEquals(0, open(engine, keys, length));
                }
                seal(engine, length);
                assertEquals(1, open(engine, keys, length));
                assertEquals(0, open(engine, keys + 32, length));
                sealedCounter++;
                assertEquals(0, open(engine, keys, length));
            }
        }
    }

    private long sealedCounter;

    private void seal(AeadEngine engine, int length) {
        batch.clear();
        batch.add(keys, ++sealedCounter, plain, sealed, length);
        engine.seal(batch);
    }

    private long open(AeadEngine engine, long key, int length) {
        batch.clear();
        batch.add(key, sealedCounter, sealed, opened, length);
        return engine.open(batch);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ipsec-mb", "boringssl", "libcrypto", "jce", "bouncycastle", "vector-512", "vector-256", "hybrid"
            })
    void setsABitForEachAuthenticPacketOnly(String name) throws EngineUnavailableException {
        try (AeadEngine engine = engine(name)) {
            Seed.run(random -> {
                fill(random, keys, 64);
                for (int round = 0; round < 20; round++) {
                    layOut(64, 100, plain, sealed);
                    engine.seal(batch);
                    long expected = random.nextLong();
                    for (int i = 0; i < 64; i++) {
                        if ((expected >>> i & 1) == 0) {
                            long at = batch.destination[i] + random.nextInt(116);
                            Memory.putByte(at, (byte) (Memory.getByte(at) ^ (1 << random.nextInt(8))));
                        }
                    }
                    layOut(64, 100, sealed, round % 2 == 0 ? sealed : opened);
                    assertEquals(expected, engine.open(batch));
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ipsec-mb", "boringssl", "libcrypto", "jce", "bouncycastle", "vector-512", "vector-256", "hybrid"
            })
    void writesNothingBesideThePacket(String name) throws EngineUnavailableException {
        try (AeadEngine engine = engine(name)) {
            for (int length = 0; length < 300; length++) {
                Memory.fill(sealed, 400, (byte) 0x55);
                Memory.fill(opened, 400, (byte) 0x55);
                batch.clear();
                batch.add(keys, length, plain, sealed + 1, length);
                engine.seal(batch);
                batch.source[0] = sealed + 1;
                batch.destination[0] = opened + 1;
                assertEquals(1, engine.open(batch));
                assertEquals(0x55, Memory.getByte(sealed));
                assertEquals(0x55, Memory.getByte(sealed + 1 + length + 16));
                assertEquals(0x55, Memory.getByte(opened));
                assertEquals(0x55, Memory.getByte(opened + 1 + length));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ipsec-mb", "boringssl", "libcrypto"})
    void sealsAndOpensWithoutAllocating(String name) throws EngineUnavailableException {
        try (AeadEngine engine = engine(name)) {
            AllocationMeter.assertNoBytes(
                    () -> {
                        layOut(32, 200, plain, sealed);
                        engine.seal(batch);
                        layOut(32, 200, sealed, opened);
                        sink += engine.open(batch);
                    },
                    500);
            assertEquals(0, sink & 1L << 62);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ipsec-mb", "boringssl", "libcrypto", "jce", "bouncycastle", "vector-512", "vector-256", "hybrid"
            })
    void worksFromTwoThreadsWithAnEngineEach(String name) throws InterruptedException {
        String[] failures = new String[2];
        Thread[] threads = new Thread[2];
        for (int t = 0; t < 2; t++) {
            int index = t;
            threads[t] = new Thread(() -> failures[index] = repeatSelfTest(name));
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals("[null, null]", Arrays.toString(failures));
    }

    private static String repeatSelfTest(String name) {
        try (AeadEngine engine = engine(name)) {
            for (int i = 0; i < 30; i++) {
                String failure = SelfTest.failure(engine);
                if (failure != null) {
                    return failure;
                }
            }
            return "null";
        } catch (EngineUnavailableException e) {
            return e.toString();
        }
    }

    @Test
    void boringSslKeepsNothingOfAKeyAfterABatch() throws EngineUnavailableException {
        byte[] pattern = new byte[64];
        Arrays.fill(pattern, (byte) 0xa7);
        Memory.copy(pattern, 0, keys, pattern.length);
        assertTrue(contextOfLibraryHoldsPattern(), "the test looks where the library has the key");
        try (BoringSslEngine engine = new BoringSslEngine()) {
            for (int length : new int[] {0, 100}) {
                layOut(3, length, plain, sealed);
                engine.seal(batch);
                assertFalse(holdsPattern(engine.context()));
                layOut(3, length, sealed, opened);
                assertEquals(7, engine.open(batch));
                assertFalse(holdsPattern(engine.context()));
            }
        }
    }

    private boolean contextOfLibraryHoldsPattern() {
        if (!(BoringSsl.find() instanceof Library.Present<BoringSsl>(BoringSsl library))) {
            throw new AssertionError("no BoringSSL");
        }
        long context = library.evpAeadCtxNew(library.chacha20Poly1305(), keys, 32, 16);
        boolean holds = holdsPattern(context);
        library.evpAeadCtxFree(context);
        return holds;
    }

    /** Whether some eight bytes of the beginning of a context are a key's; one or two may be so by chance, in an address. */
    private static boolean holdsPattern(long context) {
        for (int i = 0; i < 64; i++) {
            if (Memory.getLong(context + i) == 0xa7a7a7a7a7a7a7a7L) {
                return true;
            }
        }
        return false;
    }

    @Test
    void boringSslUsesTheKeyThatIsAtAnAddressAndNotTheOneThatWas() throws EngineUnavailableException {
        try (BoringSslEngine engine = new BoringSslEngine()) {
            fill(new Random(1), keys, 64);
            seal(engine, 100);
            Memory.copy(keys + 32, keys, 32); // the vault gives released memory to the next key
            assertEquals(0, open(engine, keys, 100));
            seal(engine, 100);
            assertEquals(1, open(engine, keys + 32, 100));
        }
    }

    /** An engine by its name; the vector one of both widths; or one over libcrypto whose groups of three and more go to it. */
    private static AeadEngine engine(String name) throws EngineUnavailableException {
        VectorModule.load();
        return switch (name) {
            case "vector-512" -> new VectorEngine(new VectorKernels512());
            case "vector-256" -> new VectorEngine(new VectorKernels256());
            case "hybrid" -> HybridEngineTest.hybrid(AeadEngines.open("libcrypto"), 3);
            default -> AeadEngines.open(name);
        };
    }

    private void layOut(int count, int length, long source, long destination) {
        batch.clear();
        for (int i = 0; i < count; i++) {
            batch.add(
                    keys + (i & 1) * 32L,
                    1000 + i,
                    source + (long) i * STRIDE,
                    destination + (long) i * STRIDE,
                    length);
        }
    }

    private byte[] oracle(int i) {
        byte[] nonce = new byte[12];
        for (int k = 0; k < 8; k++) {
            nonce[4 + k] = (byte) (batch.counter[i] >>> (8 * k));
        }
        try {
            return oracle(
                    Memory.bytes(batch.key[i], 32), nonce, new byte[0], Memory.bytes(batch.source[i], batch.length[i]));
        } catch (InvalidCipherTextException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] oracle(byte[] key, byte[] nonce, byte[] aad, byte[] text) throws InvalidCipherTextException {
        ChaCha20Poly1305 cipher = new ChaCha20Poly1305();
        cipher.init(true, new AEADParameters(new KeyParameter(key), 128, nonce, aad));
        byte[] out = new byte[text.length + 16];
        int written = cipher.processBytes(text, 0, text.length, out, 0);
        assertNotNull(out);
        written += cipher.doFinal(out, written);
        assertEquals(out.length, written);
        return out;
    }

    private static void fill(Random random, long address, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        Memory.copy(bytes, 0, address, length);
    }
}
