package io.penstock.wireguard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
    @ParameterizedTest
    @CsvSource({
        "1.2.3.4:5, 1.2.3.4:5",
        "255.255.255.255:65535, 255.255.255.255:65535",
        "0.0.0.0:0, 0.0.0.0:0",
        "[::]:1, [::]:1",
        "[::1]:51820, [::1]:51820",
        "[fe80::1%7]:9, [fe80::1%7]:9",
        "[2001:0DB8:0:0:0:0:0:1]:9, [2001:db8::1]:9",
        "[1:0:0:2:0:0:0:3]:9, [1:0:0:2::3]:9",
        "[1:0:0:2:2:0:0:3]:9, [1::2:2:0:0:3]:9",
        "[1:2:3:0:5:6:7:8]:9, [1:2:3:0:5:6:7:8]:9",
        "[1:2:3:4:5:6:0:0]:9, [1:2:3:4:5:6::]:9",
        "[::ffff:1.2.3.4]:9, [::ffff:1.2.3.4]:9",
        "[64:ff9b::1.2.3.4]:9, [64:ff9b::102:304]:9",
    })
    void printsAsTheToolsDo(String text, String printed) {
        assertEquals(printed, Endpoint.parse(text).toString());
        assertEquals(Endpoint.parse(printed), Endpoint.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "1.2.3.4",
                "1.2.3.4:",
                "1.2.3.4:x",
                "1.2.3.4:65536",
                "1.2.3.4:-1",
                "1.2.3.4:+1",
                ":5",
                "host:5",
                "localhost:5",
                "::1:5",
                "[::1]",
                "[::1]5",
                "[::1:5",
                "[]:5",
                "[::1%]:5",
                "[::1%eth0]:5",
                "[::1%0]:5",
                "[::1%99999999999]:5",
                "[1.2.3.4]:5",
                "[::1]]:5",
                "1.2.3.4:99999999999999999999",
                "1.2.3.4:\u0661"
            })
    void refusesAnythingElse(String text) {
        assertThrows(IllegalArgumentException.class, () -> Endpoint.parse(text));
    }

    @Test
    void takesZoneNamesFromTheCaller() {
        Endpoint endpoint = Endpoint.parse("[fe80::1%wan]:5", name -> name.equals("wan") ? 3 : 0);

        assertEquals(3, endpoint.scopeId());
        assertThrows(IllegalArgumentException.class, () -> Endpoint.parse("[fe80::1%lan]:5", name -> 0));
    }

    @Test
    void packsAddressesBigEndian() {
        assertEquals(0xc000_0201L, Endpoint.parse("192.0.2.1:5").low());
        assertEquals(Endpoint.v4(0xc000_0201, 5), Endpoint.parse("192.0.2.1:5"));
        Endpoint v6 = Endpoint.parse("[2001:db8::42]:5");
        assertTrue(v6.isV6());
        assertEquals(0x2001_0db8_0000_0000L, v6.high());
        assertEquals(0x42, v6.low());
        assertThrows(IllegalArgumentException.class, () -> Endpoint.v4(0, 65_536));
    }

    @Test
    void standsForARelayedPeer() {
        Endpoint relayed = Endpoint.relay(-2);

        assertTrue(relayed.isRelay());
        assertEquals(-2, relayed.low());
        assertEquals(relayed, Endpoint.relay(-2));
        assertEquals("[100::ffff:ffff:ffff:fffe]:1", relayed.toString());
        assertSame(relayed, relayed.withLocal(1, 2, 3), "it has no local side");
        assertTrue(relayed.matches(true, relayed.high(), -2, relayed.port(), 0, 0, 0, 0));
        assertFalse(relayed.matches(true, relayed.high(), -3, relayed.port(), 0, 0, 0, 0));
        assertFalse(Endpoint.parse("[2001:db8::1]:1").isRelay());
        assertFalse(Endpoint.v4(0x0100_0000, 1).isRelay());
    }

    @Test
    void remembersAndForgetsTheLocalSide() {
        Endpoint plain = Endpoint.v4(0x0a00_0001, 5);
        Endpoint sticky = plain.withLocal(0, 0x0a00_0002, 4);

        assertTrue(sticky.hasLocal());
        assertNotEquals(plain, sticky);
        assertEquals(plain, sticky.withoutLocal());
        assertSame(plain, plain.withoutLocal());
        assertEquals(plain.toString(), sticky.toString());
        assertTrue(sticky.matches(false, 0, 0x0a00_0001, 5, 0, 0, 0x0a00_0002, 4));
        assertFalse(sticky.matches(false, 0, 0x0a00_0001, 5, 0, 0, 0x0a00_0002, 5));
        assertFalse(sticky.matches(false, 0, 0x0a00_0001, 6, 0, 0, 0x0a00_0002, 4));
        assertFalse(sticky.matches(true, 0, 0x0a00_0001, 5, 0, 0, 0x0a00_0002, 4));
        assertFalse(plain.matches(false, 0, 0x0a00_0001, 5, 0, 0, 0, 0));
    }
}
