package io.penstock.cli.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.key.PrivateKey;
import io.penstock.relay.RelayServer;
import io.penstock.relay.RelaySettings;
import io.penstock.relay.core.Admission;
import io.penstock.relay.edge.RelayIdentity;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.server.SystemEntropy;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RelayStatusTest {
    @TempDir
    private Path folder;

    private RelayServer relay;

    @BeforeEach
    void start() throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        relay = RelayServer.start(
                new RelaySettings(
                        any,
                        List.of(any),
                        null,
                        Set.of(),
                        new RelayIdentity(PrivateKey.generate(new SystemEntropy())),
                        Admission.EVERYBODY,
                        null,
                        List.of(),
                        RelayLimits.DEFAULT,
                        Duration.ZERO,
                        1),
                InstantSource.system(),
                new SystemEntropy());
    }

    @AfterEach
    void stop() {
        relay.close();
    }

    private record Outcome(int status, String out, String err) {}

    private Outcome ask(String... options) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = new CommandLine(new RelayStatusCommand());
        command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        command.setExecutionExceptionHandler((failure, line, parsed) -> {
            line.getErr().println(failure.getMessage());
            return 1;
        });
        String[] all = new String[options.length + 2];
        all[0] = "--state";
        all[1] = folder.toString();
        System.arraycopy(options, 0, all, 2, options.length);
        return new Outcome(command.execute(all), out.toString(), err.toString());
    }

    @Test
    void tellsHowTheRelayIs() throws IOException {
        Path socket = RelayStatus.socket(folder);
        try (RelayStatus _ = RelayStatus.open(socket, relay)) {
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
            Outcome text = ask();
            assertEquals(0, text.status(), text.err());
            String port = ":" + relay.address().getPort() + ",";
            assertTrue(text.out().contains(port) && text.out().contains("0 of 0 connections"), text.out());
            Outcome json = ask("--json");
            assertTrue(json.out().contains("\"closed\": {}") && json.out().contains("\"schema\": 1"), json.out());
        }
        assertFalse(Files.exists(socket), "nothing stays");
    }

    @Test
    void saysThatNoRelayRuns() {
        Outcome none = ask();
        assertEquals(1, none.status());
        assertTrue(none.err().contains("penstock relay"), none.err());
    }

    @Test
    void takesThePlaceOfARelayThatWasKilledAndOfNoOther() throws IOException {
        Path socket = RelayStatus.socket(folder);
        try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(socket));
        }
        assertTrue(Files.exists(socket));
        try (RelayStatus _ = RelayStatus.open(socket, relay)) {
            IOException taken = assertThrows(
                    IOException.class, () -> RelayStatus.open(socket, relay).close());
            assertTrue(String.valueOf(taken.getMessage()).contains("--state"), taken::toString);
            assertEquals(0, ask().status());
        }
    }
}
