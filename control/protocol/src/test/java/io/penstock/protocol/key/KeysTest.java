package io.penstock.protocol.key;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.Bytes;
import io.penstock.protocol.Seeded;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KeysTest {
    private static final String HEX = "7b4e909bbe7ffe44c465a220037d608ee35897d31ef972f07f74892cb0f73f13";

    /** A kind of key, by its parser. */
    record Kind(String prefix, Function<String, Object> parser) {
        @Override
        public String toString() {
            return prefix;
        }
    }

    static List<Kind> kinds() {
        return List.of(
                new Kind("nodekey:", NodeKey::parse),
                new Kind("mkey:", MachineKey::parse),
                new Kind("discokey:", DiscoKey::parse),
                new Kind("chalpub:", ChallengeKey::parse),
                new Kind("privkey:", text -> new String(PrivateKey.parse(text).toText(), US_ASCII)));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void readsWhatItWrites(Kind kind) {
        String text = kind.prefix() + HEX;
        assertEquals(text, kind.parser().apply(text).toString());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void refusesEveryOtherText(Kind kind) {
        String text = kind.prefix() + HEX;
        refuses(kind, "");
        refuses(kind, HEX);
        refuses(kind, kind.prefix());
        refuses(kind, text + "0");
        refuses(kind, text + " ");
        refuses(kind, " " + text);
        refuses(kind, text.substring(0, text.length() - 1));
        refuses(kind, kind.prefix() + HEX.toUpperCase(Locale.ROOT));
        refuses(kind, kind.prefix().toUpperCase(Locale.ROOT) + HEX);
        refuses(kind, kind.prefix() + "g" + HEX.substring(1));
        refuses(kind, kind.prefix() + "\u0661" + HEX.substring(1)); // a digit to Character.digit, not to us
        for (Kind other : kinds()) {
            if (!other.prefix().equals(kind.prefix())) {
                refuses(kind, other.prefix() + HEX);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void doesNotRepeatTheTextThatItRefuses(Kind kind) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> kind.parser().apply("hskey-auth-secret"));
        assertFalse(String.valueOf(refused.getMessage()).contains("secret"));
    }

    @Test
    void zeroKeyIsWrittenAsZeros() {
        assertEquals("nodekey:" + "0".repeat(64), NodeKey.ZERO.toString());
        assertTrue(MachineKey.parse("mkey:" + "0".repeat(64)).isZero());
        assertFalse(DiscoKey.parse("discokey:" + HEX).isZero());
        assertTrue(ChallengeKey.ZERO.isZero());
    }

    @Test
    void equalsByItsBytes() {
        assertEquals(NodeKey.of(Bytes.hex(HEX)), NodeKey.parse("nodekey:" + HEX));
        assertNotEquals(NodeKey.ZERO, NodeKey.parse("nodekey:" + HEX));
    }

    @Test
    void privateKeyKnowsItsPublicKey() {
        PrivateKey key = PrivateKey.of(Bytes.repeated(0x11, 32));
        assertEquals(PublicKey.parseHex(HEX), key.publicKey(new BouncyCastleX25519()));
        assertThrows(IllegalArgumentException.class, () -> PrivateKey.of(new byte[31]));
    }

    @Test
    void generatedPrivateKeyIsClamped() {
        Seeded seeded = Seeded.create();
        for (int i = 0; i < 100; i++) {
            byte[] bytes = PrivateKey.generate(seeded).toBytes();
            assertEquals(0, bytes[0] & 7, seeded::toString);
            assertEquals(0x40, bytes[31] & 0xc0, seeded::toString);
        }
    }

    @Test
    void privateKeyDoesNotShowAndCanBeWiped() {
        PrivateKey key = PrivateKey.of(Bytes.repeated(0x11, 32));
        assertFalse(key.toString().contains("11"));
        key.wipe();
        assertEquals("00".repeat(32), Bytes.hex(key.toBytes()));
    }

    @Test
    void agreesWithTheOtherSide() {
        BouncyCastleX25519 x25519 = new BouncyCastleX25519();
        Seeded seeded = Seeded.create();
        PrivateKey one = PrivateKey.generate(seeded);
        PrivateKey two = PrivateKey.generate(seeded);
        byte[] secretOfOne = new byte[32];
        byte[] secretOfTwo = new byte[32];
        assertTrue(one.agree(x25519, two.publicKey(x25519), secretOfOne));
        assertTrue(two.agree(x25519, one.publicKey(x25519), secretOfTwo));
        assertEquals(Bytes.hex(secretOfOne), Bytes.hex(secretOfTwo), seeded::toString);
        assertFalse(one.agree(x25519, NodeKey.ZERO.value(), secretOfOne));
    }

    private static void refuses(Kind kind, String text) {
        assertThrows(IllegalArgumentException.class, () -> kind.parser().apply(text), text);
    }
}
