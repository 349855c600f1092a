package io.penstock.cli.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code penstock server} as an operator uses it: started, administered, ended, killed, restored. */
@Tag("live") // needs the packaged program
class ServerProgramTest {
    private static final String PRE_AUTH_KEY = "pnk-auth-[0-9a-f]{12}-[0-9a-f]{64}\n";

    @TempDir
    private Path folder;

    @Test
    void startsFromNothingAndEndsInOrder() throws Exception {
        try (CoordinatorProgram server =
                CoordinatorProgram.start(folder.resolve("state"), "--metrics", "127.0.0.1:0")) {
            assertTrue(server.url().startsWith("http://127.0.0.1:"), server.text());
            assertTrue(server.text().contains("/setup/pnk-link-"), server.text());

            server.need("users", "add", "alice");
            Shell.Outcome key = server.run("keys", "create", "--user", "alice", "--quiet");
            assertTrue(key.mustSucceed().matches(PRE_AUTH_KEY), key.toString());
            assertEquals("", key.err());
            Shell.Outcome explained = server.run("keys", "create", "--tags", "tag:web");
            assertTrue(explained.mustSucceed().matches(PRE_AUTH_KEY), "standard output has the secret alone");
            assertTrue(explained.err().contains("tag:web"), explained.toString());
            String table = server.need("users", "list");
            assertTrue(table.contains("alice") && !table.contains("\u001b"), table);
            assertTrue(server.need("nodes", "list", "--json").contains("\"items\""));
            assertEquals(1, server.run("nodes", "show", "nobody").status());

            String metrics = metrics(server);
            assertTrue(metrics.contains("penstock_users{domain=\"default\"} 1\n"), metrics);
            assertTrue(metrics.contains("penstock_build_info{"), metrics);

            assertEquals(0, server.stop());
        }
        assertFalse(Files.exists(folder.resolve("state/admin.sock")));
        Shell.Outcome alone = Shell.run(Map.of(), CoordinatorProgram.server(folder.resolve("state"), "nodes", "list"));
        assertEquals(3, alone.status(), alone.toString());
        assertTrue(alone.err().contains("penstock server up"), alone.toString());
    }

