package io.penstock.lab.demo;

import io.penstock.lab.JsonWriter;
import io.penstock.lab.Latency;
import io.penstock.lab.Machine;
import io.penstock.lab.Quantity;
import io.penstock.lab.speed.SpeedReport;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a demo measured.
 *
 * @param setUpNs until both interfaces were there and configured
 * @param firstAnswerNs first packet of host A to its answer, handshake in between
 * @param engine cipher engine that the gateways named in their logs; null if they named none
 */
public record DemoReport(
        String id,
        long setUpNs,
        long firstAnswerNs,
        @Nullable String engine,
        SpeedReport tcp,
        SpeedReport reverse,
        SpeedReport streams,
        SpeedReport udp,
        Carried carried,
        Machine machine) {
    private static final int SCHEMA = 1;

    /** Bytes that the gateways counted during the tests, each way at both ends. */
    public record Carried(long sentByA, long receivedByB, long sentByB, long receivedByA) {
        /** True if all the hosts' payload can have gone through the tunnel. */
        boolean covers(long forwardBytes, long backwardBytes) {
            return Math.min(sentByA, receivedByB) >= forwardBytes && Math.min(sentByB, receivedByA) >= backwardBytes;
        }
    }

    /** One JSON document. */
    public String json(String version) {
        JsonWriter json = new JsonWriter().beginObject();
        json.name("schema").value(SCHEMA);
        json.name("version").value(version);
        json.name("id").value(id);
        json.name("setUpMs").value(setUpNs / 1e6, 1);
        json.name("handshakeMs").value(firstAnswerNs / 1e6, 3);
        json.name("mtu").value(Topology.TUNNEL_MTU);
        json.name("engine");
        if (engine == null) {
            json.nullValue();
        } else {
            json.value(engine);
        }
        json.name("gbitPerSecond").value(tcp.bitsPerSecond() / 1e9, 4);
        json.name("rttP50Us").value(tcp.rttIdle().p50Ns() / 1e3, 1);
        json.name("rttP99Us").value(tcp.rttIdle().p99Ns() / 1e3, 1);
        json.name("lossPercent").value(Objects.requireNonNull(udp.udp()).lossPercent(), 4);
        test(json, "tcp", tcp);
        test(json, "tcpReverse", reverse);
        test(json, "tcpStreams", streams);
        test(json, "udp", udp);
        json.name("tunnelBytes").beginObject();
        json.name("sentByA").value(carried.sentByA());
        json.name("receivedByB").value(carried.receivedByB());
        json.name("sentByB").value(carried.sentByB());
        json.name("receivedByA").value(carried.receivedByA());
        json.endObject();
        json.name("machine");
        machine.writeTo(json);
        return json.endObject().document();
    }

    /** How to look around in a demo that was kept. */
    public static String keptText(String id) {
        Topology.Site a = Topology.of(id).a();
        return "\nThe sites stay. A shell on host A: sudo ip netns exec " + a.hostNamespace()
                + " bash\nThe tunnel: sudo wg show " + a.interfaceName()
                + "\nRemove everything: sudo ./penstock demo --cleanup\n";
    }

    /** The measurements for people. */
    public String text() {
        SpeedReport.UdpTotals datagrams = Objects.requireNonNull(udp.udp());
        StringBuilder text = new StringBuilder("\n");
        line(text, "handshake", Quantity.milliseconds(firstAnswerNs) + "  (first packet to first answer)");
        line(text, "RTT idle", describe(tcp.rttIdle()));
        line(text, "RTT loaded", describe(tcp.rttLoaded()));
        line(text, "TCP A to B", Quantity.bitsPerSecond(tcp.bitsPerSecond()));
        line(text, "TCP B to A", Quantity.bitsPerSecond(reverse.bitsPerSecond()));
        line(text, "TCP " + streams.plan().streams() + " streams", Quantity.bitsPerSecond(streams.bitsPerSecond()));
        line(
                text,
                "UDP",
                String.format(
                        Locale.ROOT,
                        "%s of %s, %.3f %% lost, jitter %s",
                        Quantity.bitsPerSecond(udp.bitsPerSecond()),
                        Quantity.bitsPerSecond((double) udp.plan().rateBits()),
                        datagrams.lossPercent(),
                        Quantity.milliseconds(datagrams.jitterNs())));
        line(
                text,
                "tunnel",
                "A sent " + Quantity.bytes(carried.sentByA()) + ", B received " + Quantity.bytes(carried.receivedByB())
                        + "; B sent " + Quantity.bytes(carried.sentByB()) + ", A received "
                        + Quantity.bytes(carried.receivedByA()));
        if (engine != null) {
            line(text, "engine", engine);
        }
        line(text, "machine", machine.text());
        return text.toString();
    }

    private static void test(JsonWriter json, String name, SpeedReport report) {
        json.name(name).beginObject();
        report.writeMembers(json);
        json.endObject();
    }

    private static String describe(Latency rtt) {
        return "p50 " + Quantity.milliseconds(rtt.p50Ns()) + ", p99 " + Quantity.milliseconds(rtt.p99Ns());
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "  %-13s %s%n", name, value));
    }
}
