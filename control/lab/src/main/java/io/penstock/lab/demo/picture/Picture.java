package io.penstock.lab.demo.picture;

import io.penstock.lab.Quantity;
import io.penstock.lab.demo.picture.PictureState.Coordinator;
import io.penstock.lab.demo.picture.PictureState.Cpu;
import io.penstock.lab.demo.picture.PictureState.Event;
import io.penstock.lab.demo.picture.PictureState.Flow;
import io.penstock.lab.demo.picture.PictureState.Path;
import io.penstock.lab.demo.picture.PictureState.RoundTrips;
import io.penstock.lab.demo.picture.PictureState.Site;
import io.penstock.lab.terminal.Look;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Draws one frame. Made for one size and look, then thrown away.
 *
 * <pre>
 *   header
 *
 *   coordinator if there is one, sites, path (4 lines)
 *
 *   throughput each way, round trips, processor time
 *
 *   events
 *
 *   keys
 * </pre>
 *
 * From 24 lines on all of it is there; more lines make higher charts and more events, fewer cost events first. What does not fit
 * the width is cut off.
 */
public final class Picture {
    private static final int MARGIN = 1;
    private static final int VALUE_COLUMN = 7;
    private static final int VALUE_LENGTH = 12;
    private static final int CHART_COLUMN = VALUE_COLUMN + VALUE_LENGTH + 2;
    private static final int SCALE_LENGTH = 12;
    private static final int FULL_HEIGHT = 24;
    private static final int ROWS_FOR_HIGHER_CHARTS = 6;
    private static final double SCALE_FLOOR_BITS = 1e6;
    private static final double SCALE_FLOOR_MS = 0.5;
    private static final int HIGHEST_MEDIANS = 4;

    private final PictureState state;
    private final int columns;
    private final int rows;
    private final Look look;
    private final List<String> lines = new ArrayList<>();

    private Picture(PictureState state, int columns, int rows, Look look) {
        this.state = state;
        this.columns = columns;
        this.rows = rows;
        this.look = look;
    }

    /** At most {@code rows} lines of at most {@code columns} characters. */
    public static List<String> lines(PictureState state, int columns, int rows, Look look) {
        return new Picture(state, columns, rows, look).draw();
    }

    private List<String> draw() {
        int bottom = rows - 1; // above the keys
        header();
        if (state.panel().isEmpty()) {
            bottom--;
            blank();
            sites();
            blank();
            figures();
            events(bottom);
        } else {
            panel();
        }
        List<String> frame = new ArrayList<>(lines.subList(0, Math.clamp(bottom, 0, lines.size())));
        while (frame.size() < rows - 1) {
            frame.add("");
        }
        frame.add(keys());
        return frame;
    }

    private void header() {
        String facts = (state.engine() == null ? "" : state.engine() + ", ") + "MTU " + state.mtu() + ", "
                + state.cores() + (state.cores() == 1 ? " core" : " cores");
        put(row().to(MARGIN)
                .add(Style.STRONG, "penstock demo")
                .add("  " + state.id())
                .right(Style.PLAIN, facts + "   t+" + clock(state.elapsedNs()) + " "));
    }

    private void sites() {
        Site a = state.a();
        Site b = state.b();
        int cable = Math.clamp((columns - 68) / 3, 2, 12);
        int gatewayA = MARGIN + a.host().length() + 1 + cable + 1;
        int endA = gatewayA + a.gateway().length();
        int hostB = columns - MARGIN - b.host().length();
        int gatewayB = hostB - 1 - cable - 1 - b.gateway().length();
        int endB = gatewayB + b.gateway().length();
        if (state.coordinator() != null) {
            coordinator(state.coordinator(), gatewayA, endB - 1);
        }
        put(row().to(MARGIN)
                .add(Style.FAINT, "host A")
                .to(gatewayA)
                .add(Style.FAINT, "gateway A")
                .to(endB - 9)
                .add(Style.FAINT, "gateway B")
                .to(columns - MARGIN - 6)
                .add(Style.FAINT, "host B"));
        String lan = (look.unicode() ? "─" : "-").repeat(cable);
        Row way = row().to(MARGIN)
                .add(a.host())
                .add(Style.FAINT, " " + lan + " ")
                .add(a.gateway())
                .add(" ");
        tunnel(way, gatewayB - 1);
        put(way.to(gatewayB).add(b.gateway()).add(Style.FAINT, " " + lan + " ").add(b.host()));
        put(row().to(gatewayA)
                .add(a.isUp() ? Style.GOOD : Style.BAD, upOrDown(a))
                .center(endA + 1, gatewayB - 1, Style.PLAIN, state.path().note())
                .to(endB - upOrDown(b).length())
                .add(b.isUp() ? Style.GOOD : Style.BAD, upOrDown(b)));
    }

