package io.penstock.protocol.portmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PcpTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final int CLIENT = 0xc0a8010a; // 192.168.1.10
    private static final PcpNonce NONCE = new PcpNonce(0x0001020304050607L, 0x08090a0b);
    private static final byte[] MAPPED = HEX.parseHex("0281000000001c20000003e8000000000000000000000000"
            + "000102030405060708090a0b11000000a2a9a2aa00000000000000000000ffff02020202");

    @Test
    void requestsAreThoseOfTheRfc() {
        assertEquals("020000000000000000000000000000000000ffffc0a8010a", HEX.formatHex(Pcp.announceRequest(CLIENT)));
        assertEquals(
                "0201000000001c2000000000000000000000ffffc0a8010a000102030405060708090a0b11000000a2a9a2a9"
                        + "00000000000000000000ffff00000000",
                HEX.formatHex(Pcp.mapRequest(CLIENT, NONCE, 41641, 41641, 0, 7200)));
    }

    @Test
    void responsesAreRead() {
        assertEquals(new Pcp.Response.Mapped(0, 7200, 1000, NONCE, 41641, 41642, 0x02020202), Pcp.parse(MAPPED));
        assertEquals(
                new Pcp.Response.Announce(0, 0, 1000),
                Pcp.parse(HEX.parseHex("0280000000000000000003e8000000000000000000000000")));
    }

    @Test
    void anAddressOfAnotherKindIsNone() {
        byte[] v6 = MAPPED.clone();
        v6[44] = 0x20;
        assertTrue(Pcp.parse(v6) instanceof Pcp.Response.Mapped mapped && mapped.externalAddress() == 0);
    }

    @Test
    void aRefusalMayEndAfterItsHeader() {
        assertEquals(
                new Pcp.Response.Mapped(2, 60, 1000, null, 0, 0, 0),
                Pcp.parse(HEX.parseHex("028100020000003c000003e8000000000000000000000000")));
    }

    @Test
    void anythingElseIsNone() {
        for (int length = 0; length < MAPPED.length; length++) {
            assertNull(Pcp.parse(Arrays.copyOf(MAPPED, length)), "of " + length + " bytes");
        }
        assertNull(Pcp.parse(Arrays.copyOf(MAPPED, 1104)), "longer than PCP's longest");
        byte[] tcp = MAPPED.clone();
        tcp[36] = 6;
        assertNull(Pcp.parse(tcp));
        byte[] request = MAPPED.clone();
        request[1] = 1;
        assertNull(Pcp.parse(request));
    }

    @Test
    void aGatewayOfAnotherVersionSaysSo() {
        assertTrue(Pcp.isRefusalOfVersion(HEX.parseHex("0080000100000000")), "of NAT-PMP, RFC 6886 section 3.5");
        assertTrue(Pcp.isRefusalOfVersion(HEX.parseHex("0281000100000000")));
        assertFalse(Pcp.isRefusalOfVersion(HEX.parseHex("008000000000000002020202")));
        assertFalse(Pcp.isRefusalOfVersion(new byte[3]));
    }
}
