package io.penstock.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WgEnvironmentTest {
    @Test
    void needsNothing() throws CommandFailure {
        assertEquals(
                new WgEnvironment(-1, -1, -1, LogLevel.DEFAULT, Path.of("/var/lib/penstock")),
                WgEnvironment.of(Map.of()));
    }

    @Test
    void readsWhatWireguardGoReads() throws CommandFailure {
        Map<String, String> variables = Map.of(
                "WG_TUN_FD",
                "3",
                "WG_UAPI_FD",
                "4",
                "PENSTOCK_READY_FD",
                "5",
                "LOG_LEVEL",
                "verbose",
                "PENSTOCK_STATE",
                "/a");
        assertEquals(new WgEnvironment(3, 4, 5, LogLevel.VERBOSE, Path.of("/a")), WgEnvironment.of(variables));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "-1", "3x", " 3", "99999999999"})
    void namesTheVariableThatIsWrong(String value) {
        for (String name : new String[] {"WG_TUN_FD", "WG_UAPI_FD", "PENSTOCK_READY_FD"}) {
            CommandFailure failure = assertThrows(CommandFailure.class, () -> WgEnvironment.of(Map.of(name, value)));
            assertTrue(String.valueOf(failure.getMessage()).startsWith(name + "=" + value + " is not"));
        }
    }

    @Test
    void wantsAnAbsoluteStateDirectory() {
        CommandFailure failure =
                assertThrows(CommandFailure.class, () -> WgEnvironment.of(Map.of("PENSTOCK_STATE", "here")));
        assertTrue(String.valueOf(failure.getMessage()).contains("PENSTOCK_STATE=here"));
    }

    @Test
    void knowsTheLogLevels() {
        assertEquals(LogLevel.VERBOSE, LogLevel.of("debug"));
        assertEquals(LogLevel.ERROR, LogLevel.of("error"));
        assertEquals(LogLevel.ERROR, LogLevel.of("anything"));
        assertEquals(LogLevel.SILENT, LogLevel.of("silent"));
        assertEquals(LogLevel.DEFAULT, LogLevel.of(""));
    }
}
