package io.penstock.wireguard.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixTest {
    @ParameterizedTest
    @CsvSource({
        "10.1.2.3/32, 10.1.2.3/32",
        "10.1.2.3/8, 10.0.0.0/8",
        "255.255.255.255/0, 0.0.0.0/0",
        "255.255.255.255/31, 255.255.255.254/31",
        "192.168.4.200/25, 192.168.4.128/25",
        "::/0, ::/0",
        "ffff::1/0, ::/0",
        "2001:db8:0:0:1:0:0:1/128, 2001:db8::1:0:0:1/128",
        "2001:DB8::FFFF/64, 2001:db8::/64",
        "2001:db8:ffff:ffff:ffff::/65, 2001:db8:ffff:ffff:8000::/65",
        "fe80:0:0:0:0:0:0:1/127, fe80::/127",
        "::ffff:1.2.3.4/128, ::ffff:1.2.3.4/128",
    })
    void masksHostBitsAndPrintsAsTheToolsDo(String text, String printed) {
        assertEquals(printed, Prefix.parse(text).toString());
        assertEquals(Prefix.parse(printed), Prefix.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "10.0.0.0",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/+8",
                "10.0.0.0/08",
                "10.0.0.0/8/8",
                "10.0.0/8",
                "10.0.0.0.0/8",
                "10.0.0.256/8",
                "010.0.0.0/8",
                "1.2.3.4 /8",
                " 1.2.3.4/8",
                "1.2.3.4/8 ",
                "a.b.c.d/8",
                "::/129",
                "::/999",
                ":/0",
                ":::/0",
                "1::2::3/0",
                "1:2:3:4:5:6:7/64",
                "1:2:3:4:5:6:7:8:9/64",
                "1:2:3:4:5:6:7::8/x",
                "12345::/16",
                "fe80::1%eth0/64",
                "[::]/0",
                "::1.2.3/96",
                "1:2:3:4:5:6:7:1.2.3.4/96",
                "1:/16",
                ":1/16",
                "g::/16",
                "1:2:3:4:5:6:7:8::/64"
            })
    void refusesAnythingElse(String text) {
        assertThrows(IllegalArgumentException.class, () -> Prefix.parse(text));
    }

    @Test
    void knowsItsMembers() {
        assertTrue(Prefix.parse("10.0.0.0/8").contains4(0x0a01_0203));
        assertFalse(Prefix.parse("10.0.0.0/8").contains4(0x0b01_0203));
        assertTrue(Prefix.parse("0.0.0.0/0").contains4(-1));
        assertTrue(Prefix.parse("2001:db8::/33").contains6(0x2001_0db8_7fff_ffffL, -1));
        assertFalse(Prefix.parse("2001:db8::/33").contains6(0x2001_0db8_8000_0000L, 0));
        assertFalse(Prefix.parse("::/0").contains4(0));
        assertThrows(IllegalArgumentException.class, () -> Prefix.v4(0, 33));
        assertThrows(IllegalArgumentException.class, () -> Prefix.v6(0, 0, 129));
    }
}