    private static String metrics(CoordinatorProgram server) throws Exception {
        Matcher address = Pattern.compile("http://[0-9.:]+/metrics").matcher(server.text());
        assertTrue(address.find(), server.text());
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(address.group())).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void keepsOverAKillWhatItAcknowledgedAndRestoresABackup() throws Exception {
        Path state = folder.resolve("state");
        Path backup = folder.resolve("backup.db");
        try (CoordinatorProgram server = CoordinatorProgram.start(state)) {
            server.need("users", "add", "alice");
            assertEquals(backup + "\n", server.need("backup", backup.toString()));
            assertEquals(1, server.run("backup", backup.toString()).status(), "it overwrites nothing");
            server.need("users", "add", "bob");
            server.kill();
        }
        try (CoordinatorProgram server = CoordinatorProgram.start(state)) {
            assertTrue(server.need("users", "list").contains("bob"));
            Shell.Outcome busy = server.run("restore", backup.toString());
            assertEquals(1, busy.status());
            assertTrue(busy.err().contains("in use"), busy.toString());
            server.stop();
        }
        Shell.run(Map.of(), CoordinatorProgram.server(state, "restore", backup.toString()))
                .mustSucceed();
        try (CoordinatorProgram server = CoordinatorProgram.start(state)) {
            String users = server.need("users", "list");
            assertTrue(users.contains("alice") && !users.contains("bob"), users);
        }
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(backup)));
    }

    @Test
    void changesUsersLinksAndNames() throws Exception {
        try (CoordinatorProgram server = CoordinatorProgram.start(folder.resolve("state"))) {
            server.need("users", "add", "alice");
            assertEquals("user 1 is alicia\n", server.need("users", "rename", "alice", "alicia"));
            assertEquals(1, server.run("users", "rename", "alice", "x").status());

            assertFalse(server.run("users", "link").err().contains("no longer"));
            assertTrue(server.run("users", "link").err().contains("issued before and not used is good no longer"));

            assertTrue(server.need("dns", "settings").contains("override local  no"));
            server.need("dns", "set", "--nameservers", "9.9.9.9,2620:fe::fe", "--override-local", "--search", "lab");
            server.need("dns", "split", "corp.example.org", "10.0.0.53", "10.0.1.53:5353");
            String shown = server.need("dns", "settings");
            assertTrue(shown.contains("9.9.9.9,2620:fe::fe"), shown);
            assertTrue(shown.contains("override local  yes"), shown);
            assertTrue(shown.contains("corp.example.org=10.0.0.53,10.0.1.53:5353"), shown);
            assertEquals(1, server.run("dns", "set", "--nameservers", "none").status(), "and nothing to override with");
            server.need("dns", "set", "--nameservers", "none", "--no-override-local", "--search", "none");
            assertTrue(server.need("dns", "split", "corp.example.org", "none", "--json")
                    .contains("\"split\" : [ ]"));
            assertEquals(2, server.run("dns", "set").status());

            assertEquals(1, server.run("nodes", "ping", "nobody").status());
            assertEquals(
                    2,
                    server.run("nodes", "expire", "nobody", "--never", "--in", "1d")
                            .status());
        }
    }

    @Test
    void refusesAStunPortThatWasAskedForAndIsTaken() throws Exception {
        try (DatagramChannel taken =
                DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            int port = ((InetSocketAddress) taken.getLocalAddress()).getPort();
            Shell.Outcome refused = Shell.run(
                    Map.of(),
                    CoordinatorProgram.server(
                            folder.resolve("state"),
                            "up",
                            "--listen",
                            "127.0.0.1:0",
                            "--stun-listen",
                            "127.0.0.1:" + port));

            assertEquals(1, refused.status(), refused.toString());
            assertTrue(
                    refused.err().contains(":" + port) && refused.err().contains("--stun-listen"), refused.toString());
        }
    }

    @Test
    void refusesAStateFolderThatOthersCanRead() throws Exception {
        Path state = Files.createDirectory(folder.resolve("state"));
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwxr-xr-x"));

        Shell.Outcome refused = Shell.run(Map.of(), CoordinatorProgram.server(state, "up", "--listen", "127.0.0.1:0"));

        assertEquals(1, refused.status());
        assertTrue(refused.err().contains("chmod 700 " + state), refused.toString());
        assertFalse(refused.err().contains("Exception"), refused.toString());
    }

    @Test
    void isAdministeredFromElsewhereByACertificateAndAKey() throws Exception {
        try (CoordinatorProgram server = CoordinatorProgram.start(folder.resolve("state"), "--self-signed")) {
            server.need("users", "add", "alice");
            Path key = folder.resolve("key");
            Files.writeString(
                    key,
                    server.need(
                            "api-keys", "create", "--user", "alice", "--scope", "nodes:read", "--for", "test", "-q"));
            Path certificate = server.state().resolve("self-signed.crt");

            remote(server, key, "nodes", "list", "--trust", certificate.toString())
                    .mustSucceed();
            assertEquals(
                    8,
                    remote(server, key, "users", "add", "bob", "--trust", certificate.toString())
                            .status());
            assertEquals(3, remote(server, key, "nodes", "list").status(), "nobody vouches for the certificate");
        }
    }

    private static Shell.Outcome remote(CoordinatorProgram server, Path key, String... words) {
        List<String> command =
                new ArrayList<>(List.of(Program.checkout().resolve("penstock").toString(), "server"));
        command.addAll(List.of(words));
        command.addAll(List.of("--server", server.url(), "--api-key", "file:" + key));
        return Shell.run(Map.of(), command);
    }

    /** Line and column of what is wrong, exit code 1, and nothing of a coordinator. */
    @Test
    void checksAPolicyWithoutACoordinator() throws Exception {
        Path good = Files.writeString(
                folder.resolve("good.hujson"),
                "{\"acls\": [{\"action\": \"accept\", \"src\": [\"*\"], \"dst\": [\"*:*\"]}], // all\n}");
        Path bad = Files.writeString(folder.resolve("bad.hujson"), "{\n  \"acl\": []\n}");

        assertEquals(0, check(good).status());
        Shell.Outcome found = check(bad);
        assertEquals(1, found.status());
        assertEquals(bad + ":2:3: unknown section: acl\n", found.out());
    }

    private static Shell.Outcome check(Path file) {
        return Shell.run(
                Map.of(),
                List.of(
                        Program.checkout().resolve("penstock").toString(),
                        "server",
                        "policy",
                        "check",
                        file.toString()));
    }
}
