package io.penstock.engine.aead;

import io.penstock.ffm.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What an engine has to show before it may touch a packet: two transport messages that wireguard-go accepts, then 32 lengths around
 * every block boundary under two keys in one batch, sealed and opened, apart and in place, unaligned, and each refused with one bit
 * flipped. The expected tags are a table, made by another engine, so that no second engine has to be loaded at start; a tag
 * covers all of the ciphertext, so a wrong key stream shows in it.
 */
final class SelfTest {
    private static final int TAG = AeadEngine.TAG_LENGTH;

    static final int[] LENGTHS = {
        0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 191, 192, 255, 256, 257, 511, 512, 575, 640, 1023,
        1024, 1025, 1280, 1419, 1420, 1421, 2047, 4100,
    };

    /** Tags of the packets of {@link #LENGTHS}, two big-endian words each. */
    static final long[] TAGS = {
        0xfa984d091f459156L, 0x93ff0d9c29b0d6bcL,
        0x8cae595c1a5edda6L, 0x7bd1c1c4c499fef4L,
        0x2636791156119c0bL, 0x61896913cc95342eL,
        0x0c060377ae38538dL, 0xaf4773f34cf7573aL,
        0x53948984996c608bL, 0x3b91547340f5fb84L,
        0x7e0d52a9f4fe2aacL, 0x360139255f1e444aL,
        0x8ce3786dcc825723L, 0x6bb1933d7e2c01b0L,
        0x55324ff6bd4b65edL, 0x65ec4b68dba6ec60L,
        0x3afb4dd479e70f22L, 0x6b555c58bd713360L,
        0xc3b73712c5d26f1dL, 0xe2610e502cb1b908L,
        0x8835ad52b02bd177L, 0x6142d1d0d4ba7e44L,
        0xd47ea3d6ea32ff92L, 0x01cf346307ae0ab4L,
        0xa748da3319525ac4L, 0x91583d8d3643b1f5L,
        0xec74bd6688de3ed5L, 0x7853d62c7365b31dL,
        0xdb1d9064041e988eL, 0x0714e0efbc1a08ddL,
        0x7f3d37dd780e922eL, 0xfdb186431152ce8bL,
        0x4492bd6af5fcfd31L, 0xf21a1aea75b9aba2L,
        0x77ccc766c2bcee30L, 0xfe58228a487ff37bL,
        0xc123ebac72909e4eL, 0xcc16f3123e954d1fL,
        0x3c6cdf964ffb31d8L, 0x962004e433f0b1daL,
        0x05a2b632d7c77e6fL, 0xfea3003b3e2ba48cL,
        0x9acd640cf52e61b7L, 0x1ec53c2465a25a83L,
        0x7a1805fedd16af74L, 0xd351d4ac56425726L,
        0xe67bc7205c1605c8L, 0xf542678aad09f974L,
        0xe6fdb8bb422cc586L, 0x9de2eea31ca9ffc7L,
        0xffddd5d16b7c035cL, 0xcfbc1aa838df82b7L,
        0x6628bfda7d4380feL, 0xa23d668544f4db54L,
        0x6b4e00f2257b853cL, 0xc21a32dead240a9aL,
        0x71469a2fe19f61c5L, 0xc53a064166d051c1L,
        0x611b14674315ab0bL, 0x42137e6035164ce7L,
        0x7187ce0e1560f781L, 0x03f4d60dad867e90L,
        0x480822077a832d8dL, 0x6abc32ba467be53aL,
    };

    private final AeadEngine engine;
    private final Arena arena;
    private final AeadBatch batch = new AeadBatch();
    private final long keys;
    private final long plain;
    private final long sealed;
    private final long work;
    private final int areaLength;

    private SelfTest(AeadEngine engine, Arena arena) {
        this.engine = engine;
        this.arena = arena;
        areaLength = position(LENGTHS.length);
        keys = address(2L * AeadEngine.KEY_LENGTH);
        plain = address(areaLength) + 1;
        sealed = address(areaLength) + 3;
        work = address(areaLength) + 7;
    }

    private long address(long lengthBytes) {
        return arena.allocate(lengthBytes + 8, 8).address();
    }

