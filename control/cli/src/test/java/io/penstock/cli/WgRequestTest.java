package io.penstock.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WgRequestTest {
    @Test
    void readsThePlainForms() {
        assertEquals(new WgRequest("wg0", null), plain("wg wg0"));
        assertEquals(new WgRequest("wg0", null), plain("wg -f wg0"));
        assertEquals(new WgRequest("wg0", null), plain("wg wg0 --foreground"));
        assertEquals(new WgRequest("wg0", "jce"), plain("wg --aead jce wg0"));
        assertEquals(new WgRequest("wg0", "jce"), plain("wg wg0 -f --aead jce"));
        assertEquals(new WgRequest("", null), WgRequest.plain(new String[] {"wg", ""}));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wg",
                "wg -f",
                "wg --help",
                "wg -h wg0",
                "wg --version",
                "wg wg0 wg1",
                "wg --aead",
                "wg --aead -f wg0",
                "wg --aead=jce wg0",
                "wg --aead jce --aead jce wg0",
                "wg -x wg0",
                "wg -- wg0"
            })
    void leavesTheRestToPicocli(String line) {
        assertNull(plain(line));
    }

    private static @Nullable WgRequest plain(String line) {
        return WgRequest.plain(line.split(" "));
    }
}
