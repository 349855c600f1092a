package io.penstock.cli.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The demo of two plain gateways as a user runs it, with our own interfaces in its gateways.
 *
 * <pre>
 *   host A ---- gateway A ---- internet ---- gateway B ---- host B
 * </pre>
 */
@Tag("live")
@Timeout(120)
class DemoProgramTest {
    private static final String PENSTOCK = Program.PENSTOCK.command().get(0);

    private final Set<String> namespacesBefore = namespaces();
    private final String linksBefore = Shell.need("ip", "-o", "link");

    @Test
    void printsOneDocumentAndLeavesNothing() throws Exception {
        Shell.Outcome demo = Shell.run(Map.of(), List.of(PENSTOCK, "demo", "--wg", "--for", "4s", "--json"));

        String json = demo.mustSucceed();
        assertTrue(json.startsWith("{\n  \"schema\": 1,") && json.endsWith("\n}\n"), json);
        assertTrue(json.contains("\"gbitPerSecond\": ") && json.contains("\"rttP99Us\": "), json);
        assertTrue(json.contains("\"engine\": \""), json);
        assertAsBefore();
    }

    @Test
    void tellsAPersonWhatItDoes() throws Exception {
        String text = Shell.run(Map.of(), List.of(PENSTOCK, "demo", "--wg", "--for", "2s"))
                .mustSucceed();

        for (String part : List.of("gateway A", "WireGuard", "handshake", "TCP A to B", "engine", "RTT loaded")) {
            assertTrue(text.contains(part), text);
        }
        assertAsBefore();
    }

    @Test
    void isCleanedUpAfterKill9() throws Exception {
        Process demo = new ProcessBuilder(PENSTOCK, "demo", "--wg", "--for", "60s")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader lines = demo.inputReader()) {
            String line = lines.readLine();
            List<String> seen = new ArrayList<>();
            while (line != null && !line.startsWith("TCP, A to B")) {
                seen.add(line);
                line = lines.readLine();
            }
            assertTrue(line != null, () -> String.join("\n", seen));
        } finally {
            demo.destroyForcibly().waitFor();
        }
        assertFalse(namespacesBefore.containsAll(namespaces()));
        List<Path> notes = notesOf(demo.pid());
        assertEquals(2, notes.size());
        assertTrue(notes.stream().anyMatch(Files::exists), notes::toString); // the initiator's

        String cleaned = Shell.need(PENSTOCK, "demo", "--cleanup");
        assertTrue(cleaned.contains("removed demo "), cleaned);
        assertTrue(notes.stream().noneMatch(Files::exists), notes::toString);
        assertAsBefore();
    }

    @Test
    void saysThatItNeedsRootAndEndsWithFive() {
        Shell.Outcome demo = Shell.run(
                Map.of(), List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all", PENSTOCK, "demo", "--json"));

        assertEquals(5, demo.status(), demo::toString);
        assertEquals("", demo.out());
        assertTrue(demo.err().contains("sudo ./penstock demo"), demo::toString);
    }

    @Test
    void speedMeasuresBetweenTwoProcesses() throws Exception {
        Process server = new ProcessBuilder(
                        PENSTOCK, "speed", "--server", "--one-off", "--listen", "127.0.0.1", "--port", "15202")
                .start();
        try (BufferedReader lines = server.errorReader()) {
            String line = lines.readLine();
            assertTrue(line != null && line.startsWith("listening"), line);
            String json = Shell.need(PENSTOCK, "speed", "127.0.0.1", "--port", "15202", "--for", "1s", "--json");

            assertTrue(json.startsWith("{") && json.contains("\"gbitPerSecond\": "), json);
            assertTrue(server.waitFor(10, TimeUnit.SECONDS));
            assertEquals(0, server.exitValue());
        } finally {
            server.destroyForcibly();
        }
    }

    /** The kernel removes a namespace's links a moment later; other tests' namespaces may end meanwhile. */
    private void assertAsBefore() throws Exception {
        for (int i = 0; i < 100 && !namespacesBefore.containsAll(namespaces()); i++) {
            Thread.sleep(100);
        }
        Set<String> added = new TreeSet<>(namespaces());
        added.removeAll(namespacesBefore);
        assertEquals(Set.of(), added);
        assertEquals(linksBefore, Shell.need("ip", "-o", "link"));
        try (var journals = Files.newDirectoryStream(Path.of("/run/penstock"), "demo-*")) {
            journals.forEach(journal -> assertFalse(isOfAnEndedDemo(journal), journal::toString));
        }
    }

    /** The files about the keys of one demo, as its journal names them. */
    private static List<Path> notesOf(long demo) throws IOException {
        List<Path> notes = new ArrayList<>();
        try (var journals = Files.newDirectoryStream(Path.of("/run/penstock"), "demo-*.journal")) {
            for (Path journal : journals) {
                List<String> lines = Files.readAllLines(journal);
                if (lines.getFirst().startsWith("owner " + demo + " ")) {
                    lines.stream()
                            .filter(line -> line.startsWith("key "))
                            .map(line -> Path.of("/var/lib/penstock/timestamps", line.substring(4)))
                            .forEach(notes::add);
                }
            }
        }
        return notes;
    }

    private static boolean isOfAnEndedDemo(Path journal) {
        try {
            String owner = Files.readAllLines(journal).getFirst().split(" ", -1)[1];
            return !Files.exists(Path.of("/proc", owner));
        } catch (IOException e) {
            return false; // removed while we look: another demo's
        }
    }

    private static Set<String> namespaces() {
        return new TreeSet<>(Arrays.asList(Shell.need("ip", "netns").split("\\R", -1)));
    }
}
