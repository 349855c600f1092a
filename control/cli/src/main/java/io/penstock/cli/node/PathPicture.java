package io.penstock.cli.node;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The timeline of how a path was found, as SVG: a lane for each address and one for the relay, on which pings and their answers are,
 * and on top what packets take. Time is stretched where much happens: a search is a matter of milliseconds, and the one after it comes
 * seconds later. Colours follow the reader's preference for dark or light. For one drawing.
 */
final class PathPicture {
    private static final Set<String> BEGINNINGS = Set.of("traffic", "moved", "dead", "restarted");
    private static final int MAX_EVENTS = 120;
    private static final int MAX_LANES = 24;
    private static final int LEFT = 300;
    private static final int RIGHT = 40;
    private static final int WIDTH = 1180;
    private static final int TOP = 96;
    private static final int FLAGS = 40;
    private static final int LANE = 46;
    private static final int BAND = 26;
    private static final int LEGEND = 104;
    private static final double LEAST_TICK = 58;

    /** Of a gap of so long the first part is drawn to scale, the rest ever shorter. */
    private static final double UNIT_US = 2_000;

    /** After so long a ping is not answered any more. */
    private static final long PATIENCE_US = 5_000_000;

    /** What a timer may be late by, and what an answer's own time is rounded to. */
    private static final long CLOSE_US = 900_000;

    /** One of the legend's, {@code down} from where it would be on a lane. */
    private record Key(String kind, String text, int down) {}

    private static final List<Key> LEGEND_KEYS = List.of(
            new Key("ping", "our ping", 0),
            new Key("no-pong", "without answer", 0),
            new Key("pong", "its answer", 0),
            new Key("kept", "the path still works", 0),
            new Key("late", "answer late", 0),
            new Key("dead", "given up", 0),
            new Key("pinged", "its ping", -10),
            new Key("in-map", "address learnt", 0),
            new Key("call", "we call", 0),
            new Key("called", "it calls", 0),
            new Key("use", "used from here", 12));

    private final Reply debug;
    private final List<PathEvent> events;
    private final Set<PathEvent> lost = Collections.newSetFromMap(new IdentityHashMap<>()); // pings without an answer
    private final Map<String, Integer> lanes = new LinkedHashMap<>();
    private final double[] x;
    private final StringBuilder out = new StringBuilder();
    private final int height;

    private PathPicture(Reply debug) {
        this.debug = debug;
        List<PathEvent> chosen = traversal(PathEvent.all(debug));
        chosen.stream().filter(event -> event.kind().equals("no-pong")).forEach(late -> markLost(chosen, late));
        events =
                chosen.stream().filter(event -> !event.kind().equals("no-pong")).toList();
        events.stream()
                .map(PathEvent::place)
                .filter(place -> !place.isEmpty())
                .sorted((a, b) ->
                        Boolean.compare(b.startsWith("relay"), a.startsWith("relay"))) // stable: the relay first
                .forEach(place -> {
                    if (lanes.size() < MAX_LANES) {
                        lanes.putIfAbsent(place, lanes.size());
                    }
                });
        x = places(events);
        height = TOP + BAND + FLAGS + lanes.size() * LANE + LEGEND;
    }

    /** A document of SVG 1.1. */
    static String draw(Reply debug) {
        return new PathPicture(debug).draw();
    }

    /** From the last beginning on that packets changed their way after. */
    private static List<PathEvent> traversal(List<PathEvent> all) {
        int change = last(all, all.size() - 1, Set.of("use"));
        int begin = Math.max(0, last(all, change < 0 ? all.size() - 1 : change, BEGINNINGS));
        while (begin > 0 && BEGINNINGS.contains(all.get(begin - 1).kind())) {
            begin--;
        }
        return all.subList(begin, Math.min(all.size(), begin + MAX_EVENTS));
    }

    private static int last(List<PathEvent> all, int from, Set<String> kinds) {
        for (int i = from; i >= 0; i--) {
            if (kinds.contains(all.get(i).kind())) {
                return i;
            }
        }
        return -1;
    }

    /** That there was none is known five seconds later, and shown where it belongs: at the ping. */
    private void markLost(List<PathEvent> all, PathEvent late) {
        for (PathEvent ping : all) {
            long waitedUs = ping.agoUs() - late.agoUs();
            boolean isIt = ping.kind().equals("ping") && ping.place().equals(late.place());
            if (isIt && Math.abs(waitedUs - PATIENCE_US) < CLOSE_US && lost.add(ping)) {
                return;
            }
        }
    }

