package io.penstock.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class DemoCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource({
        "--wg --for 1s, 2 seconds to 1 hour",
        "--wg --for 2h, 2 seconds to 1 hour",
        "--wg --for soon, duration",
        "--expect --for 20s, ends the picture",
        "--json --for 20s, ends the picture",
        "--wg --expect, has none",
        "--cleanup --json, goes alone",
        "--cleanup --keep, goes alone",
        "--cleanup --expect, goes alone",
        "--cleanup --wg, goes alone",
        "--nonsense, --nonsense",
        "now, now"
    })
    void refusesWrongUseWithTwo(String arguments, String expected) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));

        assertEquals(ExitCode.USAGE, line.execute(("demo " + arguments).split(" ", -1)));
        assertTrue(err.toString().contains(expected), err.toString());
        assertEquals("", out.toString());
    }
}
