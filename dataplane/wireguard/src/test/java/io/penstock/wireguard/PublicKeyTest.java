package io.penstock.wireguard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublicKeyTest {
    private static final String HEX = HandshakeVector.hex("initiator static public");
    private static final String BASE64 = "i+0f4mvO6jMJtllhEXo6JKVYmMyUMOaK9GDBXc/j8XA=";

    @Test
    void readsAndWritesBothTextForms() {
        PublicKey key = PublicKey.parseHex(HEX);
        assertEquals(key, PublicKey.parseBase64(BASE64));
        assertEquals(key, PublicKey.parseHex(HEX.toUpperCase(java.util.Locale.ROOT)));
        assertEquals(BASE64, key.toBase64());
        assertEquals(HEX, key.toHex());
        assertEquals(BASE64, key.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "AAAA",
                "i+0f4mvO6jMJtllhEXo6JKVYmMyUMOaK9GDBXc/j8XB=", // bits set that stand for no byte
                "i+0f4mvO6jMJtllhEXo6JKVYmMyUMOaK9GDBXc/j8XAA",
                "i+0f4mvO6jMJtllhEXo6JKVYmMyUMOaK9GDBXc/j8X==",
                "i-0f4mvO6jMJtllhEXo6JKVYmMyUMOaK9GDBXc_j8XA=",
                " +0f4mvO6jMJtllhEXo6JKVYmMyUMOaK9GDBXc/j8XA=",
            })
    void refusesOtherBase64(String text) {
        assertThrows(IllegalArgumentException.class, () -> PublicKey.parseBase64(text));
    }

    @Test
    void refusesOtherHexadecimal() {
        assertThrows(IllegalArgumentException.class, () -> PublicKey.parseHex(HEX.substring(1)));
        assertThrows(IllegalArgumentException.class, () -> PublicKey.parseHex(HEX + "00"));
        assertThrows(IllegalArgumentException.class, () -> PublicKey.parseHex("g" + HEX.substring(1)));
        assertThrows(IllegalArgumentException.class, () -> PublicKey.of(new byte[31]));
    }

    @Test
    void keepsItsOwnBytes() {
        byte[] bytes = Bytes.hex(HEX);
        PublicKey key = PublicKey.of(bytes);
        bytes[0]++;
        key.toBytes()[1]++;
        assertEquals(HEX, key.toHex());
        byte[] heap = new byte[40];
        key.copyTo(heap, 8);
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[40]);
        key.copyTo(buffer, 8);
        assertArrayEquals(heap, buffer.byteArray());
        assertEquals("0000000000000000" + HEX, Bytes.hex(heap));
    }

    @Test
    void differsInEveryBit() {
        byte[] bytes = Bytes.hex(HEX);
        Set<Integer> hashes = new HashSet<>();
        for (int bit = 0; bit < 256; bit++) {
            PublicKey other = PublicKey.of(Bytes.flipped(bytes, bit));
            assertNotEquals(PublicKey.of(bytes), other);
            hashes.add(other.hashCode());
        }
        assertTrue(hashes.size() > 250, "hash codes spread");
    }

    @Test
    void knowsTheZeroKey() {
        assertTrue(PublicKey.of(new byte[32]).isZero());
        assertFalse(PublicKey.parseHex(HEX).isZero());
        assertNotEquals(PublicKey.parseHex(HEX), new Object());
    }
}
