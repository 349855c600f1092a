package io.penstock.server.http.ts2021;

import io.penstock.server.metrics.MetricsText;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What machines did and why they were refused. Thread-safe; each value only grows, but for what is open. */
public final class Ts2021Counters {
    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger polls = new AtomicInteger();
    final LongAdder handshakes = new LongAdder();
    final LongAdder badHandshakes = new LongAdder();
    final LongAdder tooOld = new LongAdder();
    final LongAdder tooManyConnections = new LongAdder();
    final LongAdder tooManyLinks = new LongAdder();
    final LongAdder badRecords = new LongAdder();
    final LongAdder badHttp2 = new LongAdder();
    final LongAdder floods = new LongAdder();
    final LongAdder silent = new LongAdder();
    final LongAdder stalled = new LongAdder();
    final LongAdder tooLarge = new LongAdder();
    final LongAdder headersTooLarge = new LongAdder();
    final LongAdder slowBodies = new LongAdder();
    final LongAdder malformed = new LongAdder();
    final LongAdder unknownNodes = new LongAdder();
    final LongAdder cancelled = new LongAdder();
    final LongAdder overloaded = new LongAdder();
    final LongAdder faults = new LongAdder();
    final LongAdder requests = new LongAdder();
    final LongAdder frames = new LongAdder();
    final LongAdder keepAlives = new LongAdder();

    /** Connections of machines at the moment. */
    public int connections() {
        return connections.get();
    }

    /** Map streams at the moment. */
    public int polls() {
        return polls.get();
    }

    /** Handshakes that succeeded. */
    public long handshakes() {
        return handshakes.sum();
    }

    /** Upgrades without the right headers, and handshakes that are not for our key or not of the protocol. */
    public long badHandshakes() {
        return badHandshakes.sum();
    }

    /** Nodes of a version that is not admitted. */
    public long tooOld() {
        return tooOld.sum();
    }

    /** Connections that gave way to a newer one of the same machine. */
    public long tooManyConnections() {
        return tooManyConnections.sum();
    }

    /** Registrations without a key from a place that was given many links. */
    public long tooManyLinks() {
        return tooManyLinks.sum();
    }

    /** Connections that ended by a record that is no good. */
    public long badRecords() {
        return badRecords.sum();
    }

    /** Connections that ended by something that is no HTTP/2. */
    public long badHttp2() {
        return badHttp2.sum();
    }

    /** Connections that ended by more frames, resets or requests at a time than anybody needs. */
    public long floods() {
        return floods.sum();
    }

    /** Connections that ended because nothing came from them any more. */
    public long silent() {
        return silent.sum();
    }

    /** Map streams that ended because their receiver did not read. */
    public long stalled() {
        return stalled.sum();
    }

    /** Requests with a body that is too long. */
    public long tooLarge() {
        return tooLarge.sum();
    }

    /** Requests whose headers are too long. */
    public long headersTooLarge() {
        return headersTooLarge.sum();
    }

    /** Requests that did not come to their end in time. */
    public long slowBodies() {
        return slowBodies.sum();
    }

    /** Requests whose body is not what it should be. */
    public long malformed() {
        return malformed.sum();
    }

    /** Requests of machines for a node that is not theirs or not there. */
    public long unknownNodes() {
        return unknownNodes.sum();
    }

    /** Requests that were given up before their turn came. */
    public long cancelled() {
        return cancelled.sum();
    }

    /** Requests that were sent away because too much waited. */
    public long overloaded() {
        return overloaded.sum();
    }

    /** Requests that failed by a fault of ours. */
    public long faults() {
        return faults.sum();
    }

    public long requests() {
        return requests.sum();
    }

    /** Frames of map streams, without those that only keep them alive. */
    public long frames() {
        return frames.sum();
    }

    public long keepAlives() {
        return keepAlives.sum();
    }

    /** Tells them. */
    public void write(MetricsText out) {
        out.gauge("penstock_machine_connections", "Connections of machines.", connections());
        out.gauge("penstock_machine_map_streams", "Map streams that are open.", polls());
        out.counter("penstock_machine_handshakes_total", "Handshakes of machines that succeeded.", handshakes());
        out.counter("penstock_machine_requests_total", "Requests of machines.", requests());
        out.counter("penstock_machine_map_frames_total", "Frames of map streams, keep-alives aside.", frames());
        out.counter("penstock_machine_keep_alives_total", "Frames that only keep a stream alive.", keepAlives());
        out.counter("penstock_machine_cancelled_total", "Requests that were given up in the queue.", cancelled());
        refused(out, "bad-handshake", badHandshakes());
        refused(out, "too-old", tooOld());
        refused(out, "too-many-links", tooManyLinks());
        refused(out, "too-large", tooLarge());
        refused(out, "headers-too-large", headersTooLarge());
        refused(out, "slow-body", slowBodies());
        refused(out, "malformed", malformed());
        refused(out, "unknown-node", unknownNodes());
        refused(out, "overloaded", overloaded());
        refused(out, "fault", faults());
        ended(out, "superseded", tooManyConnections());
        ended(out, "bad-record", badRecords());
        ended(out, "bad-http2", badHttp2());
        ended(out, "flood", floods());
        ended(out, "silent", silent());
        ended(out, "stalled", stalled());
    }

    private static void refused(MetricsText out, String reason, long count) {
        out.counter(
                "penstock_machine_refused_total",
                "Handshakes and requests of machines that were refused, by reason.",
                count,
                "reason",
                reason);
    }

    private static void ended(MetricsText out, String reason, long count) {
        out.counter(
                "penstock_machine_ended_total",
                "Connections and map streams of machines that were ended, by reason.",
                count,
                "reason",
                reason);
    }
}