    private static double[] places(List<PathEvent> events) {
        double[] raw = new double[events.size()];
        for (int i = 1; i < raw.length; i++) {
            double gapUs = Math.max(0, events.get(i - 1).agoUs() - events.get(i).agoUs());
            raw[i] = raw[i - 1] + Math.log1p(gapUs / UNIT_US);
        }
        double whole = raw.length == 0 ? 0 : raw[raw.length - 1];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = LEFT + 14 + (whole == 0 ? 0 : raw[i] / whole) * (WIDTH - LEFT - RIGHT - 28);
        }
        return raw;
    }

    private String draw() {
        line(
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 ",
                WIDTH,
                " ",
                height,
                "' width='",
                WIDTH,
                "' height='",
                height,
                "' role='img'>");
        line("<title>", escaped("How the path to " + debug.text("peer") + " was found"), "</title>");
        out.append(STYLE);
        line("<rect class='page' width='", WIDTH, "' height='", height, "' rx='14'/>");
        line("<text class='title' x='28' y='42'>", escaped("Path to " + debug.text("peer")), "</text>");
        line("<text class='sub' x='28' y='66'>", escaped(summary()), "</text>");
        if (events.isEmpty()) {
            line("<text class='label' x='28' y='", TOP + 24, "'>Nothing has happened: there was no traffic.</text>");
        } else {
            axis();
            band();
            lanes();
            answers();
            marks();
        }
        legend();
        line("</svg>");
        return out.toString();
    }

    private String summary() {
        String now = StatusText.path(debug.at("path"));
        PathEvent direct = events.stream()
                .filter(event -> event.kind().equals("use") && !event.addr().isEmpty())
                .findFirst()
                .orElse(null);
        String found = direct == null || events.isEmpty()
                ? ""
                : ". A direct path was used " + span(events.getFirst().agoUs() - direct.agoUs()) + " after it began";
        return debug.text("at").substring(0, 19).replace('T', ' ') + " UTC. Packets take: "
                + (now.equals("-") ? "nothing" : now) + found + ".";
    }

    /** Thin lines with the time since the beginning, where there is room for it. */
    private void axis() {
        int top = TOP + BAND;
        int bottom = height - LEGEND;
        double free = 0;
        long beginUs = events.getFirst().agoUs();
        for (int i = 0; i < x.length; i++) {
            if (x[i] >= free) {
                line("<line class='tick' x1='", x[i], "' y1='", top, "' x2='", x[i], "' y2='", bottom, "'/>");
                line(
                        "<text class='time' x='",
                        x[i],
                        "' y='",
                        bottom + 18,
                        "'>",
                        span(beginUs - events.get(i).agoUs()),
                        "</text>");
                free = x[i] + LEAST_TICK;
            }
        }
    }

    /** What packets take, as a band: nothing known, the relay, or an address. */
    private void band() {
        line("<text class='label strong' x='28' y='", TOP + 18, "'>packets take</text>");
        double from = x[0];
        @Nullable PathEvent use = before();
        for (int i = 0; i < x.length; i++) {
            if (events.get(i).kind().equals("use")) {
                piece(use, from, x[i]);
                from = x[i];
                use = events.get(i);
            }
        }
        piece(use, from, WIDTH - RIGHT);
    }

    /** What was used before the first of the events. */
    private @Nullable PathEvent before() {
        List<PathEvent> all = PathEvent.all(debug);
        int first = all.indexOf(events.getFirst());
        int used = last(all, first - 1, Set.of("use"));
        return used < 0 ? null : all.get(used);
    }

    private void piece(@Nullable PathEvent use, double from, double to) {
        if (to - from < 1) {
            return;
        }
        String kind = use == null ? "none" : use.addr().isEmpty() ? "relay" : "direct";
        line(
                "<rect class='band ",
                kind,
                "' x='",
                from,
                "' y='",
                TOP,
                "' width='",
                to - from,
                "' height='",
                BAND,
                "' rx='6'/>");
        String text = use == null ? "as before" : use.place();
        if (to - from > 8.0 * text.length()) {
            line("<text class='inband' x='", (from + to) / 2, "' y='", TOP + 18, "'>", escaped(text), "</text>");
        }
    }

    private int laneY(int lane) {
        return TOP + BAND + FLAGS + lane * LANE + LANE / 2;
    }

    private void lanes() {
        lanes.forEach((place, lane) -> {
            int y = laneY(lane);
            line("<line class='lane' x1='", LEFT, "' y1='", y, "' x2='", WIDTH - RIGHT, "' y2='", y, "'/>");
            String verdict = verdict(place);
            line("<text class='label' x='28' y='", verdict.isEmpty() ? y + 5 : y - 2, "'>", escaped(place), "</text>");
            if (!verdict.isEmpty()) {
                line("<text class='verdict' x='28' y='", y + 15, "'>", escaped(verdict), "</text>");
            }
        });
    }

    private String verdict(String place) {
        for (Reply candidate : debug.items("candidates")) {
            if (candidate.text("addr").equals(place)) {
                return candidate.text("verdict").replace('-', ' ')
                        + knownBy(candidate)
                        + (candidate.at("mtu").isPresent() ? " · " + candidate.text("mtu") + " bytes" : "");
            }
        }
        return place.startsWith("relay") ? "" : "named by nobody any more";
    }

    private static String knownBy(Reply candidate) {
        List<String> names = candidate.texts("known_by");
        return names.isEmpty() ? "" : " · " + String.join(", ", names);
    }

    /** From each ping to its answer, which says how long it took. */
    private void answers() {
        for (int i = 0; i < x.length; i++) {
            PathEvent pong = events.get(i);
            Integer lane = lanes.get(pong.place());
            if (lane == null || !pong.kind().equals("pong")) {
                continue;
            }
            int asked = ping(i);
            if (asked >= 0) {
                int y = laneY(lane);
                line(
                        "<path class='answer' d='M",
                        x[asked],
                        " ",
                        y,
                        " C",
                        x[asked],
                        " ",
                        y - 18,
                        " ",
                        x[i],
                        " ",
                        y - 18,
                        " ",
                        x[i],
                        " ",
                        y,
                        "'/>");
            }
        }
    }

    /** The ping that was answered by that, or -1. */
    private int ping(int pong) {
        PathEvent answer = events.get(pong);
        int best = -1;
        long leastUs = CLOSE_US;
        for (int i = 0; i < pong; i++) {
            PathEvent ping = events.get(i);
            long awayUs = Math.abs(ping.agoUs() - answer.agoUs() - answer.rttUs());
            if (ping.kind().equals("ping") && ping.place().equals(answer.place()) && awayUs < leastUs) {
                leastUs = awayUs;
                best = i;
            }
        }
        return best;
    }

    private void marks() {
        for (int i = 0; i < x.length; i++) {
            PathEvent event = events.get(i);
            Integer lane = lanes.get(event.place());
            if (lane == null) {
                moment(event, x[i]);
            } else {
                mark(event, x[i], laneY(lane));
            }
        }
    }

    /** What is of no address: a flag above the lanes. */
    private void moment(PathEvent event, double at) {
        int y = TOP + BAND + 14;
        line(
                "<g><title>",
                tip(event),
                "</title><path class='flag ",
                css(event),
                "' d='M",
                at,
                " ",
                y,
                " l5 -6 l-10 0 z'/>");
        line("<line class='flagline' x1='", at, "' y1='", y, "' x2='", at, "' y2='", height - LEGEND, "'/>");
        line("<text class='time flagtext' x='", at + 9, "' y='", y + 1, "'>", escaped(event.what()), "</text></g>");
    }

    private void mark(PathEvent event, double at, int y) {
        line("<g><title>", tip(event), "</title>");
        glyph(event, at, y);
        line("</g>");
    }

    private void glyph(PathEvent event, double at, int y) {
        switch (event.kind()) {
            case "ping" -> {
                circle(lost.contains(event) ? "ping silent" : "ping", at, y, 4.5);
                if (lost.contains(event)) {
                    cross("lost", at, y);
                }
            }
            case "pong" -> circle("pong", at, y, 5.5);
            case "kept" -> circle("kept", at, y, 3.5);
            case "no-pong" -> {
                circle("ping silent", at, y, 4.5);
                cross("lost", at, y);
            }
            case "late" -> cross("late", at, y);
            case "dead", "refused", "relay-down", "narrow" -> cross("dead", at, y);
            case "pinged" -> shape("pinged", "l5.5 9 l-11 0 z", at, y + 6);
            case "in-map", "in-call", "seen" -> shape("learnt", "l5 5 l-5 5 l-5 -5 z", at, y - 5);
            case "forgotten" -> shape("gone", "l5 5 l-5 5 l-5 -5 z", at, y - 5);
            case "call" -> shape("call", "l0 11 l9 -5.5 z", at - 4, y - 5);
            case "called" -> shape("call", "l0 11 l-9 -5.5 z", at + 4, y - 5);
            case "use" -> shape("use", "l4 -9 l-8 0 z", at, y - 8);
            default -> circle("kept", at, y, 3.5);
        }
    }

    private void circle(String css, double at, double y, double radius) {
        line("<circle class='", css, "' cx='", at, "' cy='", y, "' r='", radius, "'/>");
    }

    private void cross(String css, double at, int y) {
        line("<path class='cross ", css, "' d='M", at - 5, " ", y - 5, " l10 10 m0 -10 l-10 10'/>");
    }

    private void shape(String css, String path, double at, int y) {
        line("<path class='", css, "' d='M", at, " ", y, " ", path, "'/>");
    }

    private static String css(PathEvent event) {
        return switch (event.kind()) {
            case "dead", "moved", "restarted" -> "bad";
            default -> "good";
        };
    }

    private String tip(PathEvent event) {
        return escaped(span(events.getFirst().agoUs() - event.agoUs()) + ": " + event.what());
    }

    private void legend() {
        int y = height - 52;
        double at = 28;
        for (Key key : LEGEND_KEYS) {
            glyph(PathEvent.sample(key.kind), at + 6, y + key.down);
            line("<text class='key' x='", at + 18, "' y='", y + 5, "'>", key.text, "</text>");
            at += 31 + 6.1 * key.text.length();
        }
        line("<text class='key' x='28' y='", height - 20, "'>Time is stretched where much happens.</text>");
    }

    /** Such as {@code 12 ms} or {@code 3.5 s}. */
    private static String span(long us) {
        if (us < 1_000) {
            return us == 0 ? "0" : String.format(Locale.ROOT, "%.1f ms", us / 1e3);
        }
        if (us < 999_500) {
            return String.format(Locale.ROOT, us < 9_950 ? "%.1f ms" : "%.0f ms", us / 1e3);
        }
        return us < 120_000_000
                ? String.format(Locale.ROOT, us < 9_950_000 ? "%.2f s" : "%.1f s", us / 1e6)
                : us / 60_000_000 + " min";
    }

    /** Texts as they are, numbers with a dot. */
    private void line(Object... parts) {
        for (Object part : parts) {
            if (part instanceof Double number) {
                out.append(Math.round(10 * number) / 10.0);
            } else {
                out.append(part);
            }
        }
        out.append('\n');
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static final String STYLE = """
            <style>
              svg { --page: #ffffff; --ink: #1d2430; --soft: #5d6878; --line: #d9dee6; --tick: #eef1f5; --direct: #178a5b; --relay: #c77a0a;
                    --none: #b9c1cc; --bad: #c8323c; --ours: #2b6cb0; --theirs: #7a4fc0; --on: #ffffff;
                    font-family: system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; }
              @media (prefers-color-scheme: dark) {
                svg { --page: #12161d; --ink: #e8ecf2; --soft: #97a3b4; --line: #2c3543; --tick: #1c232e; --direct: #3fc98c; --relay: #f0ab3c;
                      --none: #4a5566; --bad: #ff6b70; --ours: #6fb1f5; --theirs: #b794f6; --on: #0d1117; }
              }
              .page { fill: var(--page); }
              .title { font-size: 24px; font-weight: 600; fill: var(--ink); }
              .sub { font-size: 14px; fill: var(--soft); }
              .label { font-size: 14px; fill: var(--ink); font-variant-numeric: tabular-nums; }
              .strong { font-weight: 600; }
              .verdict, .time, .key { font-size: 12px; fill: var(--soft); font-variant-numeric: tabular-nums; }
              .time { text-anchor: middle; }
              .flagtext { text-anchor: start; }
              .lane { stroke: var(--line); stroke-width: 1.5; }
              .tick { stroke: var(--tick); stroke-width: 1; }
              .band.none { fill: var(--none); } .band.relay { fill: var(--relay); } .band.direct { fill: var(--direct); }
              .inband { font-size: 13px; font-weight: 600; fill: var(--on); text-anchor: middle; }
              .answer { fill: none; stroke: var(--direct); stroke-width: 1.4; opacity: .75; }
              .ping { fill: var(--page); stroke: var(--ours); stroke-width: 2; }
              .ping.silent { stroke: var(--none); }
              .pong { fill: var(--direct); }
              .kept { fill: var(--direct); opacity: .55; }
              .pinged { fill: var(--theirs); }
              .learnt { fill: var(--page); stroke: var(--ink); stroke-width: 1.5; }
              .gone { fill: var(--none); }
              .call { fill: var(--relay); }
              .use { fill: var(--ink); }
              .cross { fill: none; stroke-width: 2.4; stroke-linecap: round; }
              .cross.lost { stroke: var(--none); } .cross.late { stroke: var(--relay); } .cross.dead { stroke: var(--bad); }
              .flag.good { fill: var(--ours); } .flag.bad { fill: var(--bad); }
              .flagline { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 4; }
            </style>
            """;
}
