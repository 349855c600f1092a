package io.penstock.ffm.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.Memory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** All libraries against the JDK's cipher and RFC 7748. Needs libipsec-mb1, android-libboringssl and libssl3. */
class CryptoTest {
    private static final int MAX_LENGTH = 2000;

    private final long memory = Memory.slab(5 * Memory.PAGE_LENGTH);
    private final long key = memory;
    private final long iv = memory + 32;
    private final long tag = memory + 48;
    private final long outLength = memory + 64;
    private final long source = memory + Memory.PAGE_LENGTH;
    private final long destination = source + Memory.PAGE_LENGTH;

    @Test
    void ipsecMbSealsAndOpensAsTheJdkDoes() throws Exception {
        IpsecMb ipsecMb = present(IpsecMb.find());
        assertEquals(0x0103, ipsecMb.version() >> 8);
        long manager = ipsecMb.allocMbMgr();
        assertNotEquals(0, manager);
        assertTrue(ipsecMb.usedArch(manager) > 0);
        Random random = new Random(1);
        for (int length = 0; length < MAX_LENGTH; length += 37) {
            byte[] expected = prepare(random, length);
            byte[] plain = Memory.bytes(source, length);

            long job = ipsecMb.getNextJob(manager);
            ImbJob.setSeal(job, key, iv, source, destination, length, destination + length);
            long done = length % 2 == 0 ? ipsecMb.submitJob(manager) : ipsecMb.submitJobNocheck(manager);
            assertEquals(job, done);
            assertEquals(ImbJob.IMB_STATUS_COMPLETED, ImbJob.status(done));
            assertArrayEquals(expected, Memory.bytes(destination, length + 16));

            job = ipsecMb.getNextJob(manager);
            ImbJob.setOpen(job, key, iv, destination, destination, length, tag);
            assertEquals(job, ipsecMb.submitJob(manager));
            assertArrayEquals(plain, Memory.bytes(destination, length));
            assertArrayEquals(Arrays.copyOfRange(expected, length, length + 16), Memory.bytes(tag, 16));
        }
        assertEquals(0, ipsecMb.flushJob(manager));
        assertEquals(0, ipsecMb.imbErrno(manager));
        ipsecMb.freeMbMgr(manager);
    }

    @Test
    void boringSslSealsAndOpensAsTheJdkDoes() throws Exception {
        BoringSsl crypto = present(BoringSsl.find());
        assertTrue(crypto.path().endsWith("/android/libcrypto.so.0"), crypto.path());
        long aead = crypto.chacha20Poly1305();
        long ctx = crypto.evpAeadCtxNew(aead, key, 32, 16);
        assertNotEquals(0, ctx);
        Random random = new Random(5);
        for (int length = 0; length < MAX_LENGTH; length += 37) {
            byte[] expected = prepare(random, length);
            byte[] plain = Memory.bytes(source, length);
            int sealed = length + 16;

            crypto.evpAeadCtxCleanup(ctx);
            assertEquals(1, crypto.evpAeadCtxInit(ctx, aead, key, 32, 16, 0));
            assertEquals(1, crypto.evpAeadCtxSeal(ctx, destination, outLength, sealed, iv, 12, source, length, 0, 0));
            assertEquals(sealed, Memory.getLong(outLength));
            assertArrayEquals(expected, Memory.bytes(destination, sealed));

            assertEquals(
                    1, crypto.evpAeadCtxOpen(ctx, destination, outLength, length, iv, 12, destination, sealed, 0, 0));
            assertEquals(length, Memory.getLong(outLength));
            assertArrayEquals(plain, Memory.bytes(destination, length));

            Memory.copy(expected, 0, destination, sealed);
            Memory.putByte(destination + length, (byte) (expected[length] ^ 1));
            assertEquals(0, crypto.evpAeadCtxOpen(ctx, source, outLength, length, iv, 12, destination, sealed, 0, 0));
            assertArrayEquals(new byte[length], Memory.bytes(source, length));
        }
        crypto.evpAeadCtxFree(ctx);
    }

    @Test
    void boringSslAndOpenSslLiveInOneProcess() {
        assertEquals(3, present(LibCrypto.find()).opensslVersionNum() >>> 28);
        assertNotEquals(0, present(BoringSsl.find()).chacha20Poly1305());
        X25519 x25519 = new X25519(present(LibCrypto.find()));
        byte[] publicKey = new byte[32];
        x25519.publicKey(hex("77076d0a7318a57d3c16c17251b26645df4c6d0d9b1e2f5a1c3c8b2d6a1d5c9e"), publicKey);
        assertFalse(Arrays.equals(new byte[32], publicKey));
    }

