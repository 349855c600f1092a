package io.penstock.wireguard.noise;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Bytes;
import io.penstock.wireguard.HandshakeVector;
import io.penstock.wireguard.Seeded;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChaCha20Poly1305Test {
    private static final byte[] SUNSCREEN =
            ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip"
                            + " for the future, sunscreen would be it.")
                    .getBytes(US_ASCII);
    private static final byte[] KEY = Bytes.hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    private static final byte[] ADDITIONAL = Bytes.hex("50515253c0c1c2c3c4c5c6c7");

    private final ChaCha20Poly1305 aead = new ChaCha20Poly1305();

    @Test
    void sealsExampleOfRfc8439() {
        byte[] sealed = new byte[SUNSCREEN.length + 16];
        aead.seal(KEY, 0x00000007, 0x4746454443424140L, SUNSCREEN, ADDITIONAL, sealed);
        assertEquals(
                "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
                        + "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
                        + "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                        + "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691",
                Bytes.hex(sealed));
    }

    @Test
    void sealsExampleOfXChaChaDraft() {
        byte[] nonce = Bytes.hex("404142434445464748494a4b4c4d4e4f5051525354555657");
        byte[] sealed = new byte[SUNSCREEN.length + 16];
        aead.sealExtended(KEY, nonce, SUNSCREEN, ADDITIONAL, sealed);
        assertEquals(
                "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
                        + "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
                        + "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
                        + "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49",
                Bytes.hex(sealed));
        byte[] opened = new byte[SUNSCREEN.length];
        assertTrue(aead.openExtended(KEY, nonce, sealed, ADDITIONAL, opened));
        assertArrayEquals(SUNSCREEN, opened);
    }

    @Test
    void derivesSubkeyOfXChaChaDraft() {
        byte[] key = Bytes.hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        byte[] subkey = new byte[32];
        new ChaCha20().subkey(key, Bytes.hex("000000090000004a0000000031415927"), subkey);
        assertEquals("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc", Bytes.hex(subkey));
    }

    @Test
    void derivesSubkeyOfRecordedCookie() {
        byte[] subkey = new byte[32];
        new ChaCha20().subkey(HandshakeVector.bytes("cookie key"), HandshakeVector.bytes("cookie nonce"), subkey);
        assertEquals(HandshakeVector.hex("cookie subkey"), Bytes.hex(subkey));
    }

    /** RFC 8439 appendix A.3, vectors 7 to 11: sums that just reach the modulus, and carries out of 2^128. */
    @ParameterizedTest
    @CsvSource({
        "02000000000000000000000000000000, 00000000000000000000000000000000, ffffffffffffffffffffffffffffffff,"
                + " 03000000000000000000000000000000",
        "02000000000000000000000000000000, ffffffffffffffffffffffffffffffff, 02000000000000000000000000000000,"
                + " 03000000000000000000000000000000",
        "01000000000000000000000000000000, 00000000000000000000000000000000,"
                + " fffffffffffffffffffffffffffffffff0ffffffffffffffffffffffffffffff11000000000000000000000000000000,"
                + " 05000000000000000000000000000000",
        "01000000000000000000000000000000, 00000000000000000000000000000000,"
                + " fffffffffffffffffffffffffffffffffbfefefefefefefefefefefefefefefe01010101010101010101010101010101,"
                + " 00000000000000000000000000000000",
        "02000000000000000000000000000000, 00000000000000000000000000000000, fdffffffffffffffffffffffffffffff,"
                + " faffffffffffffffffffffffffffffff",
        "01000000000000000400000000000000, 00000000000000000000000000000000,"
                + " e33594d7505e43b900000000000000003394d7505e4379cd01000000000000000000000000000000000000000000000001000000000000000000000000000000,"
                + " 14000000000000005500000000000000",
        "01000000000000000400000000000000, 00000000000000000000000000000000,"
                + " e33594d7505e43b900000000000000003394d7505e4379cd010000000000000000000000000000000000000000000000,"
                + " 13000000000000000000000000000000",
    })
    void authenticatesEdgesOfPoly1305(String r, String s, String message, String tag) {
        Poly1305 poly1305 = new Poly1305();
        poly1305.start(Bytes.hex(r + s));
        byte[] bytes = Bytes.hex(message);
        poly1305.update(bytes, 0, bytes.length);
        byte[] actual = new byte[16];
        poly1305.finish(actual, 0);
        assertEquals(tag, Bytes.hex(actual));
    }

    @Test
    void agreesWithBouncyCastlesPoly1305OnSparseAndFullLimbs() {
        Seeded seeded = Seeded.create();
        Poly1305 poly1305 = new Poly1305();
        for (int round = 0; round < 5000; round++) {
            byte[] key = edgy(seeded, 32);
            byte[] message = edgy(seeded, 16 * (1 + seeded.random().nextInt(12)));
            byte[] ours = new byte[16];
            poly1305.start(key);
            poly1305.update(message, 0, message.length);
            poly1305.finish(ours, 0);
            byte[] theirs = new byte[16];
            var oracle = new org.bouncycastle.crypto.macs.Poly1305();
            oracle.init(new org.bouncycastle.crypto.params.KeyParameter(key));
            oracle.update(message, 0, message.length);
            oracle.doFinal(theirs, 0);
            assertArrayEquals(theirs, ours, seeded::toString);
        }
    }

    @Test
    void agreesWithTheJdk() throws GeneralSecurityException {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 2000; round++) {
            byte[] key = seeded.bytes(32);
            long counter = seeded.random().nextLong();
            byte[] plaintext = seeded.bytes(seeded.random().nextInt(300));
            byte[] additional = seeded.bytes(seeded.random().nextInt(80));
            byte[] sealed = new byte[plaintext.length + 16];
            aead.seal(key, counter, plaintext, additional, sealed);

            Cipher oracle = Cipher.getInstance("ChaCha20-Poly1305");
            byte[] nonce = ByteBuffer.allocate(12)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(4, counter)
                    .array();
            oracle.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(nonce));
            oracle.updateAAD(additional);
            assertArrayEquals(oracle.doFinal(plaintext), sealed, seeded::toString);

            byte[] opened = new byte[plaintext.length];
            assertTrue(aead.open(key, counter, sealed, additional, opened), seeded::toString);
            assertArrayEquals(plaintext, opened, seeded::toString);
        }
    }

    @Test
    void refusesEveryFlippedBitAndLeavesThePlaintextAlone() {
        Seeded seeded = Seeded.create();
        byte[] key = seeded.bytes(32);
        byte[] additional = seeded.bytes(20);
        byte[] sealed = new byte[40 + 16];
        aead.seal(key, 5, seeded.bytes(40), additional, sealed);
        byte[] untouched = seeded.bytes(40);
        byte[] opened = untouched.clone();
        for (int bit = 0; bit < sealed.length * 8; bit++) {
            assertFalse(aead.open(key, 5, Bytes.flipped(sealed, bit), additional, opened), seeded::toString);
        }
        for (int bit = 0; bit < additional.length * 8; bit++) {
            assertFalse(aead.open(key, 5, sealed, Bytes.flipped(additional, bit), opened), seeded::toString);
        }
        for (int bit = 0; bit < key.length * 8; bit++) {
            assertFalse(aead.open(Bytes.flipped(key, bit), 5, sealed, additional, opened), seeded::toString);
        }
        for (int bit = 0; bit < 64; bit++) {
            assertFalse(aead.open(key, 5 ^ 1L << bit, sealed, additional, opened), seeded::toString);
        }
        assertArrayEquals(untouched, opened);
        assertTrue(aead.open(key, 5, sealed, additional, opened), seeded::toString);
    }

    @Test
    void refusesWhatIsShorterThanATag() {
        for (int length = 0; length < 16; length++) {
            assertFalse(aead.open(KEY, 0, new byte[length], ADDITIONAL, new byte[0]));
        }
    }

    @Test
    void opensRecordedDataMessages() {
        byte[] fromInitiator = HandshakeVector.bytes("transport key of initiator");
        byte[] fromResponder = HandshakeVector.bytes("transport key of responder");
        assertData("keepalive", fromInitiator, 0, "");
        assertData("data", fromInitiator, 1, HandshakeVector.hex("padded packet"));
        assertData("reply data", fromResponder, 0, HandshakeVector.hex("reply padded packet"));
        assertTrue(HandshakeVector.hex("padded packet").startsWith(HandshakeVector.hex("inner packet")));
        assertTrue(HandshakeVector.hex("reply padded packet").startsWith(HandshakeVector.hex("reply inner packet")));
    }

    private void assertData(String name, byte[] key, long counter, String plaintext) {
        byte[] message = HandshakeVector.bytes(name);
        byte[] sealed = Arrays.copyOfRange(message, 16, message.length);
        byte[] opened = new byte[sealed.length - 16];
        assertTrue(aead.open(key, counter, sealed, new byte[0], opened), name);
        assertEquals(plaintext, Bytes.hex(opened), name);
        byte[] again = new byte[sealed.length];
        aead.seal(key, counter, opened, new byte[0], again);
        assertArrayEquals(sealed, again, name);
    }

    /** Bytes where long runs are all ones or all zeros: those make carries. */
    private static byte[] edgy(Seeded seeded, int length) {
        byte[] bytes = seeded.bytes(length);
        for (int i = 0; i < length; ) {
            int end = Math.min(length, i + 1 + seeded.random().nextInt(16));
            switch (seeded.random().nextInt(3)) {
                case 0 -> Arrays.fill(bytes, i, end, (byte) 0);
                case 1 -> Arrays.fill(bytes, i, end, (byte) 0xff);
                default -> {} // random as it is
            }
            i = end;
        }
        return bytes;
    }
}
