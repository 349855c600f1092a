package io.penstock.lab.speed;

import io.penstock.lab.JsonWriter;
import io.penstock.lab.Latency;
import io.penstock.lab.Quantity;
import java.util.List;
import java.util.Locale;

/**
 * What {@link GapClient} saw.
 *
 * @param elapsedNs how long it watched
 * @param sent probes
 * @param lost probes without an answer within a second
 * @param rtt of those that were answered
 * @param gaps that ended, in their order
 * @param silentNs how long nothing had been heard at the end, 0 unless that is a gap
 */
public record GapReport(
        GapClient.Settings settings, long elapsedNs, long sent, long lost, Latency rtt, List<Gap> gaps, long silentNs) {
    public GapReport {
        gaps = List.copyOf(gaps);
    }

    /**
     * Nothing was heard for a while.
     *
     * @param fromNs from the start of the watch to the first probe without an answer
     * @param lengthNs from there to the next answer
     * @param probes sent in between
     */
    public record Gap(long fromNs, long lengthNs, long probes) {
        /** One line for people. */
        public String text() {
            return String.format(
                    Locale.ROOT, "  %6.1f s    gap of %s, %d probes", fromNs / 1e9, seconds(lengthNs), probes);
        }
    }

    /** The longest silence that counts as a gap, one at the end included; 0 without any. */
    public long longestNs() {
        return Math.max(silentNs, gaps.stream().mapToLong(Gap::lengthNs).max().orElse(0));
    }

    /** Writes the members of an open object. */
    public void writeMembers(JsonWriter json) {
        json.name("protocol").value("probes");
        json.name("seconds").value(elapsedNs / 1e9, 3);
        json.name("everySeconds").value(settings.everyNs() / 1e9, 6);
        json.name("gapSeconds").value(settings.gapNs() / 1e9, 6);
        json.name("sent").value(sent);
        json.name("lost").value(lost);
        json.name("rtt");
        rtt.writeTo(json);
        json.name("longestGapSeconds").value(longestNs() / 1e9, 6);
        json.name("silentAtEndSeconds").value(silentNs / 1e9, 6);
        json.name("gaps").beginArray();
        for (Gap gap : gaps) {
            json.beginObject();
            json.name("fromSeconds").value(gap.fromNs() / 1e9, 6);
            json.name("seconds").value(gap.lengthNs() / 1e9, 6);
            json.name("probes").value(gap.probes());
            json.endObject();
        }
        json.endArray();
    }

    /** A few lines for people. */
    public String text() {
        StringBuilder text = new StringBuilder();
        line(
                text,
                "probes",
                String.format(
                        Locale.ROOT,
                        "%d, one every %s, %d lost",
                        sent,
                        Quantity.milliseconds(settings.everyNs()),
                        lost));
        line(text, "RTT", "p50 " + Quantity.milliseconds(rtt.p50Ns()) + ", p99 " + Quantity.milliseconds(rtt.p99Ns()));
        line(
                text,
                "gaps",
                longestNs() == 0
                        ? "none over " + Quantity.milliseconds(settings.gapNs())
                        : gaps.size() + (silentNs == 0 ? "" : " and one that goes on") + ", the longest of "
                                + seconds(longestNs()));
        return text.toString();
    }

    private static String seconds(long ns) {
        return String.format(Locale.ROOT, "%.3f s", ns / 1e9);
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "  %-11s %s%n", name, value));
    }
}
