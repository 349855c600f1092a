package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.junit.jupiter.api.Test;

class ErrorLoggerTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void writesOneLineLikeWireguardGo() {
        logger(LogLevel.VERBOSE).log(Level.DEBUG, "peer {0} sent {1} of {0}", "peer(abcd…wxyz)", 1234567);
        String line = out.toString(UTF_8);
        assertTrue(
                line.matches("DEBUG: \\(wg0\\) \\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d "
                        + "peer peer\\(abcd…wxyz\\) sent 1234567 of peer\\(abcd…wxyz\\)\n"),
                line);
    }

    @Test
    void leavesBracesWithoutAValue() {
        logger(LogLevel.VERBOSE).log(Level.ERROR, "a {} {x} {1} {0", "value");
        assertTrue(out.toString(UTF_8).endsWith(" a {} {x} {1} {0\n"), out.toString(UTF_8));
    }

    @Test
    void keepsToTheLevel() {
        for (LogLevel level : LogLevel.values()) {
            Logger logger = logger(level);
            boolean quiet = level == LogLevel.SILENT;
            assertEquals(!quiet, logger.isLoggable(Level.ERROR));
            assertEquals(!quiet, logger.isLoggable(Level.WARNING));
            assertEquals(level == LogLevel.VERBOSE, logger.isLoggable(Level.INFO));
            assertEquals(level == LogLevel.VERBOSE, logger.isLoggable(Level.DEBUG));
            assertFalse(logger.isLoggable(Level.TRACE));
            assertFalse(logger.isLoggable(Level.OFF));
        }
        logger(LogLevel.ERROR).log(Level.INFO, "hidden");
        assertEquals("", out.toString(UTF_8));
    }

    @Test
    void writesWhatWasThrown() {
        logger(LogLevel.ERROR).log(Level.ERROR, "failed", new IllegalStateException("planted"));
        assertTrue(out.toString(UTF_8).contains("IllegalStateException: planted"));
    }

    private Logger logger(LogLevel level) {
        return new ErrorLogger("wg0", level, new PrintStream(out, true, UTF_8));
    }
}
