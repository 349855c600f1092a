package io.penstock.lab.demo.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.lab.demo.picture.PictureState.Coordinator;
import io.penstock.lab.demo.picture.PictureState.Cpu;
import io.penstock.lab.demo.picture.PictureState.Event;
import io.penstock.lab.demo.picture.PictureState.Flow;
import io.penstock.lab.demo.picture.PictureState.Path;
import io.penstock.lab.demo.picture.PictureState.RoundTrips;
import io.penstock.lab.demo.picture.PictureState.Site;
import io.penstock.lab.demo.picture.PictureState.Tone;
import io.penstock.lab.terminal.Look;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole frames, compared with those that somebody has looked at. A frame that differs is printed: judge it, then keep it. */
class PictureTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final Look PLAIN = new Look(false, true);
    private static final Look ASCII = new Look(false, false);
    private static final Look COLORED = new Look(true, true);

    @Test
    void fitsTheClassicTerminal() {
        assertFrame("80x24", Picture.lines(busy(), 80, 24, PLAIN));
    }

    @Test
    void usesALargeOne() {
        assertFrame("120x40", Picture.lines(busy(), 120, 40, PLAIN));
    }

    @Test
    void needsNoUnicode() {
        List<String> lines = Picture.lines(busy(), 80, 24, ASCII);

        assertFrame("80x24-ascii", lines);
        assertTrue(String.join("", lines).chars().allMatch(c -> c >= ' ' && c < 0x7f));
    }

    @Test
    void showsAnOutage() {
        assertFrame("80x24-outage", Picture.lines(broken(), 80, 24, PLAIN));
    }

    @Test
    void coloursChangeNothingElse() {
        List<String> colored = Picture.lines(broken(), 80, 24, COLORED);

        assertFrame(
                "80x24-colors",
                colored.stream().map(line -> line.replace('\033', '~')).toList());
        assertEquals(
                Picture.lines(broken(), 80, 24, PLAIN).subList(0, 23),
                colored.stream().map(PictureTest::bare).toList().subList(0, 23));
    }

    @Test
    void withoutColoursThereAreNoEscapes() {
        assertFalse(String.join("", Picture.lines(broken(), 80, 24, PLAIN)).contains("\033"));
    }

    @Test
    void showsTheStateInsteadOfTheFigures() {
        assertFrame("80x24-wg", Picture.lines(withPanel(), 80, 24, PLAIN));
        assertFrame("140x24-wg", Picture.lines(withPanel(), 140, 24, PLAIN));
    }

    @Test
    void showsACoordinatorAndWhetherItCarriesTheTraffic() {
        assertFrame("80x24-mesh", Picture.lines(mesh(), 80, 24, PLAIN));
        assertFrame("80x24-relay", Picture.lines(relayed(), 80, 24, PLAIN));
        assertFrame("80x24-alone", Picture.lines(alone(), 80, 24, PLAIN));
        assertFrame("80x24-mesh-ascii", Picture.lines(relayed(), 80, 24, ASCII));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "10, 3", "40, 12", "60, 20", "79, 23", "81, 25", "100, 30", "300, 100", "5, 200", "500, 2"})
    void staysWithinAnySize(int columns, int rows) {
        for (PictureState state : List.of(busy(), broken(), withPanel(), fresh(), mesh(), relayed(), alone())) {
            for (Look look : List.of(PLAIN, ASCII, COLORED)) {
                List<String> lines = Picture.lines(state, columns, rows, look);
                assertTrue(lines.size() <= rows, () -> lines.size() + " lines");
                lines.forEach(line -> assertTrue(bare(line).length() <= columns, line));
            }
        }
    }

    @Test
    void dropsTheOldestEventsFirst() {
        String frame = String.join("\n", Picture.lines(busy(), 80, 22, PLAIN));

        assertTrue(frame.contains("event 19") && !frame.contains("event 2\n"), frame);
        assertTrue(frame.contains("[q] quit"), frame);
    }

    private static PictureState busy() {
        List<Event> events = new ArrayList<>(List.of(
                new Event(0, "two sites, joined after 212 ms", Tone.PLAIN),
                new Event(31 * SECOND_NS, "restarting gateway B", Tone.PLAIN),
                new Event(32 * SECOND_NS, "tunnel answers again: 0.42 s of silence", Tone.GOOD)));
        for (int i = 0; i < 20; i++) {
            events.add(new Event((40 + i) * SECOND_NS, "event " + i, Tone.PLAIN));
        }
        return state(direct("session 41 s, 12.35 GB"), true, events, List.of());
    }

    private static PictureState broken() {
        List<Event> events = List.of(new Event(31 * SECOND_NS, "gateway B did not come up: no memory", Tone.BAD));
        return state(new Path("WireGuard, direct", 1_230_000_000L, "no session"), false, events, List.of());
    }

    private static PictureState withPanel() {
        List<List<String>> blocks = new ArrayList<>();
        for (String name : List.of("psk3x9q2a0", "psk3x9q2b0")) {
            blocks.add(List.of(
                    "$ wg show " + name,
                    "interface: " + name,
                    "  public key: HpnKxI2AWTYX/qBpThTuFFxWJtrSAnVCV0MW6q3SICQ=",
                    "  private key: (hidden)",
                    "  listening port: 51820",
                    "peer: snrDgxqmRghuIpHj/xJSNZTfRAWSgoIZ1YtIZfcS+Qc=",
                    "  endpoint: 203.0.113.2:51820",
                    "  allowed ips: 10.77.2.0/24, 10.77.0.2/32",
                    "  latest handshake: 6 seconds ago",
                    "  transfer: 9.48 MiB received, 10.22 GiB sent",
                    "  persistent keepalive: every 25 seconds"));
        }
        return state(direct("session 1 s, 1 B"), true, List.of(), blocks);
    }

    private static PictureState fresh() {
        History none = new History(8);
        Flow flow = new Flow(0, none);
        return new PictureState(
                "k3x9q2",
                0,
                null,
                1420,
                1,
                site("10.77.1.2", "198.51.100.2", false),
                site("10.77.2.2", "203.0.113.2", false),
                null,
                direct("no session"),
                flow,
                flow,
                new RoundTrips(0, 0, 0, 0, none, 0, 0),
                new Cpu(0, 0, 0, 0),
                List.of(),
                List.of(),
                List.of());
    }

    private static PictureState mesh() {
        List<Event> events = List.of(new Event(31 * SECOND_NS, "gateway B started: gap 4.21 s, direct", Tone.GOOD));
        return state(
                new Coordinator("coordinator and relay 192.0.2.2", true, true, true, false),
                direct("longest gap 4.21 s"),
                true,
                events,
                List.of());
    }

    private static PictureState relayed() {
        List<Event> events = List.of(new Event(31 * SECOND_NS, "UDP cut: gap 6.62 s, by the relay", Tone.GOOD));
        return state(
                new Coordinator("coordinator and relay 192.0.2.2", true, true, true, true),
                new Path("UDP cut: by relay", 0, "longest gap 6.62 s"),
                true,
                events,
                List.of());
    }

    private static PictureState alone() {
        List<Event> events = List.of(new Event(31 * SECOND_NS, "coordinator killed: no gap over 50 ms", Tone.GOOD));
        return state(
                new Coordinator("coordinator and relay 192.0.2.2", false, false, false, false),
                direct("no gap, 12.35 GB"),
                true,
                events,
                List.of());
    }

    private static Path direct(String note) {
        return new Path("WireGuard, direct", 0, note);
    }

    private static PictureState state(Path path, boolean isUp, List<Event> events, List<List<String>> panel) {
        return state(null, path, isUp, events, panel);
    }

    private static PictureState state(
            @Nullable Coordinator coordinator, Path path, boolean isUp, List<Event> events, List<List<String>> panel) {
        History forward = new History(256);
        History backward = new History(256);
        History medians = new History(256);
        for (int i = 0; i < 70; i++) {
            boolean isOut = i > 50 && i < 53;
            forward.add(isOut ? 0 : 1e9 + i * 40e6);
            backward.add(i % 10 * 1e8);
            medians.add(isOut ? History.NOTHING : i == 53 ? 400 : 2 + i % 7 * 0.4);
        }
        return new PictureState(
                "k3x9q2",
                83 * SECOND_NS,
                "ipsec-mb",
                1420,
                2,
                site("10.77.1.2", "198.51.100.2", true),
                site("10.77.2.2", "203.0.113.2", isUp),
                coordinator,
                path,
                new Flow(3.41e9, forward),
                new Flow(0, backward),
                new RoundTrips(312_000, 410_000, 1_200_000, 12_000_000, medians, 4_100, isUp ? 0 : 84),
                new Cpu(0.61, 0.78, 0.32, 1.93),
                events,
                panel,
                List.of(
                        new PictureState.Key("r", "restart gateway B"),
                        new PictureState.Key("R", "gateway A"),
                        new PictureState.Key("t", "TCP A to B"),
                        new PictureState.Key("w", "wg show"),
                        new PictureState.Key("q", "quit")));
    }

    private static Site site(String host, String gateway, boolean isUp) {
        return new Site(host, gateway, isUp);
    }

    private static String bare(String line) {
        return line.replaceAll("\033\\[[0-9;]*m", "");
    }

    private static void assertFrame(String name, List<String> lines) {
        String frame = lines.stream().map(String::stripTrailing).collect(Collectors.joining("\n")) + "\n";
        assertEquals(golden(name), frame);
    }

    private static String golden(String name) {
        try (InputStream file =
                Objects.requireNonNull(PictureTest.class.getResourceAsStream("/picture/" + name + ".txt"), name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
