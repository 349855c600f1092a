package io.penstock.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.CommandFailure;
import io.penstock.server.http.TlsIdentity;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerPlanTest {
    @TempDir
    private Path folder;

    private ServerPlan plan(String listen, @Nullable String url, boolean selfSigned) throws CommandFailure {
        return ServerPlan.of(new UpRequest(
                folder.resolve("state"),
                listen,
                url == null ? null : URI.create(url),
                null,
                null,
                selfSigned,
                null,
                RelayOptions.Given.NOTHING));
    }

    @Test
    void needsNothingOnOneMachine() throws CommandFailure {
        ServerPlan plan = plan("127.0.0.1:8480", null, false);

        assertEquals("http://127.0.0.1:8480", plan.url(ListenAddress.parse("--listen", "127.0.0.1:8480")));
        assertEquals(
                Set.of("127.0.0.1", "localhost", "[::1]"),
                plan.settings().listen().hosts());
    }

    @Test
    void isCalledByItsUrl() throws CommandFailure {
        ServerPlan plan = plan("0.0.0.0:443", "https://vpn.example.org/", true);

        assertEquals("https://vpn.example.org", plan.url(ListenAddress.parse("--listen", "0.0.0.0:443")));
        assertTrue(plan.settings().listen().hosts().contains("vpn.example.org"));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1,",
        "127.0.0.1:99999,",
        "::1:80,",
        "'',",
        "0.0.0.0:8480,",
        "8.8.8.8:8480,",
        "127.0.0.1:8480,ftp://x",
        "127.0.0.1:8480,https://a/b",
        "127.0.0.1:8480,https://u@a",
        "no.such.invalid:1,"
    })
    void refusesWhatMakesNoSense(String listen, @Nullable String url) {
        assertThrows(CommandFailure.class, () -> plan(listen, url, false));
    }

    @Test
    void keepsItsCertificateAndClosesItToOthers() throws Exception {
        ServerPlan first = plan("127.0.0.1:8480", null, true);
        ServerPlan second = plan("127.0.0.1:8480", null, true);
        ServerPlan renamed = plan("127.0.0.1:8480", "https://vpn.example.org", true);

        assertEquals(first.fingerprint(), second.fingerprint());
        assertTrue(first.fingerprint().isPresent());
        assertTrue(!first.fingerprint().equals(renamed.fingerprint()), "another name, another certificate");
        for (String name : new String[] {"self-signed.key", "self-signed.crt"}) {
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("state/" + name))));
        }
        TlsIdentity read =
                TlsIdentity.read(folder.resolve("state/self-signed.crt"), folder.resolve("state/self-signed.key"));
        assertEquals(renamed.fingerprint().orElseThrow(), read.fingerprint());
    }

    @Test
    void certificateAndKeyGoTogether() {
        assertThrows(
                CommandFailure.class,
                () -> ServerPlan.of(new UpRequest(
                        folder,
                        "127.0.0.1:1",
                        null,
                        folder.resolve("cert.pem"),
                        null,
                        false,
                        null,
                        RelayOptions.Given.NOTHING)));
    }

    @Test
    void findsTheStateFolder() {
        assertEquals(
                Path.of("/x/y"), StatePlace.of(Path.of("/x/z/../y"), "penstock-server", Map.of(), "root", "/root"));
        assertEquals(
                Path.of("/var/lib/own"),
                StatePlace.of(
                        null, "penstock-server", Map.of("STATE_DIRECTORY", "/var/lib/own"), "penstock", "/home/p"));
        assertEquals(
                Path.of("/var/lib/penstock-server"), StatePlace.of(null, "penstock-server", Map.of(), "root", "/root"));
        assertEquals(
                Path.of("/home/p/.local/state/penstock-server"),
                StatePlace.of(null, "penstock-server", Map.of(), "p", "/home/p"));
        assertEquals(
                Path.of("/s/penstock-server"),
                StatePlace.of(null, "penstock-server", Map.of("XDG_STATE_HOME", "/s"), "p", "/home/p"));
    }
}
