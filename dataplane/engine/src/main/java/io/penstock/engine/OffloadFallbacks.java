package io.penstock.engine;

import io.penstock.engine.lane.OffloadEvents;
import io.penstock.ffm.Errno;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** Logs and counts when the packet path goes on without an offload. Thread-safe. */
public final class OffloadFallbacks implements OffloadEvents {
    /** What was refused. */
    public enum Kind {
        /** Merged TCP packets, by the TUN device. */
        TCP_MERGE("tcp-merge"),
        /** Merged UDP packets, by the TUN device. */
        UDP_MERGE("udp-merge"),
        /** {@code UDP_SEGMENT}, by the route. */
        SEGMENT_OFFLOAD("segment-offload"),
        /** A socket for all but transport data, by the kernel. */
        STEERING("steering");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** Stable kebab-case name for metrics and logs. */
        public String label() {
            return label;
        }
    }

    private final Logger log;
    private final AtomicLongArray counts = new AtomicLongArray(Kind.values().length);

    OffloadFallbacks(Logger log) {
        this.log = log;
    }

    /** How often each has happened: once for each set of sockets, or for the life of the device. */
    Map<Kind, Long> counts() {
        Map<Kind, Long> byKind = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            byKind.put(kind, counts.get(kind.ordinal()));
        }
        return byKind;
    }

    private void count(Kind kind) {
        counts.incrementAndGet(kind.ordinal());
    }

    @Override
    public void onTcpMergeRefused() {
        count(Kind.TCP_MERGE);
        log.log(Level.WARNING, "the kernel refused a merged TCP packet: TCP packets are written one by one now");
    }

    @Override
    public void onUdpMergeRefused() {
        count(Kind.UDP_MERGE);
        log.log(Level.INFO, "the kernel takes no merged UDP packets: they are written one by one now");
    }

    /** All datagrams come to one socket, because of {@code why}. */
    void onSteeringRefused(String why) {
        count(Kind.STEERING);
        log.log(
                Level.WARNING,
                "the kernel does not tell handshakes from data ({0}): a flood of handshakes will slow data down",
                why);
    }

    @Override
    public void onSegmentOffloadRefused(int errno) {
        count(Kind.SEGMENT_OFFLOAD);
        log.log(
                Level.WARNING,
                "the route refuses UDP segment offload ({0}): datagrams are sent one by one now",
                Errno.name(errno));
    }
}
