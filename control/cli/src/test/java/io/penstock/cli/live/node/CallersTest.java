package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.ExitCode;
import io.penstock.cli.live.Await;
import io.penstock.cli.live.KeyPair;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon of an ordinary user with one capability, root, its own user and somebody else: who may do what, and what nobody finds. */
@Tag("live")
class CallersTest {
    private static final int DAEMON = 65_534;
    private static final int STRANGER = 65_533;
    private static final int ROOT = 0;
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final String CANARY = "canary-of-an-auth-key-7f3a";
    private static final String LISTENING = " 0A "; // TCP_LISTEN, the state in /proc/net/tcp

    @TempDir
    private Path folder = Path.of("");

    private final Site site = Site.make("callers");
    private Path run = Path.of("");
    private Path socket = Path.of("");
    private Path log = Path.of("");
    private String program = "";
    private Process daemon = start(List.of("true"), Path.of("/dev/null")); // before there is one

    @BeforeEach
    void startTheDaemon() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path installed = Files.createDirectory(folder.resolve("program"));
        program = Program.PENSTOCK.installInto(installed).getFirst();
        Shell.need("chmod", "-R", "a+rX", installed.toString());
        run = Files.createDirectory(folder.resolve("run"));
        Shell.need("chown", Integer.toString(DAEMON), run.toString());
        socket = run.resolve("penstock.sock");
        log = folder.resolve("log");
        List<String> command = as(DAEMON, "+net_admin");
        command.addAll(List.of("env", "LOG_LEVEL=debug")); // which tells the most
        command.addAll(List.of(program, "daemon", "--socket", socket.toString(), "--state", state().toString()));
        daemon = start(site.inside(command), log);
        Await.until("the daemon listens", LIMIT, () -> {
            if (!daemon.isAlive()) {
                throw new AssertionError(log());
            }
            return Files.exists(socket);
        });
    }

    @AfterEach
    void endTheDaemon() throws InterruptedException {
        daemon.destroy();
        daemon.waitFor();
        site.close();
    }

    @Test
    void rootAndItsOwnUserChangeOthersMayLookIfTheFileLetsThem() throws IOException {
        assertEquals("rw-------", modeOf(socket), "there is no group penstock");
        assertNotEquals(ExitCode.OK, call(STRANGER, "status").status());

        assertEquals(ExitCode.OK, call(ROOT, "set", "--snat").status());
        assertEquals(ExitCode.OK, call(DAEMON, "set", "--snat").status());

        // What membership in the group gives.
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertEquals(ExitCode.OK, call(STRANGER, "status", "--json").status());
        assertEquals(ExitCode.OK, call(STRANGER, "get").status());
        for (List<String> changing :
                List.of(List.of("down"), List.of("set", "--hostname", "mine"), List.of("logout"))) {
            Shell.Outcome outcome = call(STRANGER, changing.toArray(String[]::new));
            assertNotEquals(ExitCode.OK, outcome.status(), outcome.toString());
        }
        Shell.Outcome down = call(STRANGER, "down");
        assertEquals(ExitCode.NEEDS_ROOT, down.status(), down.toString());
        assertTrue(down.err().contains("sudo"), down.err());
        assertFalse(call(ROOT, "get").out().contains("mine"));
    }

    /** A member of the group that may look makes all the connections that it can, and says nothing on them. */
    @Test
    void nobodyWhoMayOnlyLookKeepsRootOut() throws Exception {
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
        List<String> command = as(STRANGER, "");
        command.addAll(List.of(
                "/usr/bin/python3", // which everybody may run
                "-c",
                """
                import socket, sys, time
                kept = [socket.socket(socket.AF_UNIX) for _ in range(200)]
                for each in kept: each.connect(sys.argv[1])
                print("connected", flush=True)
                time.sleep(60)
                """,
                socket.toString()));
        Process stranger = new ProcessBuilder(site.inside(command))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = stranger.inputReader()) {
            assertEquals("connected", out.readLine());
            Await.until("the others are refused", LIMIT, () -> call(STRANGER, "get")
                    .err()
                    .contains("too many callers"));
            assertEquals(ExitCode.OK, call(ROOT, "status", "--json").status());
            assertEquals(ExitCode.OK, call(DAEMON, "set", "--snat").status());
        } finally {
            stranger.destroyForcibly().waitFor();
        }
        Await.until("there is room again", LIMIT, () -> call(STRANGER, "get").status() == ExitCode.OK);
    }

    @Test
    void nobodyFindsASecret() throws IOException {
        Path key = Files.writeString(folder.resolve("key"), CANARY);
        KeyPair peer = KeyPair.make();
        String preshared = KeyPair.presharedKey();
        Path peers = Files.writeString(folder.resolve("wg0.conf"), """
                [Peer] # branch
                PublicKey = %s
                PresharedKey = %s
                AllowedIPs = 10.129.0.0/24
                """.formatted(peer.publicKey(), preshared));
        Shell.Outcome imported = call(ROOT, "peer", "import", peers.toString());
        Shell.Outcome up = call(
                ROOT,
                "up",
                "--server",
                "http://192.0.2.1:1",
                "--auth-key",
                "file:" + key,
                "--interface-name",
                "pn-callers",
                "--timeout",
                "6s");
        assertEquals(ExitCode.TIMED_OUT, up.status(), up.toString());

        List<String> secrets = new ArrayList<>(List.of(CANARY, preshared, hex(preshared)));
        try (Stream<Path> files = Files.list(state())) {
            for (Path file : files.toList()) {
                assertEquals("rw-------", modeOf(file), file.toString());
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertFalse(text.contains(CANARY), file + " keeps the auth key");
                if (file.toString().endsWith(".key")) {
                    secrets.add(text.strip().replace("privkey:", ""));
                }
            }
        }
        assertTrue(secrets.size() >= 4, "found the keys: " + secrets.size());
        assertEquals("rwx------", modeOf(state()));
        Path proc = Path.of("/proc", Long.toString(daemon.pid()));
        Map<String, String> shown = Map.of(
                "log", log(),
                "environment", Files.readString(proc.resolve("environ"), StandardCharsets.ISO_8859_1),
                "command line", Files.readString(proc.resolve("cmdline"), StandardCharsets.ISO_8859_1),
                "status", call(ROOT, "status", "--json").mustSucceed(),
                "preferences", call(ROOT, "get").mustSucceed(),
                "answer", up.out() + up.err() + imported.out() + imported.err());
        assertTrue(
                shown.getOrDefault("log", "").contains("DEBUG"),
                "the log tells the most that it can: " + shown.get("log"));
        shown.forEach((what, text) -> secrets.forEach(
                secret -> assertFalse(text.contains(secret), () -> "a secret in the " + what + ":\n" + text)));
        assertTrue(shown.getOrDefault("command line", "").contains("daemon"), "looked at the daemon");
    }

    @Test
    void listensOnNoTcpPort() throws IOException {
        Path net = Path.of("/proc", Long.toString(daemon.pid()), "net");
        for (String table : List.of("tcp", "tcp6")) {
            List<String> lines = Files.readAllLines(net.resolve(table));
            assertTrue(lines.getFirst().contains("local_address"), lines.getFirst());
            assertTrue(lines.stream().skip(1).noneMatch(line -> line.contains(LISTENING)), lines.toString());
        }
    }

    private static String hex(String base64) {
        return HexFormat.of().formatHex(Base64.getDecoder().decode(base64));
    }

    private Path state() {
        return run.resolve("state");
    }

    private Shell.Outcome call(int uid, String... words) {
        List<String> command = uid == ROOT ? new ArrayList<>() : as(uid, "");
        command.add(program);
        command.addAll(List.of(words));
        command.addAll(List.of("--socket", socket.toString()));
        if (List.of("up", "set", "get").contains(words[0])) {
            command.addAll(List.of("--config", folder.resolve("penstock.conf").toString()));
        }
        return site.run(Map.of(), command);
    }

    /** The words that run what follows as that user, with no capabilities but those. */
    private static List<String> as(int uid, String capabilities) {
        List<String> command =
                new ArrayList<>(List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups"));
        String set = capabilities.isEmpty() ? "-all" : "-all," + capabilities;
        command.addAll(List.of("--inh-caps=" + set, "--ambient-caps=" + set, "--bounding-set=" + set));
        return command;
    }

    private static Process start(List<String> command, Path output) {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                    .start();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String modeOf(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "no log: " + e;
        }
    }
}
