package io.penstock.engine.aead;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.penstock.engine.Seed;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class NativeX25519Test {
    @Test
    void choosesLibcryptoWhereItIs() {
        List<String> refused = new ArrayList<>();
        assertInstanceOf(NativeX25519.class, NativeX25519.choose(refused::add));
        assertEquals(List.of(), refused);
    }

    @Test
    void agreesWithBouncyCastleOnAnyBytes() {
        X25519 library = NativeX25519.choose(refused -> {});
        X25519 oracle = new BouncyCastleX25519();
        Seed.run(random -> {
            byte[] own = new byte[32];
            byte[] peer = new byte[32];
            for (int i = 0; i < 300; i++) {
                random.nextBytes(own);
                random.nextBytes(peer);
                byte[] a = new byte[32];
                byte[] b = new byte[32];
                library.publicKey(own, a);
                oracle.publicKey(own, b);
                assertArrayEquals(b, a);
                assertEquals(oracle.agree(own, peer, b), library.agree(own, peer, a));
                assertArrayEquals(b, a);
            }
        });
    }

    @Test
    void treatsLowOrderAndNonCanonicalPointsLikeBouncyCastle() {
        X25519 library = NativeX25519.choose(refused -> {});
        X25519 oracle = new BouncyCastleX25519();
        String[] points = {
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        };
        byte[] own = HexFormat.of().parseHex("600be318ccfe9b1685ba2954a24c1b57f2cec0e57e5e2e0ae7c831e91d14305f");
        for (String point : points) {
            byte[] peer = HexFormat.of().parseHex(point);
            assertFalse(library.agree(own, peer, new byte[32]), point);
            assertFalse(oracle.agree(own, peer, new byte[32]), point);
        }
        byte[] nonCanonical =
                HexFormat.of().parseHex("f2ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        byte[] a = new byte[32];
        byte[] b = new byte[32];
        assertEquals(oracle.agree(own, nonCanonical, b), library.agree(own, nonCanonical, a));
        assertArrayEquals(b, a);
    }

    @Test
    void selfTestCatchesBrokenImplementations() {
        assertNull(NativeX25519.failure(new BouncyCastleX25519()));
        assertNotNull(NativeX25519.failure(new Spoilt(true, false)));
        assertNotNull(NativeX25519.failure(new Spoilt(false, true)));
        assertNotNull(NativeX25519.failure(new Spoilt(false, false)));
    }

    /** Lies in the public key, in the secret, or about points of low order. */
    private record Spoilt(boolean publicKeys, boolean secrets) implements X25519 {
        @Override
        public boolean agree(byte[] privateKey, byte[] publicKey, byte[] sharedSecret) {
            new BouncyCastleX25519().agree(privateKey, publicKey, sharedSecret);
            sharedSecret[3] ^= (byte) (secrets ? 1 : 0);
            return true;
        }

        @Override
        public void publicKey(byte[] privateKey, byte[] publicKey) {
            new BouncyCastleX25519().publicKey(privateKey, publicKey);
            publicKey[3] ^= (byte) (publicKeys ? 1 : 0);
        }
    }
}
