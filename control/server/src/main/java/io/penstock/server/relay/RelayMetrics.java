package io.penstock.server.relay;

import io.penstock.relay.core.CloseReason;
import io.penstock.relay.core.DropReason;
import io.penstock.relay.core.RelayCounters;
import io.penstock.relay.stun.StunCounters;
import io.penstock.server.metrics.MetricsText;
import java.util.Locale;

/** Tells the counters of a relay and of its server of STUN. Stateless. */
public final class RelayMetrics {
    private static final String PACKETS = "Packets relayed, by direction.";
    private static final String BYTES = "Bytes of the frames of packets, by direction.";

    private RelayMetrics() {}

    public static void write(RelayCounters.Snapshot relay, MetricsText out) {
        out.gauge("penstock_relay_connections", "Open connections, in whatever state.", relay.connections());
        out.gauge("penstock_relay_clients", "Clients that were let in and are here.", relay.clients());
        out.gauge("penstock_relay_homes", "Clients whose home this relay is.", relay.homes());
        out.gauge("penstock_relay_mesh_links", "Connections to other relays of the region.", relay.meshLinks());
        out.counter("penstock_relay_accepted_total", "Connections that came.", relay.accepted());
        out.counter("penstock_relay_admitted_total", "Clients that were let in.", relay.admitted());
        out.counter("penstock_relay_packets_total", PACKETS, relay.packetsReceived(), "direction", "in");
        out.counter("penstock_relay_packets_total", PACKETS, relay.packetsSent(), "direction", "out");
        out.counter("penstock_relay_bytes_total", BYTES, relay.bytesReceived(), "direction", "in");
        out.counter("penstock_relay_bytes_total", BYTES, relay.bytesSent(), "direction", "out");
        out.counter("penstock_relay_forwarded_packets_total", "Packets to other relays.", relay.packetsForwarded());
        out.counter("penstock_relay_skipped_frames_total", "Frames of unknown types.", relay.skippedFrames());
        out.counter(
                "penstock_relay_throttled_total",
                "Times that a client was not read from because of its rate.",
                relay.throttled());
        for (CloseReason reason : CloseReason.values()) {
            out.counter(
                    "penstock_relay_closed_total",
                    "Connections that ended, by reason.",
                    relay.closed().getOrDefault(reason, 0L),
                    "reason",
                    label(reason));
        }
        for (DropReason reason : DropReason.values()) {
            out.counter(
                    "penstock_relay_dropped_total",
                    "Packets and notices that were dropped, by reason.",
                    relay.dropped().getOrDefault(reason, 0L),
                    "reason",
                    label(reason));
        }
    }

    private static String label(Enum<?> reason) {
        return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static void write(StunCounters stun, MetricsText out) {
        out.counter("penstock_stun_datagrams_total", "Datagrams that came to STUN.", stun.requests());
        out.counter("penstock_stun_answers_total", "Answers with an address.", stun.answers());
        out.counter(
                "penstock_stun_unknown_attributes_total",
                "Answers that say what was not understood.",
                stun.unknownAttributes());
        dropped(out, "not-stun", stun.notStun());
        dropped(out, "rate", stun.limited());
        dropped(out, "unsent", stun.unsent());
    }

    private static void dropped(MetricsText out, String reason, long count) {
        out.counter("penstock_stun_dropped_total", "Datagrams without an answer, by reason.", count, "reason", reason);
    }
}