    @Test
    void libCryptoSealsAndOpensAsTheJdkDoes() throws Exception {
        LibCrypto crypto = present(LibCrypto.find());
        assertEquals(3, crypto.opensslVersionNum() >>> 28);
        long ctx = crypto.evpCipherCtxNew();
        Random random = new Random(2);
        for (int length = 0; length < MAX_LENGTH; length += 37) {
            byte[] expected = prepare(random, length);
            byte[] plain = Memory.bytes(source, length);

            assertEquals(1, crypto.evpEncryptInitEx(ctx, crypto.chacha20Poly1305(), 0, key, 0));
            assertEquals(1, crypto.evpEncryptInitEx(ctx, 0, 0, 0, iv));
            assertEquals(1, crypto.evpEncryptUpdate(ctx, destination, outLength, source, length));
            assertEquals(length, Memory.getInt(outLength));
            assertEquals(1, crypto.evpEncryptFinalEx(ctx, destination + length, outLength));
            assertEquals(1, crypto.evpCipherCtxCtrl(ctx, LibCrypto.EVP_CTRL_AEAD_GET_TAG, 16, destination + length));
            assertArrayEquals(expected, Memory.bytes(destination, length + 16));

            assertEquals(1, openInPlace(crypto, ctx, length));
            assertArrayEquals(plain, Memory.bytes(destination, length));

            Memory.copy(expected, 0, destination, expected.length);
            Memory.putByte(destination + length, (byte) (expected[length] ^ 1));
            assertEquals(0, openInPlace(crypto, ctx, length));
        }
        crypto.errClearError();
        assertEquals(0, crypto.errGetError());
        assertEquals(1, crypto.evpCipherCtxReset(ctx));
        crypto.evpCipherCtxFree(ctx);
    }

    @Test
    void agreesAsRfc7748Section52Says() {
        X25519 x25519 = new X25519(present(LibCrypto.find()));
        byte[] scalar = hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
        byte[] shared = new byte[32];
        assertTrue(
                x25519.agree(scalar, hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"), shared));
        assertArrayEquals(hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"), shared);
    }

    @Test
    void publicKeyIsTheProductWithTheBasePoint() {
        X25519 x25519 = new X25519(present(LibCrypto.find()));
        byte[] scalar = new byte[32];
        new Random(3).nextBytes(scalar);
        byte[] base = new byte[32];
        base[0] = 9;
        byte[] product = new byte[32];
        byte[] publicKey = new byte[32];
        assertTrue(x25519.agree(scalar, base, product));
        x25519.publicKey(scalar, publicKey);
        assertArrayEquals(product, publicKey);
    }

    @Test
    void refusesPointsOfLowOrder() {
        LibCrypto crypto = present(LibCrypto.find());
        X25519 x25519 = new X25519(crypto);
        byte[] scalar = new byte[32];
        new Random(4).nextBytes(scalar);
        byte[] shared = new byte[32];
        for (String point : new String[] {
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        }) {
            assertFalse(x25519.agree(scalar, hex(point), shared), point);
        }
        assertArrayEquals(new byte[32], shared);
        assertEquals(0, crypto.errGetError());
    }

    private int openInPlace(LibCrypto crypto, long ctx, int length) {
        assertEquals(1, crypto.evpDecryptInitEx(ctx, crypto.chacha20Poly1305(), 0, key, iv));
        assertEquals(1, crypto.evpCipherCtxCtrl(ctx, LibCrypto.EVP_CTRL_AEAD_SET_TAG, 16, destination + length));
        assertEquals(1, crypto.evpDecryptUpdate(ctx, destination, outLength, destination, length));
        return crypto.evpDecryptFinalEx(ctx, destination + length, outLength);
    }

    /** Fills key, nonce and source; returns ciphertext and tag as the JDK computes them. */
    private byte[] prepare(Random random, int length) throws Exception {
        byte[] keyBytes = new byte[32];
        byte[] ivBytes = new byte[12];
        byte[] plain = new byte[length];
        random.nextBytes(keyBytes);
        random.nextBytes(ivBytes);
        random.nextBytes(plain);
        Memory.copy(keyBytes, 0, key, 32);
        Memory.copy(ivBytes, 0, iv, 12);
        Memory.copy(plain, 0, source, length);
        Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(keyBytes, "ChaCha20"), new IvParameterSpec(ivBytes));
        return cipher.doFinal(plain);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    private static <T> T present(Library<T> library) {
        return switch (library) {
            case Library.Present<T>(T value) -> value;
            case Library.Absent<T>(String reason) -> throw new AssertionError(reason);
        };
    }
}
