package io.penstock.cli.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From the start of an interface to its end. */
@Tag("live")
class LifecycleTest {
    private static final Duration MOMENT = Duration.ofSeconds(20);

    @Test
    void returnsWithAnInterfaceAndASocketForItsOwnerOnly() throws IOException {
        try (Site site = Site.make("host");
                WgInterface wg = WgInterface.start(Program.subject(), site)) {
            assertTrue(site.hasLink(wg.name()));
            assertTrue(site.need("ip", "link", "show", "dev", wg.name()).contains("mtu 1420"));
            String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(wg.socket()));
            assertTrue(mode.endsWith("------"), mode);
            assertEquals("off", wg.dump().fwmark());
            assertNotEquals(
                    ProcessHandle.current().pid(),
                    ProcessHandle.of(wg.pid())
                            .orElseThrow()
                            .parent()
                            .map(ProcessHandle::pid)
                            .orElse(1L));
        }
    }

    @Test
    void endsWhenItsLinkIsDeleted() {
        try (Site site = Site.make("host");
                WgInterface wg = WgInterface.start(Program.subject(), site)) {
            site.ip("link del " + wg.name());

            wg.awaitEnd();
            assertFalse(Files.exists(wg.socket()));
        }
    }

    @Test
    void endsWhenItsSocketIsRemoved() throws IOException {
        try (Site site = Site.make("host");
                WgInterface wg = WgInterface.start(Program.subject(), site)) {
            Files.delete(wg.socket());

            wg.awaitEnd();
            assertFalse(site.hasLink(wg.name()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void cleansUpAfterASignal(String signal) {
        try (Site site = Site.make("host");
                WgInterface wg = WgInterface.start(Program.subject(), site)) {
            wg.signal(signal);

            wg.awaitEnd();
            assertFalse(site.hasLink(wg.name()));
            assertFalse(Files.exists(wg.socket()));
        }
    }

    @Test
    void startsAgainOverTheSocketOfAKilledOne() {
        try (Site site = Site.make("host");
                WgInterface killed = WgInterface.start(Program.subject(), site)) {
            killed.signal("KILL");
            killed.awaitEnd();
            Await.until("the link goes with its last thread", MOMENT, () -> !site.hasLink(killed.name()));
            assertTrue(Files.exists(killed.socket()));

            try (WgInterface next = WgInterface.start(Program.subject(), site, killed.name(), Map.of())) {
                assertEquals("off", next.dump().fwmark());
            }
        }
    }

    @Test
    void staysInTheForegroundWhenTold() throws IOException, InterruptedException {
        String name = WgInterface.newName();
        try (Site site = Site.make("host")) {
            List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", site.name()));
            command.addAll(Program.subject().command());
            command.addAll(List.of("-f", name));
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                Await.until("the interface is there", MOMENT, () -> WgInterface.processBehind(name)
                        .isPresent());
                assertEquals(process.pid(), WgInterface.processBehind(name).orElseThrow());
                assertTrue(process.isAlive());
            } finally {
                process.destroy();
            }
            assertTrue(process.waitFor(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void logsForLogLevelAndHidesKeys() throws IOException {
        KeyPair keys = KeyPair.make();
        String presharedKey = KeyPair.make().privateKey();
        var log = Files.createTempFile("penstock-live", ".log");
        try (Site site = Site.make("host")) {
            String name = WgInterface.newName();
            String command = String.join(" ", Program.subject().command()) + " " + name + " >" + log + " 2>&1";
            site.run(Map.of("LOG_LEVEL", "debug"), List.of("sh", "-c", command)).mustSucceed();
            try (WgInterface wg = WgInterface.adopt(site, name)) {
                wg.configure(
                                "setconf",
                                "[Interface]\nPrivateKey = " + keys.privateKey()
                                        + "\nListenPort = 5555\n[Peer]\nPublicKey = "
                                        + KeyPair.make().publicKey() + "\nPresharedKey = " + presharedKey + "\n")
                        .mustSucceed();
                site.ip("link set " + name + " up");
                Await.until("something is logged", MOMENT, () -> log.toFile().length() > 0);
            }
            String text = Files.readString(log);
            for (String key : List.of(keys.privateKey(), presharedKey)) {
                assertFalse(text.contains(key), text);
                String digits = HexFormat.of().formatHex(Base64.getDecoder().decode(key)); // as wg sends it
                assertFalse(text.toLowerCase(Locale.ROOT).contains(digits), text);
            }
        } finally {
            Files.delete(log);
        }
    }

    /** Keys are in its memory: what docs/security.md says of the process holds for the one that the launcher starts. */
    @Test
    void letsNobodyAttachToItOrDumpIt() throws IOException {
        try (Site site = Site.make("host");
                WgInterface wg = WgInterface.start(Program.subject(), site)) {
            long pid = WgInterface.processBehind(wg.name()).orElseThrow();
            String limits = Files.readString(Path.of("/proc/" + pid + "/limits"));
            assertTrue(limits.matches("(?s).*Max core file size +0 +0 +bytes.*"), limits);

            String jcmd =
                    Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
            Shell.Outcome attached = Shell.run(
                    Map.of(),
                    List.of(jcmd, "-J-Dsun.tools.attach.attachTimeout=1000", Long.toString(pid), "VM.version"));
            assertNotEquals(0, attached.status(), attached.toString());
            assertTrue(attached.err().contains("AttachNotSupported"), attached.toString());

            // Where the JVM would keep figures for tools; -XX:-UsePerfData.
            try (Stream<Path> shared = Files.find(
                    Path.of("/tmp"), 2, (path, is) -> path.toString().matches("/tmp/hsperfdata_[^/]*/" + pid))) {
                assertEquals(List.of(), shared.toList());
            }
            assertTrue(wg.isAlive());
        }
    }

    /** A service has no locale; the name is made of bytes there, for this test's Java may have none either. */
    @Test
    void takesANameThatIsNotAsciiInAnyLocale() {
        String script = "name=$(printf 'ps\\303\\244%s' $$) && "
                + String.join(" ", Program.subject().command())
                + " $name && test -S /var/run/wireguard/$name.sock && ip link del $name";
        try (Site site = Site.make("host")) {
            site.run(Map.of("LC_ALL", "C"), List.of("sh", "-c", script)).mustSucceed();
        }
    }

    @Test
    void refusesANameThatIsTaken() {
        try (Site site = Site.make("host");
                WgInterface wg = WgInterface.start(Program.subject(), site)) {
            Shell.Outcome second = startAgain(site, wg.name());

            assertEquals(1, second.status(), second.toString());
            assertFalse(second.err().isBlank());
            assertFalse(second.err().contains("Exception"), second.err());
            assertTrue(wg.isAlive());
            assertEquals("off", wg.dump().fwmark());
        }
    }

    @Test
    void refusesANameThatAnotherKindOfLinkHas() {
        String name = WgInterface.newName();
        try (Site site = Site.make("host")) {
            site.ip("link add " + name + " type veth peer name " + WgInterface.newName());

            Shell.Outcome outcome = startAgain(site, name);

            assertEquals(1, outcome.status(), outcome.toString());
            assertFalse(outcome.err().contains("Exception"), outcome.err());
            assertTrue(outcome.err().contains(name), outcome.err());
            assertTrue(site.hasLink(name));
            assertFalse(Files.exists(Path.of("/var/run/wireguard", name + ".sock")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a-name-that-is-too-long", "with/slash", ""})
    void refusesANameThatCannotBe(String name) {
        try (Site site = Site.make("host")) {
            Shell.Outcome outcome = startAgain(site, name);

            assertNotEquals(0, outcome.status(), outcome.toString());
            assertFalse(outcome.err().isBlank());
            assertFalse(outcome.err().contains("Exception"), outcome.err());
        }
    }

    @Test
    void saysThatItNeedsRoot(@TempDir Path folder) throws IOException {
        String name = WgInterface.newName();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (Site site = Site.make("host")) {
            List<String> command = new ArrayList<>(
                    List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"));
            command.addAll(Program.subject().installInto(folder));
            command.add(name);
            Shell.Outcome outcome = site.run(Map.of(), command);

            assertEquals(1, outcome.status(), outcome.toString());
            assertTrue(
                    outcome.err().toLowerCase(Locale.ROOT).matches("(?s).*(root|permitted|permission).*"),
                    outcome.err());
            assertFalse(outcome.err().contains("Exception"), outcome.err());
            assertFalse(site.hasLink(name));
        }
    }

    /** The interface works, but to follow its device elsewhere would take CAP_SYS_ADMIN. */
    @Test
    void needsNoMoreThanCapNetAdmin() throws IOException {
        String name = WgInterface.newName();
        Path log = Files.createTempFile("penstock-live", ".log");
        try (Site site = Site.make("host");
                Site inside = Site.make("inside")) {
            String dropping = "setpriv --bounding-set=-all,+net_admin --inh-caps=-all ";
            String start = String.join(" ", Program.subject().command()) + " " + name + " >" + log + " 2>&1";
            site.run(Map.of("LOG_LEVEL", "error"), List.of("sh", "-c", dropping + start))
                    .mustSucceed();
            try (WgInterface wg = WgInterface.adopt(site, name)) {
                String status = Files.readString(Path.of("/proc/" + wg.pid() + "/status"));
                assertTrue(status.contains("CapEff:\t0000000000001000\n"), status);
                wg.wg("set", "listen-port 5556 fwmark 7");
                site.ip("link set " + name + " mtu 1300 up");
                Await.until("the port is open", MOMENT, () -> hasPort(site, 5556));

                site.ip("link set " + name + " netns " + inside.name());
                Await.until("it is down", MOMENT, () -> !hasPort(site, 5556));
                inside.ip("link set " + name + " up");
                Await.until("it is up again", MOMENT, () -> hasPort(site, 5556));
                inside.ip("link set " + name + " down");
                Await.until("it is down again", MOMENT, () -> !hasPort(site, 5556));
                inside.ip("link set " + name + " netns " + site.name());
                site.ip("link set " + name + " up");
                Await.until("it is up at home", MOMENT, () -> hasPort(site, 5556));

                site.ip("link del " + name);
                wg.awaitEnd();
            }
            List<String> logged = Files.readAllLines(log).stream()
                    .filter(line -> !line.startsWith("penstock: ")) // of the launcher
                    .toList();
            assertEquals(1, logged.size(), logged.toString());
        } finally {
            Files.delete(log);
        }
    }

    /** What peers may have seen is known after a restart, and an end in order leaves nothing reserved ahead of the clock. */
    @Test
    void storesItsLastTimestampWhenItEnds(@TempDir Path state) throws IOException {
        KeyPair keys = KeyPair.make();
        double last = 0;
        for (String signal : List.of("TERM", "TERM", "KILL")) {
            try (Site site = Site.make("host")) {
                Map<String, String> environment = Map.of("PENSTOCK_STATE", state.toString());
                WgInterface wg = WgInterface.start(Program.subject(), site, WgInterface.newName(), environment);
                site.ip("link set " + wg.name() + " up");
                wg.configure("setconf", """
                                [Interface]
                                PrivateKey = %s
                                [Peer]
                                PublicKey = %s
                                Endpoint = 127.0.0.1:9
                                PersistentKeepalive = 25
                                """.formatted(
                                        keys.privateKey(), KeyPair.make().publicKey()))
                        .mustSucceed();
                double before = last;
                Await.until("a handshake was tried", MOMENT, () -> stored(state) > before);
                wg.signal(signal);
                wg.awaitEnd();
                Files.deleteIfExists(wg.socket());
            }
            double ahead = stored(state) - System.currentTimeMillis() / 1e3;
            assertTrue(stored(state) > last, stored(state) + " after " + last);
            assertTrue(signal.equals("KILL") ? ahead < 10 : ahead < 0.02, signal + ": ahead by " + ahead + " s");
            last = stored(state);
        }
    }

    private static double stored(Path state) {
        Path notes = state.resolve("timestamps");
        try (Stream<Path> files = Files.list(notes)) {
            for (Path file :
                    files.filter(note -> !note.toString().endsWith(".new")).toList()) {
                return Double.parseDouble(Files.readString(file));
            }
            return 0;
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean hasPort(Site site, int port) {
        return site.need("ss", "-ulnH").contains(":" + port + " ");
    }

    @Test
    void keepsItsSocketsWhenTheInterfaceMoves() {
        try (TunnelPair pair = new TunnelPair();
                Site inside = Site.make("inside")) {
            pair.leftKnowsRight(false);
            pair.awaitLeftReachesRight();
            String name = pair.left().name();

            pair.underlay.left.ip("link set " + name + " netns " + inside.name());
            inside.ip("addr add " + TunnelPair.LEFT + "/24 dev " + name);
            inside.ip("link set " + name + " up");

            inside.awaitReach(TunnelPair.RIGHT, MOMENT);
            inside.mustReachWithoutLoss(TunnelPair.RIGHT);
            assertFalse(pair.underlay.left.hasLink(name));
            assertTrue(pair.underlay.left.need("ss", "-ulnH").contains(":" + TunnelPair.LEFT_PORT));

            inside.ip("link del " + name);
            pair.left().awaitEnd();
            assertFalse(Files.exists(pair.left().socket()));
        }
    }

    @Test
    void takesAnyMtuAtRunTime() {
        try (TunnelPair pair = new TunnelPair()) {
            pair.leftKnowsRight(false);
            pair.awaitLeftReachesRight();

            for (int mtu : new int[] {1280, 9000, 65000, 1420}) {
                pair.underlay.left.ip("link set " + pair.left().name() + " mtu " + mtu);
                pair.underlay.right.ip("link set " + pair.right().name() + " mtu " + mtu);
                pair.underlay.left.mustReachWithoutLoss(TunnelPair.RIGHT, 5, mtu - 28);
                pair.underlay.right.mustReachWithoutLoss(TunnelPair.LEFT, 5, mtu - 28);
            }
        }
    }

    @Test
    void closesItsPortWhileItIsDown() {
        try (TunnelPair pair = new TunnelPair()) {
            pair.leftKnowsRight(false);
            pair.awaitLeftReachesRight();
            Site site = pair.underlay.left;
            String name = pair.left().name();

            site.ip("link set " + name + " down");
            Await.until("the port is closed", MOMENT, () -> !site.need("ss", "-ulnH")
                    .contains(":" + TunnelPair.LEFT_PORT));

            site.ip("link set " + name + " up");
            site.ip("-6 addr replace " + TunnelPair.LEFT6 + "/64 dev " + name + " nodad");
            pair.awaitLeftReachesRight();
            site.mustReachWithoutLoss(TunnelPair.RIGHT);
            pair.underlay.right.mustReachWithoutLoss(TunnelPair.LEFT6);
        }
    }

    private static Shell.Outcome startAgain(Site site, String name) {
        List<String> command = new ArrayList<>(Program.subject().command());
        command.add(name);
        return site.run(Map.of(), command);
    }
}
