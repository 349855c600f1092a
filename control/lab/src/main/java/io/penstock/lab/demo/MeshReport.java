package io.penstock.lab.demo;

import io.penstock.lab.JsonWriter;
import io.penstock.lab.Latency;
import io.penstock.lab.Machine;
import io.penstock.lab.Quantity;
import io.penstock.lab.demo.mesh.Expectation;
import io.penstock.lab.demo.mesh.Tour;
import java.util.List;
import java.util.Locale;

/**
 * What a demo of a mesh saw.
 *
 * @param setUpNs until both gateways had joined
 * @param steps what was done and what came of it; empty if somebody pressed the keys
 * @param bytes what TCP moved between the hosts, both ways
 * @param connections of TCP in all; one a stream that was turned on, unless some broke
 * @param source where host B has seen the stream come from; empty if none came
 * @param expectedSource of host A, which a network without SNAT keeps
 * @param probes sent between the hosts
 * @param lost of these
 * @param longestGapNs without an answer, 0 without a gap
 */
public record MeshReport(
        String id,
        long setUpNs,
        List<Tour.Step> steps,
        long bytes,
        long connections,
        String source,
        String expectedSource,
        long probes,
        long lost,
        Latency rtt,
        long longestGapNs) {
    private static final int SCHEMA = 1;
    private static final long ENOUGH_BYTES = 1_000_000;

    public MeshReport {
        steps = List.copyOf(steps);
    }

    /** Whether everything was as expected; of one with keys, whether traffic went through. */
    public boolean isMet() {
        return isTrafficMet() && steps.stream().allMatch(Tour.Step::isMet);
    }

    private boolean isTrafficMet() {
        return bytes >= ENOUGH_BYTES && source.equals(expectedSource);
    }

    /** One JSON document. */
    public String json(String version) {
        JsonWriter json = new JsonWriter().beginObject();
        json.name("schema").value(SCHEMA);
        json.name("version").value(version);
        json.name("id").value(id);
        json.name("met").value(isMet());
        json.name("setUpSeconds").value(setUpNs / 1e9, 3);
        json.name("steps").beginArray();
        for (Tour.Step step : steps) {
            Expectation expected = step.expected();
            json.beginObject();
            json.name("what").value(step.seen().change().text());
            json.name("expected").value(expected.text());
            json.name("seen").value(step.seen().text());
            json.name("met").value(step.isMet());
            json.name("gapSeconds").value(step.seen().gapNs() / 1e9, 3);
            json.name("seconds").value(step.seen().lastedNs() / 1e9, 3);
            json.endObject();
        }
        json.endArray();
        json.name("tcpBytes").value(bytes);
        json.name("tcpConnections").value(connections);
        json.name("source").value(source);
        json.name("expectedSource").value(expectedSource);
        json.name("probes").value(probes);
        json.name("lost").value(lost);
        json.name("rtt");
        rtt.writeTo(json);
        json.name("longestGapSeconds").value(longestGapNs / 1e9, 3);
        json.name("machine");
        Machine.read().writeTo(json);
        return json.endObject().document();
    }

    /** A line for a step that is over. */
    static String line(Tour.Step step) {
        return (step.isMet() ? "  met      " : "  NOT MET  ") + step.seen().text() + "\n           expected: "
                + step.expected().text();
    }

    /** The whole for people. */
    public String text() {
        StringBuilder text = new StringBuilder("\n");
        line(text, "joined in", String.format(Locale.ROOT, "%.1f s", setUpNs / 1e9));
        line(
                text,
                "TCP",
                Quantity.bytes(bytes) + " between the hosts, " + connections
                        + (connections == 1 ? " connection" : " connections") + ", host A seen as "
                        + (source.isEmpty() ? "nobody" : source));
        line(
                text,
                "RTT",
                "p50 " + Quantity.milliseconds(rtt.p50Ns()) + ", p99 " + Quantity.milliseconds(rtt.p99Ns())
                        + ", traffic or not");
        line(text, "probes", probes + ", lost " + lost);
        line(
                text,
                "longest gap",
                longestGapNs == 0 ? "none" : String.format(Locale.ROOT, "%.2f s", longestGapNs / 1e9));
        if (!isTrafficMet()) {
            line(
                    text,
                    "NOT MET",
                    "expected: at least " + Quantity.bytes(ENOUGH_BYTES) + " by TCP, from " + expectedSource);
        }
        if (!steps.isEmpty()) {
            long met = steps.stream().filter(Tour.Step::isMet).count();
            line(text, "expected", met + " of " + steps.size() + " steps went as expected");
        }
        return text.toString();
    }

    /** How to look around in a mesh that was kept. */
    public static String keptText(String id) {
        Topology topology = Topology.of(id);
        Topology.Site a = topology.a();
        String folder = DemoSettings.STATE_DIRECTORY.resolve("demo-" + id).toString();
        return "\nThe mesh stays. A shell on host A: sudo ip netns exec " + a.hostNamespace()
                + " bash\nA gateway: sudo ./penstock status --socket " + folder + "/gateway-a.sock"
                + "\nThe coordinator: sudo ./penstock server nodes list --state " + folder + "/coordinator"
                + "\nRemove everything: sudo ./penstock demo --cleanup\n";
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "  %-13s %s%n", name, value));
    }
}