    /** From above the one gateway to above the other; thick where the traffic goes. */
    private void coordinator(Coordinator coordinator, int start, int end) {
        String name = " " + coordinator.name() + (coordinator.isUp() ? " " : ", down ");
        int length = Math.max(0, end - start + 1 - name.length() - 2);
        int left = length / 2;
        Style nameStyle = coordinator.isUp() ? Style.PLAIN : Style.BAD;
        boolean carries = coordinator.carries();
        put(row().to(start)
                .add(
                        half(coordinator.hasA(), carries),
                        corner(carries, "╔", "┌") + line(coordinator.hasA(), carries, left))
                .add(nameStyle, name)
                .add(
                        half(coordinator.hasB(), carries),
                        line(coordinator.hasB(), carries, length - left) + corner(carries, "╗", "┐")));
    }

    private static Style half(boolean isConnected, boolean carries) {
        return !isConnected ? Style.BAD : carries ? Style.GOOD : Style.FAINT;
    }

    private String corner(boolean carries, String thick, String thin) {
        return !look.unicode() ? "+" : carries ? thick : thin;
    }

    private String line(boolean isConnected, boolean carries, int length) {
        if (!isConnected) {
            return line(false, length);
        }
        return carries ? line(true, length) : (look.unicode() ? "─" : "-").repeat(length);
    }

    private static String upOrDown(Site site) {
        return site.isUp() ? "up" : "down";
    }

    /** Dotted and red while nothing answers. */
    private void tunnel(Row way, int end) {
        Path path = state.path();
        boolean answers = path.silentNs() == 0;
        String name = answers ? " " + path.name() + " " : " silent for " + seconds(path.silentNs()) + " ";
        boolean isPassedBy = state.coordinator() != null && state.coordinator().carries();
        Style style = !answers ? Style.BAD : isPassedBy ? Style.FAINT : Style.GOOD;
        int length = Math.max(0, end - way.length());
        int left = Math.max(0, length - name.length()) / 2;
        int right = Math.max(0, length - name.length() - left);
        way.add(style, line(answers && !isPassedBy, left))
                .add(answers ? Style.PLAIN : Style.BAD, name)
                .add(style, line(answers && !isPassedBy, right));
    }

    private String line(boolean answers, int length) {
        String piece = look.unicode() ? (answers ? "═" : "╌") : (answers ? "=" : ".");
        return piece.repeat(length);
    }

    private void figures() {
        int higher = Math.max(0, rows - FULL_HEIGHT) / ROWS_FOR_HIGHER_CHARTS;
        int flowRows = rows < FULL_HEIGHT ? 1 : Math.min(6, 2 + higher);
        int chart = Math.max(1, columns - CHART_COLUMN - SCALE_LENGTH - MARGIN);
        Flow forward = state.forward();
        Flow backward = state.backward();
        double top = Chart.niceTop(Math.max(
                SCALE_FLOOR_BITS,
                Math.max(forward.history().max(chart), backward.history().max(chart))));
        flow(look.unicode() ? "A → B" : "A -> B", forward, chart, flowRows, top);
        flow(look.unicode() ? "B → A" : "B -> A", backward, chart, flowRows, top);
        roundTrips(chart, rows < FULL_HEIGHT ? 1 : Math.min(4, 1 + higher));
        blank();
        processors(chart);
        blank();
    }

    private void flow(String name, Flow flow, int width, int height, double top) {
        Chart chart = new Chart(flow.history(), width, height, top, look.unicode());
        for (int i = 0; i < height; i++) {
            Row row = row();
            if (i == 0) {
                label(row, name, flow.bitsPerSecond() == 0 ? "0 Mbit/s" : Quantity.bitsPerSecond(flow.bitsPerSecond()));
            } else if (i == 1) {
                String max = "max " + scale(flow.history().max(width));
                row.to(VALUE_COLUMN + VALUE_LENGTH - max.length()).add(Style.FAINT, max);
            }
            row.to(CHART_COLUMN).add(Style.FLOW, chart.line(i));
            put(i == 0 ? row.add(Style.FAINT, " " + scale(top)) : row);
        }
    }

    private void label(Row row, String name, String value) {
        row.to(MARGIN)
                .add(name)
                .to(VALUE_COLUMN + VALUE_LENGTH - value.length())
                .add(Style.STRONG, value);
    }

