package io.penstock.cli.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo of two plain gateways in a terminal, as somebody sees it who presses keys. */
@Tag("live")
@Timeout(120)
class DemoPictureTest {
    private static final String PENSTOCK = Program.PENSTOCK.command().get(0);
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Pattern RATE = Pattern.compile("(?m)^ A → B +[0-9.]+ [GM]bit/s");
    private static final Pattern ROUND_TRIP = Pattern.compile("(?m)^ RTT +[0-9.]+ ms");
    private static final Pattern SILENCE = Pattern.compile("tunnel answers again: ([0-9.]+) s of silence");

    @TempDir
    private Path folder;

    private List<String> namespacesBefore;
    private TerminalPane pane;

    @BeforeEach
    void openTerminal() {
        namespacesBefore = namespaces();
        pane = new TerminalPane(80, 24);
        pane.run("export LC_ALL=C.UTF-8; stty -g >" + folder + "/before; clear");
    }

    @AfterEach
    void closeTerminal() {
        pane.close();
        Shell.run(Map.of(), List.of(PENSTOCK, "demo", "--cleanup"));
    }

    @Test
    void showsTheSitesAtWorkAndWhatKeysDo() throws IOException {
        run("");
        awaitTraffic();
        String frame = pane.await(
                "round trips", LIMIT, text -> ROUND_TRIP.matcher(text).find());
        assertEquals(24, frame.lines().count(), frame);
        assertTrue(frame.contains("══ WireGuard, direct ══") && frame.contains(" q  quit"), frame);
        assertTrue(pane.coloredText().contains("\033[36m"), "colours");

        pane.press("r");
        frame = pane.await(
                "the end of the outage", LIMIT, text -> SILENCE.matcher(text).find() && text.contains("goes on after"));
        assertTrue(frame.contains("restarting gateway B") && frame.contains("gateway B is up again after"), frame);
        assertTrue(frame.contains("on the same connection"), frame);
        Matcher silence = SILENCE.matcher(frame);
        assertTrue(silence.find());
        assertTrue(Double.parseDouble(silence.group(1)) > 0.05, frame);
        awaitTraffic();

        pane.press("w");
        frame = pane.await("wg show", LIMIT, text -> text.split("latest handshake: ", -1).length == 3);
        assertTrue(frame.contains("private key: (hidden)") && frame.contains("$ wg show ps"), frame);
        pane.press("w");
        awaitTraffic();

        pane.press("t");
        pane.await(
                "traffic the other way",
                LIMIT,
                text -> text.contains("traffic: TCP B to A")
                        && Pattern.compile("(?m)^ B → A +[1-9][0-9.]* [GM]bit/s")
                                .matcher(text)
                                .find());

        pane.resize(120, 40);
        frame = pane.await(
                "a larger picture",
                LIMIT,
                text -> text.lines().count() == 40
                        && text.lines().toList().get(39).contains("quit"));
        assertTrue(frame.lines().toList().get(0).length() > 100, frame);
        pane.resize(80, 24);

        pane.press("q");
        frame = awaitEnd(0);
        assertTrue(frame.contains("removed       everything") && frame.contains(", the longest of "), frame);
    }

    @Test
    void givesTheTerminalBackOnControlC() throws IOException {
        run("");
        awaitTraffic();

        pane.press("C-c");

        awaitEnd(130);
    }

    @Test
    void givesTheTerminalBackWhenItIsKilled() throws IOException {
        run("");
        awaitTraffic();
        String pid = Files.readString(folder.resolve("pid")).strip();
        Shell.need("kill", "-KILL", pid);

        pane.await("the guard's last word", LIMIT, text -> text.contains("demo --cleanup"));
        Shell.need(PENSTOCK, "demo", "--cleanup");
        assertAsBefore();
    }

    @Test
    void isAsciiWithoutColoursWhereThatIsWantedAndEndsInTime() throws IOException {
        pane.run("export LC_ALL=C NO_COLOR=1");
        run("--for 3s");
        pane.await("the picture", LIMIT, text -> text.contains("== WireGuard, direct =="));
        String colored = pane.coloredText();
        assertTrue(colored.chars().allMatch(c -> c == '\n' || (c >= ' ' && c < 0x7f)), colored);

        awaitEnd(0);
    }

    @Test
    void printsLinesOnADumbTerminal() throws IOException {
        pane.run("export TERM=dumb");
        run("--for 2s");
        pane.await("a line", LIMIT, text -> text.contains("TCP, A to B"));
        assertFalse(pane.isTaken());

        String text = awaitEnd(0);
        assertTrue(text.contains("RTT idle"), text);
    }

    /** Types the command; its number goes to a file, its status to the terminal. */
    private void run(String arguments) {
        pane.run("sh -c 'echo $$ >" + folder + "/pid; exec " + PENSTOCK + " demo --wg " + arguments
                + "'; echo status $?");
    }

    private void awaitTraffic() {
        pane.await("traffic", LIMIT, text -> RATE.matcher(text).find() && text.contains("WireGuard, direct"));
        assertTrue(pane.isTaken());
    }

    private String awaitEnd(int status) throws IOException {
        String frame = pane.await("status " + status, LIMIT, text -> text.contains("status " + status + "\n"));
        assertAsBefore();
        return frame;
    }

    private void assertAsBefore() throws IOException {
        assertFalse(pane.isTaken(), "alternate screen, cursor or wrapping");
        pane.run("stty -g >" + folder + "/after; echo written");
        pane.await("the mode", LIMIT, text -> text.contains("\nwritten"));
        assertEquals(Files.readString(folder.resolve("before")), Files.readString(folder.resolve("after")));
        Await.until("no namespace is left", LIMIT, () -> namespacesBefore.containsAll(namespaces()));
    }

    private static List<String> namespaces() {
        return Shell.need("ip", "netns", "list")
                .lines()
                .map(line -> line.split(" ", 2)[0])
                .filter(name -> name.matches("ps-[a-z0-9]{6}-.*"))
                .toList();
    }
}
