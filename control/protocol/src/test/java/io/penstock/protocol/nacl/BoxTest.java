package io.penstock.protocol.nacl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.penstock.protocol.Bytes;
import io.penstock.protocol.Seeded;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.util.Arrays;
import java.util.Objects;
import org.bouncycastle.crypto.engines.XSalsa20Engine;
import org.bouncycastle.crypto.macs.Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.junit.jupiter.api.Test;

class BoxTest {
    private final BouncyCastleX25519 x25519 = new BouncyCastleX25519();
    private final Seeded seeded = Seeded.create();

    /** Values in between, made by NaCl itself. */
    @Test
    void subkeysAreTheVectors() {
        byte[] secret = Bytes.hex("2f14fabd9b3675e0ff1d5b4c42753ffd023cf17178ce07b56ffabc402d91e723");
        byte[] shared = new byte[32];
        new Salsa20().subkey(secret, new byte[16], 0, shared);
        assertEquals("bd2fb93aa0807891a89d64899a4496280fa4d78891771baea6be0ba41abdd2b2", Bytes.hex(shared));
        byte[] subkey = new byte[32];
        new Salsa20().subkey(shared, Bytes.hex("810e539361437e8a4d85ec897828b15ca03bbe6b2e5cb6ed"), 0, subkey);
        assertEquals("c3c474a3e9a9281d532be09abb0c6b3cc402b4c86526dee9fe51579e731de4bd", Bytes.hex(subkey));
    }

    @Test
    void agreesWithANaiveTwinForAnyLength() {
        byte[] secret = new byte[32];
        PrivateKey own = PrivateKey.generate(seeded);
        PrivateKey other = PrivateKey.generate(seeded);
        own.agree(x25519, other.publicKey(x25519), secret);
        byte[] shared = new byte[32];
        new Salsa20().subkey(secret, new byte[16], 0, shared);
        Box box = between(own, other);
        for (int length = 0; length < 300; length++) {
            byte[] plaintext = seeded.bytes(length);
            byte[] sealed = box.seal(plaintext, seeded);
            assertArrayEquals(naive(shared, Arrays.copyOf(sealed, 24), plaintext), sealed, seeded::toString);
        }
    }

    /** The stream of XSalsa20 by BouncyCastle: the first 32 bytes are the key of the tag, the rest is added to the text. */
    private static byte[] naive(byte[] shared, byte[] nonce, byte[] plaintext) {
        XSalsa20Engine engine = new XSalsa20Engine();
        engine.init(true, new ParametersWithIV(new KeyParameter(shared), nonce));
        byte[] padded = new byte[32 + plaintext.length];
        System.arraycopy(plaintext, 0, padded, 32, plaintext.length);
        byte[] stream = new byte[padded.length];
        engine.processBytes(padded, 0, padded.length, stream, 0);
        Poly1305 poly1305 = new Poly1305();
        poly1305.init(new KeyParameter(stream, 0, 32));
        poly1305.update(stream, 32, plaintext.length);
        byte[] sealed = new byte[40 + plaintext.length];
        System.arraycopy(nonce, 0, sealed, 0, 24);
        poly1305.doFinal(sealed, 24);
        System.arraycopy(stream, 32, sealed, 40, plaintext.length);
        return sealed;
    }

    @Test
    void otherSideOpensAndNobodyElse() {
        PrivateKey one = PrivateKey.generate(seeded);
        PrivateKey two = PrivateKey.generate(seeded);
        byte[] sealed = between(one, two).seal(new byte[] {1, 2, 3}, seeded);
        assertArrayEquals(new byte[] {1, 2, 3}, between(two, one).open(sealed), seeded::toString);
        assertNull(between(PrivateKey.generate(seeded), one).open(sealed), seeded::toString);
    }

    @Test
    void changedBitsDoNotOpen() {
        PrivateKey one = PrivateKey.generate(seeded);
        Box box = between(one, one);
        byte[] sealed = box.seal(seeded.bytes(20), seeded);
        for (int bit = 0; bit < 8 * sealed.length; bit++) {
            assertNull(box.open(Bytes.flipped(sealed, bit)), "bit " + bit);
        }
        for (int length = 0; length < sealed.length; length++) {
            assertNull(box.open(Arrays.copyOf(sealed, length)), "length " + length);
        }
    }

    @Test
    void nonceIsNewEachTime() {
        Box box = between(PrivateKey.generate(seeded), PrivateKey.generate(seeded));
        assertNotEquals(Bytes.hex(box.seal(new byte[0], seeded)), Bytes.hex(box.seal(new byte[0], seeded)));
    }

    @Test
    void pointOfLowOrderHasNoBox() {
        assertNull(Box.between(x25519, PrivateKey.generate(seeded), DiscoKey.ZERO.value()));
    }

    private Box between(PrivateKey own, PrivateKey other) {
        return Objects.requireNonNull(Box.between(x25519, own, other.publicKey(x25519)));
    }
}
