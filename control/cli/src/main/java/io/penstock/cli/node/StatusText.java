package io.penstock.cli.node;

import io.penstock.cli.TextTable;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The daemon's status as people read it. Stateless. */
final class StatusText {
    private StatusText() {}

    /**
     * The whole of it.
     *
     * @param now of this host's clock, for how long ago things were
     */
    static void print(Reply status, Instant now, PrintWriter out) {
        printSelf(status, now, out);
        if (!status.items("peers").isEmpty()) {
            out.println();
            printPeers(status.items("peers"), now, out);
        }
        printHealth(status, out);
    }

    private static void printSelf(Reply status, Instant now, PrintWriter out) {
        Reply self = status.at("self");
        out.println((self.isPresent() ? name(self) + "  " + String.join("  ", self.texts("overlay")) + "  " : "")
                + status.text("state"));
        if (status.at("login_url").isPresent()) {
            out.println("  log in at    " + status.text("login_url"));
        }
        Reply coordinator = status.at("coordinator");
        if (!coordinator.text("url").isEmpty()) {
            out.println("  coordinator  " + coordinator.text("url") + ", " + coordinator.text("state")
                    + since(coordinator.text("since"), now)
                    + (coordinator.flag("cached") ? "; the network is as it was " + age(coordinator) + " ago" : ""));
        }
        if (!self.isPresent()) {
            return;
        }
        out.println("  interface    " + self.text("interface_name") + ", MTU " + self.text("mtu") + ", UDP port "
                + self.text("port"));
        List<String> approved = self.texts("approved");
        for (String lan : self.texts("lan")) {
            out.println("  lan          " + lan
                    + (approved.contains(lan) ? "" : ", waits for approval at the coordinator"));
        }
        if (self.at("key_expiry").isPresent()) {
            out.println("  key expires  " + self.text("key_expiry"));
        }
    }

    private static String name(Reply node) {
        return node.text("full_name").isEmpty() ? node.text("name") : node.text("full_name");
    }

    private static String age(Reply coordinator) {
        return duration(Duration.ofMillis(coordinator.number("map_age_ms")));
    }

    /** A line for each peer. */
    static void printPeers(List<Reply> peers, Instant now, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        for (Reply peer : peers) {
            List<String> overlay = peer.texts("overlay");
            rows.add(List.of(
                    peer.text("name") + (peer.flag("is_exit_node") ? " (exit node)" : ""),
                    overlay.isEmpty() ? "-" : overlay.getFirst(),
                    online(peer),
                    path(peer.at("path")),
                    roundTrip(peer.at("path")),
                    ago(peer.text("last_handshake"), now),
                    bytes(peer.number("rx_bytes")),
                    bytes(peer.number("tx_bytes")),
                    or(String.join(",", peer.texts("routes")), "-")));
        }
        TextTable.print(
                List.of("PEER", "ADDRESS", "ONLINE", "PATH", "RTT", "HANDSHAKE", "RX", "TX", "ROUTES"), rows, out);
    }

    private static void printHealth(Reply status, PrintWriter out) {
        for (Reply item : status.items("health")) {
            String fix = item.text("fix");
            out.println();
            out.println(item.text("severity") + ": " + item.text("text"));
            if (!fix.isEmpty()) {
                out.println("  cure: " + fix);
            }
        }
    }

    private static String online(Reply peer) {
        return peer.flag("is_static")
                ? "static"
                : !peer.at("online").isPresent() ? "-" : peer.flag("online") ? "yes" : "no";
    }

    /** Such as {@code direct 192.0.2.1:41641} or {@code relay fra}. */
    static String path(Reply path) {
        return switch (path.text("kind")) {
            case "direct" -> "direct " + path.text("addr");
            case "relay" -> "relay " + path.text("relay");
            default -> "-";
        };
    }

    /** Such as {@code 12.3 ms}. */
    static String roundTrip(Reply path) {
        String rtt = path.text("rtt_ms");
        return rtt.matches("[0-9.eE+-]+") ? String.format(Locale.ROOT, "%.1f ms", Double.parseDouble(rtt)) : "-";
    }

    private static String since(String time, Instant now) {
        String ago = ago(time, now);
        return ago.equals("-") ? "" : " since " + ago;
    }

    private static String ago(String time, Instant now) {
        try {
            return time.isEmpty() ? "-" : duration(Duration.between(Instant.parse(time), now)) + " ago";
        } catch (DateTimeParseException e) {
            return time;
        }
    }

    static String duration(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        return seconds < 120
                ? seconds + " s"
                : seconds < 7200
                        ? seconds / 60 + " min"
                        : seconds < 172_800 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
    }

    static String bytes(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 999.5 && unit < 3) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, value < 9.95 ? "%.1f %cB" : "%.0f %cB", value, "kMGT".charAt(unit));
    }

    private static String or(String text, String otherwise) {
        return text.isEmpty() ? otherwise : text;
    }
}
