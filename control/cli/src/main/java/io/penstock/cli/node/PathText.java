package io.penstock.cli.node;

import io.penstock.cli.TextTable;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a daemon knows of a path, as people read it. Stateless. */
final class PathText {
    private PathText() {}

    static void print(Reply debug, boolean withEvents, PrintWriter out) {
        head(debug, out);
        List<Reply> candidates = debug.items("candidates");
        out.println();
        if (candidates.isEmpty()) {
            out.println("no address of it is known");
        } else {
            candidates(candidates, out);
        }
        if (withEvents) {
            events(debug, out);
        }
    }

    private static void head(Reply debug, PrintWriter out) {
        out.println(debug.text("peer") + "  " + debug.text("overlay"));
        Reply path = debug.at("path");
        String since = path.text("since");
        out.println("  path     " + StatusText.path(path)
                + (since.isEmpty()
                        ? ""
                        : " for "
                                + StatusText.duration(
                                        Duration.between(Instant.parse(since), Instant.parse(debug.text("at")))))
                + (path.at("rtt_ms").isPresent() ? ", " + StatusText.roundTrip(path) : ""));
        out.println("  relay    "
                + (debug.text("relay").isEmpty()
                        ? "none: it has not told where it is at home"
                        : debug.text("relay") + (debug.flag("relay_up") ? "" : ", which cannot be reached")));
        out.println("  traffic  " + (debug.flag("active") ? "yes" : "none: no path is looked for"));
        if (debug.at("narrow").isPresent()) {
            out.println("  narrow   full packets, " + debug.text("full_bytes")
                    + " bytes with headers for the tunnel's MTU of " + debug.text("tunnel_mtu") + ", do not get to "
                    + debug.text("narrow"));
        }
    }

    private static void candidates(List<Reply> candidates, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        for (Reply each : candidates) {
            rows.add(List.of(
                    each.text("addr"),
                    or(String.join(",", each.texts("known_by"))),
                    each.text("pings"),
                    each.text("answers"),
                    ago(each, "pinged_ago_ms"),
                    ago(each, "answered_ago_ms"),
                    StatusText.roundTrip(each),
                    or(each.text("mtu")),
                    verdict(each)));
        }
        TextTable.print(
                List.of("ADDRESS", "KNOWN BY", "PINGS", "ANSWERS", "ASKED", "ANSWERED", "RTT", "CARRIES", "VERDICT"),
                rows,
                out);
    }

    private static String verdict(Reply candidate) {
        String verdict = candidate.text("verdict");
        return verdict.equals("rests")
                ? "rests " + candidate.number("rests_for_ms") / 1000 + " s more, died " + candidate.text("deaths")
                        + " times"
                : verdict;
    }

    private static String ago(Reply candidate, String name) {
        return candidate.at(name).isPresent()
                ? StatusText.duration(Duration.ofMillis(candidate.number(name))) + " ago"
                : "-";
    }

    private static String or(String text) {
        return text.isEmpty() ? "-" : text;
    }

    private static void events(Reply debug, PrintWriter out) {
        out.println();
        if (debug.number("dropped") > 0) {
            out.println(debug.number("dropped") + " older events are not kept");
        }
        List<List<String>> rows = new ArrayList<>();
        Instant at = Instant.parse(debug.text("at"));
        for (PathEvent event : PathEvent.all(debug)) {
            Instant when = at.minusNanos(1000 * event.agoUs());
            rows.add(List.of(
                    when.toString().substring(11, Math.min(23, when.toString().length() - 1)),
                    String.format(Locale.ROOT, "%.3f s", -event.agoUs() / 1e6),
                    event.what()));
        }
        TextTable.print(List.of("TIME (UTC)", "BEFORE", "WHAT"), rows, out);
    }
}