    private void roundTrips(int width, int height) {
        RoundTrips trips = state.roundTrips();
        // A few long ones (what a gateway held back while it was joined again) must not flatten all others.
        double longest = Math.min(
                trips.history().max(width), HIGHEST_MEDIANS * trips.history().median(width));
        double top = Chart.niceTop(Math.max(SCALE_FLOOR_MS, longest));
        Chart chart = new Chart(trips.history(), width, height, top, look.unicode());
        for (int i = 0; i < height; i++) {
            Row row = row();
            if (i == 0) {
                label(row, "RTT", trips.nowNs() == 0 ? "-" : Quantity.milliseconds(trips.nowNs()));
            }
            row.to(CHART_COLUMN).add(Style.BUSY, chart.line(i));
            put(i == 0 ? row.add(Style.FAINT, " " + Quantity.milliseconds((long) (top * 1e6))) : row);
        }
        String loss = String.format(
                Locale.ROOT,
                "lost %d of %d (%.2f %%)",
                trips.lostProbes(),
                trips.sentProbes(),
                trips.sentProbes() == 0 ? 0 : 100.0 * trips.lostProbes() / trips.sentProbes());
        put(row().to(CHART_COLUMN)
                .add("p50 " + ms(trips.p50Ns()) + "  p99 " + ms(trips.p99Ns()) + "  max " + ms(trips.maxNs()) + " ms  ")
                .add(trips.lostProbes() == 0 ? Style.PLAIN : Style.BAD, loss));
    }

    private void processors(int width) {
        Cpu cpu = state.cpu();
        double other = Math.max(0, cpu.machine() - cpu.gatewayA() - cpu.gatewayB() - cpu.hosts());
        Row legend = row();
        label(legend, "CPU", String.format(Locale.ROOT, "%.2f of %d", cpu.machine(), state.cores()));
        Row bar = row().to(CHART_COLUMN);
        legend.to(CHART_COLUMN);
        share(legend, bar, width, Style.FLOW, look.unicode() ? "█" : "A", "gateway A", cpu.gatewayA());
        share(legend, bar, width, Style.GOOD, look.unicode() ? "▓" : "B", "B", cpu.gatewayB());
        share(legend, bar, width, Style.BUSY, look.unicode() ? "▒" : "h", "hosts", cpu.hosts());
        share(legend, bar, width, Style.PLAIN, look.unicode() ? "░" : "o", "other", other);
        bar.add(Style.FAINT, (look.unicode() ? "·" : ".").repeat(Math.max(0, CHART_COLUMN + width - bar.length())));
        put(legend);
        put(bar);
    }

    private void share(Row legend, Row bar, int width, Style style, String glyph, String name, double cores) {
        legend.add(style, glyph).add(String.format(Locale.ROOT, " %s %.2f  ", name, cores));
        int room = CHART_COLUMN + width - bar.length();
        bar.add(style, glyph.repeat(Math.clamp(Math.round(cores * width / state.cores()), 0, room)));
    }

    private void events(int bottom) {
        List<Event> events = state.events();
        int room = Math.max(0, bottom - lines.size());
        for (Event event : events.subList(Math.max(0, events.size() - room), events.size())) {
            Style style =
                    switch (event.tone()) {
                        case PLAIN -> Style.PLAIN;
                        case GOOD -> Style.GOOD;
                        case BAD -> Style.BAD;
                    };
            put(row().to(MARGIN).add(Style.FAINT, clock(event.atNs()) + "  ").add(style, event.text()));
        }
    }

    /** Side by side where there is room for it, else one below the other. */
    private void panel() {
        List<List<String>> blocks = state.panel();
        int widest = 0;
        for (List<String> block : blocks) {
            for (String line : block) {
                widest = Math.max(widest, line.length());
            }
        }
        if (MARGIN + blocks.size() * (widest + 2) > columns) {
            blocks.forEach(block -> block.forEach(line -> put(row().to(MARGIN).add(line))));
            return;
        }
        int height = blocks.stream().mapToInt(List::size).max().orElse(0);
        for (int i = 0; i < height; i++) {
            Row row = row();
            for (int block = 0; block < blocks.size(); block++) {
                row.to(MARGIN + block * (widest + 2));
                row.add(i < blocks.get(block).size() ? blocks.get(block).get(i) : "");
            }
            put(row);
        }
    }

    private String keys() {
        Row row = row().to(MARGIN);
        for (PictureState.Key key : state.keys()) {
            row.add(Style.KEY, look.color() ? " " + key.key() + " " : "[" + key.key() + "]")
                    .add(" " + key.does() + "  ");
        }
        return row.toString();
    }

    private Row row() {
        return new Row(columns, look.color());
    }

    private void put(Row row) {
        lines.add(row.toString());
    }

    private void blank() {
        lines.add("");
    }

    private static String scale(double bits) {
        return bits >= 1e9
                ? String.format(Locale.ROOT, bits >= 1e10 ? "%.0f Gbit/s" : "%.1f Gbit/s", bits / 1e9)
                : String.format(Locale.ROOT, "%.0f Mbit/s", bits / 1e6);
    }

    private static String ms(long ns) {
        double ms = ns / 1e6;
        return String.format(Locale.ROOT, ms < 10 ? "%.2f" : "%.0f", ms);
    }

    static String seconds(long ns) {
        return String.format(Locale.ROOT, "%.2f s", ns / 1e9);
    }

    /** Minutes and seconds. */
    static String clock(long ns) {
        long seconds = ns / 1_000_000_000;
        return String.format(Locale.ROOT, "%02d:%02d", seconds / 60, seconds % 60);
    }
}
