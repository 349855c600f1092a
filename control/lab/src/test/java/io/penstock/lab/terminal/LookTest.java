package io.penstock.lab.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LookTest {
    @Test
    void aDumbTerminalHasNone() {
        assertNull(Look.of(Map.of("TERM", "dumb", "LANG", "C.UTF-8")));
        assertNull(Look.of(Map.of("LANG", "C.UTF-8")));
    }

    @Test
    void noColorIsHonouredIfItSaysSomething() {
        assertEquals(new Look(false, true), Look.of(Map.of("TERM", "xterm", "LANG", "C.UTF-8", "NO_COLOR", "1")));
        assertEquals(new Look(true, true), Look.of(Map.of("TERM", "xterm", "LANG", "C.UTF-8", "NO_COLOR", "")));
    }

    @Test
    void theLocaleTellsTheCharacters() {
        assertEquals(new Look(true, false), Look.of(Map.of("TERM", "xterm", "LANG", "C")));
        assertEquals(new Look(true, false), Look.of(Map.of("TERM", "xterm")));
        assertEquals(new Look(true, false), Look.of(Map.of("TERM", "xterm", "LANG", "en_GB.UTF-8", "LC_ALL", "C")));
        assertEquals(new Look(true, true), Look.of(Map.of("TERM", "xterm", "LANG", "C", "LC_CTYPE", "de_DE.utf8")));
        assertEquals(new Look(true, false), Look.of(Map.of("TERM", "xterm", "LANG", "de_DE@euro")));
    }
}
