package io.penstock.protocol.portmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class NatPmpTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] MAPPED = HEX.parseHex("00810000000003e8a2a9a2a900001c20");

    @Test
    void requestsAreThoseOfTheRfc() {
        assertEquals("0000", HEX.formatHex(NatPmp.addressRequest()));
        assertEquals("00010000a2a9a2a900001c20", HEX.formatHex(NatPmp.mapRequest(41641, 41641, 7200)));
        assertEquals("00010000a2a9000000000000", HEX.formatHex(NatPmp.mapRequest(41641, 0, 0)));
    }

    @Test
    void responsesAreRead() {
        assertEquals(new NatPmp.Response.Mapped(0, 1000, 41641, 41641, 7200), NatPmp.parse(MAPPED));
        assertEquals(
                new NatPmp.Response.Address(0, 0xffff_ffffL, 0x02020202),
                NatPmp.parse(HEX.parseHex("00800000ffffffff02020202")));
    }

    @Test
    void aRefusalMayEndAfterItsReason() {
        assertEquals(new NatPmp.Response.Address(3, 7, 0), NatPmp.parse(HEX.parseHex("0080000300000007")));
        assertEquals(new NatPmp.Response.Mapped(2, 7, 0, 0, 0), NatPmp.parse(HEX.parseHex("0081000200000007")));
        assertEquals(new NatPmp.Response.Address(3, 7, 0), NatPmp.parse(HEX.parseHex("008000030000000702020202")));
    }

    @Test
    void anythingElseIsNone() {
        for (int length = 0; length < MAPPED.length; length++) {
            assertNull(NatPmp.parse(Arrays.copyOf(MAPPED, length)), "of " + length + " bytes");
        }
        assertNull(NatPmp.parse(HEX.parseHex("0180000000000000" + "02020202")), "version 1");
        assertNull(NatPmp.parse(HEX.parseHex("0082000000000000" + "a2a9a2a900001c20")), "of TCP");
        assertNull(NatPmp.parse(HEX.parseHex("0001000000000000" + "a2a9a2a900001c20")), "a request");
    }
}
