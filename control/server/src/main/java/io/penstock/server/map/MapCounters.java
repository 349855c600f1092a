package io.penstock.server.map;

import io.penstock.server.metrics.MetricsText;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What it costs to keep the nodes told. Thread-safe. */
public final class MapCounters {
    final AtomicLong streams = new AtomicLong();
    final LongAdder firsts = new LongAdder();
    final LongAdder deltas = new LongAdder();
    final LongAdder empty = new LongAdder();
    final LongAdder bytes = new LongAdder();
    final LongAdder encoded = new LongAdder();
    final LongAdder changes = new LongAdder();
    final LongAdder reloads = new LongAdder();
    final LongAdder unknownNodes = new LongAdder();
    final LongAdder overloaded = new LongAdder();
    final LongAdder faults = new LongAdder();

    MapCounters() {}

    /** Open streams, one-shot ones among them. */
    public long streams() {
        return streams.get();
    }

    /** First messages, with everything in them. */
    public long firsts() {
        return firsts.sum();
    }

    /** Messages with changes. */
    public long deltas() {
        return deltas.sum();
    }

    /** Nodes and patches that were made into JSON and compressed. */
    public long encoded() {
        return encoded.sum();
    }

    /** Entries of the change log that were applied. */
    public long changes() {
        return changes.sum();
    }

    /** Times that everything was read anew. */
    public long reloads() {
        return reloads.sum();
    }

    /** Times that changes could not be applied; they are tried again. */
    public long faults() {
        return faults.sum();
    }

    void write(MetricsText out) {
        out.gauge("penstock_map_streams", "Nodes that follow their maps.", streams());
        messages(out, "whole", firsts());
        messages(out, "delta", deltas());
        out.counter("penstock_map_bytes_total", "Bytes of map messages, compressed.", bytes.sum());
        out.counter("penstock_map_encoded_total", "Nodes and patches made into JSON and compressed.", encoded());
        out.counter("penstock_map_unneeded_wakes_total", "Looks at a stream that found no news.", empty.sum());
        out.counter("penstock_map_changes_total", "Changes of the store that were applied.", changes());
        out.counter("penstock_map_reloads_total", "Times that everything was read anew.", reloads());
        out.counter("penstock_map_faults_total", "Times that changes could not be applied yet.", faults());
        refused(out, "unknown-node", unknownNodes.sum());
        refused(out, "overloaded", overloaded.sum());
    }

    private static void messages(MetricsText out, String kind, long count) {
        out.counter("penstock_map_messages_total", "Map messages made, by kind.", count, "kind", kind);
    }

    private static void refused(MetricsText out, String reason, long count) {
        out.counter("penstock_map_refused_total", "Streams that were not opened, by reason.", count, "reason", reason);
    }
}
