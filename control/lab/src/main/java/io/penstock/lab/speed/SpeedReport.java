package io.penstock.lab.speed;

import io.penstock.lab.JsonWriter;
import io.penstock.lab.Latency;
import io.penstock.lab.Quantity;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of one test. Bytes and times are the receiver's.
 *
 * @param rttIdle round trips before the streams started
 * @param rttLoaded round trips while they ran
 * @param udp null for TCP
 */
public record SpeedReport(
        TestPlan plan,
        List<StreamResult> streams,
        Latency rttIdle,
        Latency rttLoaded,
        @Nullable UdpTotals udp,
        List<Interval> intervals) {
    public SpeedReport {
        streams = List.copyOf(streams);
        intervals = List.copyOf(intervals);
    }

    /** Datagrams of all streams. */
    public record UdpTotals(long sent, long received, long reordered, long duplicates, long jitterNs) {
        public long lost() {
            return Math.max(0, sent - received);
        }

        public double lossPercent() {
            return sent == 0 ? 0 : 100.0 * lost() / sent;
        }
    }

    /** What arrived in one interval of the test; times are nanoseconds since its start. */
    public record Interval(long fromNs, long toNs, long bytes) {
        public double bitsPerSecond() {
            return toNs == fromNs ? 0 : bytes * 8e9 / (toNs - fromNs);
        }
    }

    public long bytes() {
        return streams.stream().mapToLong(StreamResult::bytes).sum();
    }

    /** The longest stream's first to last byte. */
    public long elapsedNs() {
        return streams.stream().mapToLong(StreamResult::elapsedNs).max().orElse(0);
    }

    public double bitsPerSecond() {
        return elapsedNs() <= 0 ? 0 : bytes() * 8e9 / elapsedNs();
    }

    /** Writes the members of an open object. */
    public void writeMembers(JsonWriter json) {
        json.name("protocol").value(plan.udp() ? "udp" : "tcp");
        json.name("reverse").value(plan.reverse());
        json.name("streams").value(plan.streams());
        json.name("sizeBytes").value(plan.sizeBytes());
        json.name("rateBitPerSecond").value(plan.rateBits());
        json.name("seconds").value(elapsedNs() / 1e9, 3);
        json.name("bytes").value(bytes());
        json.name("gbitPerSecond").value(bitsPerSecond() / 1e9, 4);
        json.name("rttIdle");
        rttIdle.writeTo(json);
        json.name("rttLoaded");
        rttLoaded.writeTo(json);
        if (udp != null) {
            writeUdp(udp, json);
        }
        json.name("perStream").beginArray();
        for (StreamResult stream : streams) {
            json.beginObject();
            json.name("bytes").value(stream.bytes());
            json.name("seconds").value(stream.elapsedNs() / 1e9, 3);
            json.name("gbitPerSecond").value(stream.bitsPerSecond() / 1e9, 4);
            json.endObject();
        }
        json.endArray();
        if (!intervals.isEmpty()) {
            writeIntervals(json);
        }
    }

    /** A few lines for people. */
    public String text() {
        StringBuilder text = new StringBuilder();
        line(
                text,
                "throughput",
                Quantity.bitsPerSecond(bitsPerSecond()) + "  (" + Quantity.bytes(bytes()) + " in "
                        + String.format(Locale.ROOT, "%.2f s)", elapsedNs() / 1e9));
        if (udp != null) {
            line(
                    text,
                    "datagrams",
                    String.format(
                            Locale.ROOT,
                            "%d sent, %d lost (%.3f %%), %d out of order, %d twice, jitter %s",
                            udp.sent(),
                            udp.lost(),
                            udp.lossPercent(),
                            udp.reordered(),
                            udp.duplicates(),
                            Quantity.milliseconds(udp.jitterNs())));
        }
        line(text, "RTT idle", describe(rttIdle));
        line(text, "RTT loaded", describe(rttLoaded));
        return text.toString();
    }

    private static void writeUdp(UdpTotals udp, JsonWriter json) {
        json.name("udp").beginObject();
        json.name("sent").value(udp.sent());
        json.name("received").value(udp.received());
        json.name("lost").value(udp.lost());
        json.name("lossPercent").value(udp.lossPercent(), 4);
        json.name("reordered").value(udp.reordered());
        json.name("duplicates").value(udp.duplicates());
        json.name("jitterUs").value(udp.jitterNs() / 1e3, 1);
        json.endObject();
    }

    private void writeIntervals(JsonWriter json) {
        json.name("intervals").beginArray();
        for (Interval interval : intervals) {
            json.beginObject();
            json.name("fromSeconds").value(interval.fromNs() / 1e9, 3);
            json.name("toSeconds").value(interval.toNs() / 1e9, 3);
            json.name("bytes").value(interval.bytes());
            json.name("gbitPerSecond").value(interval.bitsPerSecond() / 1e9, 4);
            json.endObject();
        }
        json.endArray();
    }

    private static String describe(Latency rtt) {
        return rtt.samples() == 0
                ? "no answer"
                : "p50 " + Quantity.milliseconds(rtt.p50Ns()) + ", p99 " + Quantity.milliseconds(rtt.p99Ns());
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "  %-11s %s%n", name, value));
    }
}
