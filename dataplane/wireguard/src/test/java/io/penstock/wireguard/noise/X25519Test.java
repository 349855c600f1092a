package io.penstock.wireguard.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Bytes;
import io.penstock.wireguard.HandshakeVector;
import io.penstock.wireguard.Seeded;
import io.penstock.wireguard.X25519;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import javax.crypto.KeyAgreement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class X25519Test {
    private final X25519 x25519 = new BouncyCastleX25519();

    /** RFC 7748 section 5.2; the second u-coordinate has its high bit set. */
    @ParameterizedTest
    @CsvSource({
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4,"
                + "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c,"
                + "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d,"
                + "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493,"
                + "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    })
    void multipliesKnownPoints(String scalar, String point, String product) {
        assertEquals(product, agree(scalar, point));
    }

    @Test
    void iteratesAThousandTimes() {
        byte[] k = Bytes.hex("0900000000000000000000000000000000000000000000000000000000000000");
        byte[] u = k.clone();
        for (int i = 1; i <= 1000; i++) {
            byte[] result = new byte[32];
            assertTrue(x25519.agree(k, u, result));
            u = k;
            k = result;
            if (i == 1) {
                assertEquals("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079", Bytes.hex(k));
            }
        }
        assertEquals("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", Bytes.hex(k));
    }

    /** RFC 7748 section 6.1. */
    @ParameterizedTest
    @CsvSource({
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a,"
                + "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb,"
                + "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    })
    void agreesFromBothSides(String privateKey, String publicKey) {
        assertEquals("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", agree(privateKey, publicKey));
    }

    static String[] lowOrderPoints() {
        return LowOrder.POINTS;
    }

    @ParameterizedTest
    @MethodSource("lowOrderPoints")
    void refusesLowOrderPoints(String point) {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 8; round++) {
            byte[] shared = seeded.bytes(32);
            assertFalse(x25519.agree(seeded.bytes(32), Bytes.hex(point), shared), seeded::toString);
            assertArrayEquals(new byte[32], shared);
        }
    }

    /** 2^255-19+9 stands for 9, the base point; with the high bit set too. */
    @ParameterizedTest
    @CsvSource({
        "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0900000000000000000000000000000000000000000000000000000000000080",
    })
    void reducesNonCanonicalPoints(String point) {
        String scalar = HandshakeVector.hex("initiator static private");
        assertEquals(HandshakeVector.hex("initiator static public"), agree(scalar, point));
    }

    @Test
    void clampsPrivateKeys() {
        byte[] key = HandshakeVector.bytes("initiator static private");
        for (int bit : new int[] {0, 1, 2, 254, 255}) {
            byte[] publicKey = new byte[32];
            x25519.publicKey(Bytes.flipped(key, bit), publicKey);
            assertEquals(HandshakeVector.hex("initiator static public"), Bytes.hex(publicKey));
        }
    }

    @ParameterizedTest
    @CsvSource({"initiator static", "responder static", "initiator ephemeral", "responder ephemeral"})
    void derivesRecordedPublicKeys(String name) {
        byte[] publicKey = new byte[32];
        x25519.publicKey(HandshakeVector.bytes(name + " private"), publicKey);
        assertEquals(HandshakeVector.hex(name + " public"), Bytes.hex(publicKey));
    }

    @Test
    void agreesWithTheJdk() throws GeneralSecurityException {
        Seeded seeded = Seeded.create();
        KeyFactory keys = KeyFactory.getInstance("X25519");
        for (int round = 0; round < 300; round++) {
            byte[] privateKey = seeded.bytes(32);
            byte[] publicKey = seeded.bytes(32); // every second one has the high bit that is to be ignored
            KeyAgreement oracle = KeyAgreement.getInstance("X25519");
            oracle.init(keys.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, privateKey)));
            oracle.doPhase(keys.generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, u(publicKey))), true);
            byte[] ours = new byte[32];
            assertTrue(x25519.agree(privateKey, publicKey, ours), seeded::toString);
            assertArrayEquals(oracle.generateSecret(), ours, seeded::toString);
        }
    }

    private static BigInteger u(byte[] publicKey) {
        byte[] bigEndian = new byte[32];
        for (int i = 0; i < 32; i++) {
            bigEndian[i] = publicKey[31 - i];
        }
        return new BigInteger(1, bigEndian).clearBit(255);
    }

    private String agree(String scalar, String point) {
        byte[] shared = new byte[32];
        assertTrue(x25519.agree(Bytes.hex(scalar), Bytes.hex(point), shared));
        return Bytes.hex(shared);
    }
}
