package io.penstock.lab.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.LibC;
import io.penstock.ffm.netns.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Demos on the real kernel, with Debian's wireguard-go as interface program. Needs root, TUN and wireguard-go.
 *
 * <pre>
 *   host A ---- gateway A ---- internet ---- gateway B ---- host B
 * </pre>
 */
@Tag("live")
@Timeout(120)
class DemoLiveTest {
    private static final List<String> PROGRAM = List.of("wireguard-go");
    private static final String NEIGHBOUR = "ps-" + ProcessHandle.current().pid() + "-net";
    private static final int SIGINT = 2;
    private static final int SIGKILL = 9;

    @TempDir
    private Path state;

    private final List<Process> started = new ArrayList<>();
    private MachineSnapshot before;

    @BeforeEach
    void look() throws IOException {
        NetworkNamespace.create(NEIGHBOUR).close();
        before = MachineSnapshot.take(state);
    }

    @AfterEach
    void cleanUp() throws Exception {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
        Leftovers.sweep(state, true);
        NetworkNamespace.delete(NEIGHBOUR);
    }

    @Test
    void joinsTwoSitesAndLeavesNothing() throws Exception {
        List<String> steps = new ArrayList<>();
        Demo.Outcome outcome = Demo.run(settings(PROGRAM), steps::add);

        DemoReport report = outcome.report();
        assertTrue(outcome.leftBehind().isEmpty(), () -> "left: " + outcome.leftBehind());
        assertTrue(report.tcp().bytes() > 1_000_000 && report.reverse().bytes() > 1_000_000, report::text);
        assertTrue(report.streams().bytes() > 1_000_000 && report.udp().bytes() > 100_000, report::text);
        assertTrue(report.tcp().rttIdle().samples() > 5, report::text);
        assertTrue(report.firstAnswerNs() < 5_000_000_000L, report::text);
        assertTrue(report.json("1").contains("\"gbitPerSecond\""));
        assertAsBefore();
    }

    @Test
    void staysWithinItsTime() throws Exception {
        long[] trafficStartNs = new long[1];
        Demo.run(settings(PROGRAM), line -> {
            if (line.startsWith("ready")) {
                trafficStartNs[0] = System.nanoTime();
            }
        });

        double seconds = (System.nanoTime() - trafficStartNs[0]) / 1e9;
        assertTrue(seconds < 3 + 4, "traffic of 3 s and the removal took " + seconds);
    }

    @Test
    void removesEverythingWhenTheGatewaysFail() throws Exception {
        DemoException e = assertThrows(
                DemoException.class,
                () -> Demo.run(settings(List.of("sh", "-c", "echo it is broken; exit 1", "sh")), line -> {}));

        assertEquals(DemoException.Reason.FAILED, e.reason());
        assertTrue(e.getMessage().contains("it is broken"), e.getMessage());
        assertAsBefore();
    }

    @Test
    void removesEverythingWhenTheProgramDoesNotExist() throws Exception {
        DemoException e =
                assertThrows(DemoException.class, () -> Demo.run(settings(List.of("/does/not/exist")), line -> {}));

        assertTrue(e.getMessage().contains("/does/not/exist"), e.getMessage());
        assertAsBefore();
    }

    @Test
    void removesEverythingOnControlC() throws Exception {
        Process demo = start("60s");
        awaitLine(demo, "TCP, A to B");
        new LibC().kill((int) demo.pid(), SIGINT);

        assertTrue(demo.waitFor(20, TimeUnit.SECONDS), "does not end");
        assertEquals(128 + SIGINT, demo.exitValue());
        assertAsBefore();
    }

