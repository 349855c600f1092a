package io.penstock.protocol.disco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.penstock.protocol.Bytes;
import io.penstock.protocol.Seeded;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatagramKindTest {
    @ParameterizedTest
    @CsvSource({
        "00807a110000ab00, true, 0x7a11, 0xab",
        "00007a120000ab00, false, 0x7a12, 0xab",
        "00007a12ffffff00, false, 0x7a12, 0xffffff",
    })
    void readsAndWritesHeaders(String hex, boolean isControl, String protocol, String vni) {
        GeneveHeader header = new GeneveHeader(isControl, Integer.decode(protocol), Integer.decode(vni));
        assertEquals(header, GeneveHeader.read(Bytes.hex("ff" + hex + "aa"), 1, 9));
        ByteBuffer out = ByteBuffer.allocate(GeneveHeader.LENGTH);
        header.writeTo(out);
        assertEquals(hex, Bytes.hex(out.array()));
    }

    @ParameterizedTest
    @CsvSource({
        "00007a120000ab", // short
        "01007a120000ab00", // with options
        "40007a120000ab00", // of version 1
        "00407a120000ab00", // with a critical option
        "00007a130000ab00", // in front of something else
        "00007a120000ab01",
    })
    void refusesOtherHeaders(String hex) {
        assertNull(GeneveHeader.read(Bytes.hex(hex), 0, hex.length() / 2));
    }

    @Test
    void numbersHave24Bits() {
        assertThrows(IllegalArgumentException.class, () -> new GeneveHeader(false, GeneveHeader.DISCO, 1 << 24));
        assertThrows(IllegalArgumentException.class, () -> new GeneveHeader(false, GeneveHeader.DISCO, -1));
    }

    @ParameterizedTest
    @CsvSource({
        "STUN, 000100002112a4420102030405060708090a0b0c",
        "STUN, 0101000c2112a4420102030405060708090a0b0c002000080001a147e112a643",
        "OTHER, 000100002112a4420102030405060708090a0b",
        "OTHER, 000300002112a4420102030405060708090a0b0c",
        "GENEVE, 00807a110000ab00",
        "DISCO, 5453f09f92ac",
        "WIREGUARD, 01000000",
        "WIREGUARD, 04000000",
        "OTHER, 05000000",
        "OTHER, 00000000",
        "OTHER, 01000001",
        "OTHER, 474554202f",
    })
    void tellsKindsApart(DatagramKind kind, String hex) {
        byte[] head = Bytes.hex(hex);
        int length = kind == DatagramKind.DISCO || kind == DatagramKind.WIREGUARD ? 62 : head.length;
        byte[] datagram = Arrays.copyOf(head, length);
        assertEquals(kind, DatagramKind.of(datagram, 0, length));
        byte[] behind = new byte[length + 3];
        System.arraycopy(datagram, 0, behind, 3, length);
        assertEquals(kind, DatagramKind.of(behind, 3, length));
    }

    @Test
    void readsNothingOutside() {
        Seeded seeded = Seeded.create();
        byte[] heads = Bytes.hex("00807a110000ab005453f09f92ac01000000000100002112a442");
        for (int round = 0; round < 20_000; round++) {
            int length = seeded.below(70);
            byte[] datagram = seeded.bytes(length);
            System.arraycopy(heads, seeded.pick(java.util.List.of(0, 8, 14, 18)), datagram, 0, Math.min(length, 8));
            DatagramKind.of(datagram, 0, length); // an array of exactly this length would throw
        }
    }
}
