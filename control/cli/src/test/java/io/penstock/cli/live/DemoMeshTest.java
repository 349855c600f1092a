package io.penstock.cli.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The demo of a mesh, as a newcomer runs it.
 *
 * <pre>
 *                     coordinator with relay
 *                               |
 *   host A ---- gateway A -- internet -- gateway B ---- host B
 * </pre>
 */
@Tag("live")
@Timeout(600)
class DemoMeshTest {
    private static final String PENSTOCK = Program.PENSTOCK.command().get(0);
    private static final Duration LIMIT = Duration.ofSeconds(180);
    private static final Pattern RATE = Pattern.compile("(?m)^ A → B +[1-9][0-9.]* [GM]bit/s");

    private final Set<String> before = traces();

    @TempDir
    private Path folder = Path.of("");

    @AfterEach
    void cleanUp() {
        Shell.run(Map.of(), List.of(PENSTOCK, "demo", "--cleanup"));
    }

    @Test
    void takesItselfApartAndSeesWhatIsExpected() throws Exception {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process demo = new ProcessBuilder(PENSTOCK, "demo", "--expect", "--json")
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        boolean hasEnded = demo.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
        if (!hasEnded) {
            demo.destroy();
            demo.waitFor();
        }
        String json = Files.readString(out);
        String said = Files.readString(err);
        System.out.println(said); // the figures

        assertTrue(hasEnded, said);
        assertEquals(0, demo.exitValue(), said + json);
        assertTrue(json.startsWith("{\n  \"schema\": 1,") && json.endsWith("\n}\n"), json);
        assertTrue(json.contains("\"met\": true") && !json.contains("\"met\": false"), json);
        assertEquals(9, json.split("\"expected\": ", -1).length - 1, json);
        assertTrue(json.contains("\"source\": \"10.77.1.2\""), json);
        assertFalse((json + said).contains("\033"), "colours");
        assertTrue(said.contains("penstock up --server https://192.0.2.2"), said);
        assertAsBefore();
    }

    /** Beside it another one is killed and swept up. */
    @Test
    void showsAMeshAndWhatKeysDoBesideAnotherDemo() throws Exception {
        try (TerminalPane pane = new TerminalPane(80, 24)) {
            pane.run("export LC_ALL=C.UTF-8; clear; " + PENSTOCK + " demo; echo status $?");
            String frame = pane.await(
                    "traffic", LIMIT, text -> RATE.matcher(text).find() && text.contains("══ WireGuard, direct ══"));
            assertTrue(frame.contains("─ coordinator and relay 192.0.2.2 ─"), frame);
            assertTrue(frame.contains(" c  kill coordinator") && frame.contains(" q  quit"), frame);

            killOneAndSweepUp();

            pane.press("c");
            pane.await(
                    "no coordinator",
                    LIMIT,
                    text -> text.contains("coordinator killed: ")
                            && text.contains("192.0.2.2, down")
                            && text.contains(" c  start coordinator"));
            pane.press("a");
            pane.await("no gateway", LIMIT, text -> text.contains("gateway A killed: nothing gets through"));
            pane.press("a");
            frame = pane.await("the gateway", LIMIT, text -> text.contains("gateway A started: gap of "));
            assertTrue(frame.contains("longest gap "), frame);

            pane.press("q");
            pane.await(
                    "the end", LIMIT, text -> text.contains("removed       everything") && text.contains("status 0"));
        }
        assertAsBefore();
    }

    private void killOneAndSweepUp() throws Exception {
        Process other = new ProcessBuilder(PENSTOCK, "demo", "--expect")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader lines = other.inputReader()) {
            List<String> seen = new ArrayList<>();
            String line = lines.readLine();
            while (line != null && !line.startsWith("gateway A ")) {
                seen.add(line);
                line = lines.readLine();
            }
            assertTrue(line != null, () -> String.join("\n", seen));
        } finally {
            other.destroyForcibly().waitFor();
        }
        String cleaned = Shell.need(PENSTOCK, "demo", "--cleanup");

        assertTrue(cleaned.contains("removed demo ") && cleaned.contains("is running and was left alone"), cleaned);
    }

    private void assertAsBefore() throws InterruptedException {
        Set<String> added = added();
        for (int i = 0; i < 100 && !added.isEmpty(); i++) {
            TimeUnit.MILLISECONDS.sleep(100);
            added = added();
        }
        assertEquals(Set.of(), added);
    }

    private Set<String> added() {
        Set<String> added = traces();
        added.removeAll(before);
        return added;
    }

    /** What a demo of a mesh could leave behind: namespaces, sockets, files, processes. */
    private static Set<String> traces() {
        Set<String> traces = new TreeSet<>();
        for (String folder : List.of("/run/netns", "/run/penstock", "/run/wireguard")) {
            if (Files.isDirectory(Path.of(folder))) {
                try (Stream<Path> files = Files.list(Path.of(folder))) {
                    files.map(Path::toString)
                            .filter(name -> name.matches(".*/(ps-?[a-z0-9]{6}|demo-).*"))
                            .forEach(traces::add);
                } catch (IOException e) {
                    throw new AssertionError(folder, e);
                }
            }
        }
        ProcessHandle.allProcesses()
                .map(handle -> handle.pid() + " " + handle.info().commandLine().orElse(""))
                .filter(line -> line.contains("/run/penstock/demo-"))
                .forEach(traces::add);
        return traces;
    }
}