    @Test
    void leavesNothingWhenItIsStoppedAtTheStart() throws Exception {
        List<String> command = command("60s");
        command.set(command.indexOf(DemoMain.class.getName()), StoppedDemoMain.class.getName());
        Process demo = start(command);
        String said = new String(demo.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertTrue(demo.waitFor(20, TimeUnit.SECONDS), "does not end");
        assertEquals(StoppedDemoMain.STATUS, demo.exitValue(), said);
        assertEquals("", said);
        assertAsBefore();
    }

    @Test
    void leavesATrailThatTheCleanupFollows() throws Exception {
        Process demo = start("60s");
        awaitLine(demo, "TCP, A to B");
        List<ProcessIdentity> gateways = Journal.readAll(state).getFirst().values(Journal.Kind.PROCESS).stream()
                .map(value -> ProcessIdentity.of(Long.parseLong(value.substring(0, value.indexOf(' ')))))
                .toList();
        assertEquals(2, gateways.size());
        kill(demo);
        for (ProcessIdentity gateway : gateways) {
            assertNotNull(gateway);
            assertTrue(gateway.isAlive());
        }
        assertFalse(MachineSnapshot.take(state).namespaces().equals(before.namespaces()));

        Leftovers.Sweep sweep = Demo.cleanUp(settings(PROGRAM));
        assertEquals(1, sweep.removed().size());
        assertTrue(sweep.problems().isEmpty(), () -> sweep.problems().toString());
        for (ProcessIdentity gateway : gateways) {
            assertFalse(gateway != null && gateway.isAlive());
        }
        assertAsBefore();
    }

    @Test
    void isCleanedUpWhereverItWasKilled() throws Exception {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 6; i++) {
            Process demo = start("60s");
            awaitLine(demo, "building");
            Thread.sleep(random.nextInt(400));
            kill(demo);
            Leftovers.Sweep sweep = Demo.cleanUp(settings(PROGRAM));
            assertTrue(sweep.problems().isEmpty(), () -> "seed " + seed + ": " + sweep.problems());
            assertAsBefore();
        }
    }

    @Test
    void sweepsUpAfterACrashedOneAtTheNextStart() throws Exception {
        Process demo = start("60s");
        awaitLine(demo, "ready");
        kill(demo);
        List<String> steps = new ArrayList<>();
        Demo.run(settings(PROGRAM), steps::add);

        assertTrue(steps.getFirst().startsWith("removed what a demo left behind"), steps::toString);
        assertAsBefore();
    }

    @Test
    void runsBesideAnother() throws Exception {
        Process other = start("4s");
        awaitLine(other, "building");
        Demo.Outcome outcome = Demo.run(settings(PROGRAM), line -> {});

        assertTrue(outcome.report().tcp().bytes() > 0);
        awaitLine(other, "\"schema\": 1");
        assertTrue(other.waitFor(30, TimeUnit.SECONDS));
        assertEquals(0, other.exitValue());
        assertAsBefore();
    }

    @Test
    void saysThatItNeedsRoot() throws Exception {
        List<String> command = new ArrayList<>(List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"));
        command.addAll(command("2s"));
        Process demo = start(command);

        awaitLine(demo, "NEEDS_ROOT");
        assertTrue(demo.waitFor(10, TimeUnit.SECONDS));
        assertAsBefore();
    }

    @Test
    void aChildIsBornInTheNamespaceOfTheStartingThread() throws Exception {
        String name = "ps-test" + ProcessHandle.current().pid();
        try (NetworkNamespace namespace = NetworkNamespace.create(name)) {
            Process child = namespace.call(new ProcessBuilder("sleep", "30")::start);
            started.add(child);
            String inode = "net:[" + Files.getAttribute(Path.of("/run/netns", name), "unix:ino") + "]";

            assertEquals(
                    inode,
                    Files.readSymbolicLink(Path.of("/proc/" + child.pid() + "/ns/net"))
                            .toString());
        } finally {
            NetworkNamespace.delete(name);
        }
    }

    private DemoSettings settings(List<String> program) {
        return new DemoSettings(3_000_000_000L, false, program, state);
    }

    private Process start(String duration) throws IOException {
        return start(command(duration));
    }

    private Process start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        started.add(process);
        return process;
    }

    private List<String> command(String duration) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--add-exports",
                "java.base/jdk.internal.misc=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                DemoMain.class.getName(),
                state.toString(),
                duration));
        command.addAll(PROGRAM);
        return command;
    }

    private static void kill(Process process) throws InterruptedException {
        new LibC().kill((int) process.pid(), SIGKILL);
        process.waitFor();
    }

    private static void awaitLine(Process process, String part) throws IOException {
        BufferedReader reader = process.inputReader();
        StringBuilder seen = new StringBuilder();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            seen.append(line).append('\n');
            if (line.contains(part)) {
                return;
            }
        }
        throw new AssertionError("never said '" + part + "', but:\n" + seen);
    }

    /**
     * Links of a removed namespace go a moment later. Other tests' namespaces may come and go beside us, so only what is added counts
     * there, and that a neighbour with a name like ours is left.
     */
    private void assertAsBefore() throws Exception {
        MachineSnapshot after = MachineSnapshot.take(state);
        for (int i = 0; i < 100 && !after.addsNothingTo(before); i++) {
            Thread.sleep(100);
            after = MachineSnapshot.take(state);
        }
        if (!after.addsNothingTo(before)) {
            assertEquals(before, after);
        }
        assertTrue(after.namespaces().contains(NEIGHBOUR), "somebody else's namespace is gone");
    }
}