    /**
     * Tests an engine: some 30 to 50 ms in a fresh JVM, most of it linking what the first packet needs too.
     *
     * @return what it did wrong, or null if nothing
     */
    static @Nullable String failure(AeadEngine engine) {
        try (Arena arena = Arena.ofConfined()) {
            return new SelfTest(engine, arena).run();
        } catch (IllegalStateException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private @Nullable String run() {
        if (!sealsKnownMessages()) {
            return "wrong answer for a known message";
        }
        fill();
        layOut(plain, sealed);
        engine.seal(batch);
        for (int i = 0; i < LENGTHS.length; i++) {
            long tag = sealed + position(i) + LENGTHS[i];
            if (Memory.getLongBigEndian(tag) != TAGS[2 * i] || Memory.getLongBigEndian(tag + 8) != TAGS[2 * i + 1]) {
                return "wrong tag for " + LENGTHS[i] + " bytes";
            }
        }
        layOut(sealed, work);
        if (engine.open(batch) != all() || !samePlaintext()) {
            return "cannot open what it sealed";
        }
        Memory.copy(plain, work, areaLength);
        layOut(work, work);
        engine.seal(batch);
        if (!same(work, sealed, areaLength)) {
            return "seals otherwise in place";
        }
        if (engine.open(batch) != all() || !samePlaintext()) {
            return "cannot open in place";
        }
        return acceptsForgery() ? "accepted a forged packet" : null;
    }

    private boolean sealsKnownMessages() {
        String key = "aa7795f5a79720456e7301b568e5d86477dfedb76cdec1e73146f0de1f511c2d";
        String message = "4500002000010000401166ca0a0000010a000002045708ae000c000070696e67";
        String answer =
                "181a4b511d5751040a485a7b72bafa42e6b9f9838b706634b460c5ba6769eff4c81f588fb9c8c5ca19a4a40e7c5d04aa";
        return seals(key, 0, "", "36dc3e465faf7c05174c0b7422ac431b") && seals(key, 1, message, answer);
    }

    private boolean seals(String key, long counter, String message, String answer) {
        batch.clear();
        batch.add(bytes(key), counter, bytes(message), work, message.length() / 2);
        engine.seal(batch);
        return same(work, bytes(answer), answer.length() / 2);
    }

    private long bytes(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        long address = address(bytes.length);
        Memory.copy(bytes, 0, address, bytes.length);
        return address;
    }

    /** By way of arrays: at start this code is interpreted, and native accesses are slow. */
    private void fill() {
        byte[] bytes = new byte[areaLength];
        for (int i = 0; i < areaLength; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8) * 17 + 5);
        }
        Memory.copy(bytes, 0, plain, areaLength);
        for (int i = 0; i < 2 * AeadEngine.KEY_LENGTH; i++) {
            bytes[i] = (byte) (i * 37 + 7);
        }
        Memory.copy(bytes, 0, keys, 2 * AeadEngine.KEY_LENGTH);
    }

    private void layOut(long source, long destination) {
        batch.clear();
        for (int i = 0; i < LENGTHS.length; i++) {
            long key = keys + ((i / 4) & 1) * (long) AeadEngine.KEY_LENGTH;
            long counter = i * 0x9E3779B97F4A7C15L;
            batch.add(key, counter, source + position(i), destination + position(i), LENGTHS[i]);
        }
    }

    private boolean acceptsForgery() {
        for (int i = 0; i < LENGTHS.length; i++) {
            long forged = sealed + position(i) + i * 7 % (LENGTHS[i] + TAG);
            Memory.putByte(forged, (byte) (Memory.getByte(forged) ^ (1 << (i & 7))));
        }
        layOut(sealed, work);
        return engine.open(batch) != 0;
    }

    private boolean samePlaintext() {
        for (int i = 0; i < LENGTHS.length; i++) {
            if (!same(plain + position(i), work + position(i), LENGTHS[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean same(long a, long b, int lengthBytes) {
        return MemorySegment.mismatch(
                        Memory.segment(a, lengthBytes), 0, lengthBytes, Memory.segment(b, lengthBytes), 0, lengthBytes)
                < 0;
    }

    private static long all() {
        return -1L >>> (64 - LENGTHS.length);
    }

    /** Where packet {@code i} begins in an area, each with room for its tag. */
    private static int position(int i) {
        int position = 0;
        for (int k = 0; k < i; k++) {
            position += LENGTHS[k] + TAG;
        }
        return position;
    }
}
