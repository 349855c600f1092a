package io.penstock.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.aead.AeadEngines;
import io.penstock.lab.speed.ServerLimits;
import io.penstock.lab.speed.SpeedServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

@Timeout(60)
class SpeedCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource({
        "'', HOST",
        "'--server 10.0.0.1', --listen",
        "'--server --udp', the client says",
        "'10.0.0.1 --one-off', --server",
        "'10.0.0.1 --for 10x', duration",
        "'10.0.0.1 --for 2h', 1 hour",
        "'10.0.0.1 --for 1ms', 100 ms",
        "'10.0.0.1 --streams 0', streams must be 1 to 64",
        "'10.0.0.1 --streams 65', streams must be 1 to 64",
        "'10.0.0.1 --udp --size 8', 32 to 65507",
        "'10.0.0.1 --udp --size 1G', 32 to 65507",
        "'10.0.0.1 --size 5M', 1 to 4194304",
        "'10.0.0.1 --rate -5', rate",
        "'10.0.0.1 --port 70000', 65535",
        "'10.0.0.1 --port 0', 65535",
        "'10.0.0.1 --interval 1ms', 100ms",
        "'10.0.0.1 10.0.0.2', 10.0.0.2",
        "'10.0.0.1 --gap --udp', small probes",
        "'10.0.0.1 --gap 1ms', at least two probes",
        "'10.0.0.1 --gap 1x', duration",
        "'10.0.0.1 --gap --for 2h', 1 hour",
        "'--server --gap', the client says",
        "'aead 10.0.0.1', 10.0.0.1"
    })
    void refusesWrongUseWithTwo(String arguments, String expected) {
        assertEquals(ExitCode.USAGE, run(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1)));
        assertTrue(err.toString().contains(expected), err.toString());
        assertEquals("", out.toString());
    }

    @Test
    void failsWithOneAndOneLineWhenNobodyAnswers() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }

        assertEquals(ExitCode.FAILED, run("127.0.0.1", "--port", "" + port, "--json"));
        assertTrue(err.toString().startsWith("penstock speed: no speed server at 127.0.0.1"), err.toString());
        assertEquals(1, err.toString().lines().count());
        assertEquals("", out.toString());
    }

    @Test
    void printsOneDocumentOrText() throws Exception {
        try (SpeedServer server = SpeedServer.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), ServerLimits.DEFAULT, line -> {})) {
            Thread.ofPlatform().daemon().start(() -> server.serve(false));
            String port = "" + server.address().getPort();

            assertEquals(
                    ExitCode.OK,
                    run("127.0.0.1", "--port", port, "--for", "300ms", "--interval", "100ms", "--udp", "--json"));
            assertTrue(out.toString().startsWith("{\n  \"schema\": 1,"), out.toString());
            assertTrue(out.toString().endsWith("}\n") && out.toString().contains("\"intervals\": ["), out.toString());

            out.getBuffer().setLength(0);
            assertEquals(ExitCode.OK, run("127.0.0.1", "--port", port, "--for", "300ms", "--gap", "2s", "--json"));
            assertTrue(out.toString().contains("\"longestGapSeconds\": 0"), out.toString());

            out.getBuffer().setLength(0);
            assertEquals(ExitCode.OK, run("127.0.0.1", "--port", port, "--for", "300ms", "--reverse"));
            assertTrue(out.toString().contains("throughput") && out.toString().contains("RTT loaded"), out.toString());
        }
    }

    @Test
    void measuresTheCipherEngines() {
        assertEquals(ExitCode.OK, run("aead", "--json"), err::toString);
        assertTrue(out.toString().startsWith("{\n  \"schema\": 1,"), out.toString());
        for (String name : AeadEngines.available()) {
            assertTrue(out.toString().contains("\"name\": \"" + name + "\""), out.toString());
        }
        assertEquals("", err.toString());
    }

    private int run(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "speed";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return line.execute(all);
    }
}
