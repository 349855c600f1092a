package io.penstock.lab.speed;

import io.penstock.lab.Latency;
import io.penstock.lab.LatencyHistogram;
import io.penstock.lab.speed.SpeedReport.Interval;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs one test against a {@link SpeedServer}. Blocks its caller, in whose network namespace all sockets are opened. Every wait is
 * bounded; an exception's message is for the user.
 */
public final class SpeedClient {
    private static final int CONTROL_TIMEOUT_MS = 10_000;
    private static final long STALL_NS = 10_000_000_000L;
    private static final long QUIET_NS = 300_000_000;

    private final InetSocketAddress server;
    private final TestPlan plan;
    private final Settings settings;

    /**
     * How the test is watched.
     *
     * @param idleNs how long to measure round trips before the streams start
     * @param intervalNs between calls of {@code progress}; 0 for none
     * @param progress called on the caller's thread
     */
    public record Settings(long idleNs, long intervalNs, Consumer<Interval> progress) {
        /** One second idle, no progress. */
        public static final Settings QUIET = new Settings(1_000_000_000L, 0, interval -> {});
    }

    public SpeedClient(InetSocketAddress server, TestPlan plan, Settings settings) {
        this.server = server;
        this.plan = plan;
        this.settings = settings;
    }

    /** Runs the test and returns what the receiving side counted. */
    public SpeedReport run() throws IOException, InterruptedException {
        try (ControlConnection control = Dial.control(server, CONTROL_TIMEOUT_MS)) {
            long token = control.receive(FrameType.WELCOME).getLong(8);
            control.send(FrameType.TEST, plan.encode());
            control.receive(FrameType.READY);
            try (ControlConnection echo = Dial.stream(server, Hello.Role.ECHO, 0, token, CONTROL_TIMEOUT_MS);
                    ClientStreams streams = ClientStreams.open(server, plan, token, CONTROL_TIMEOUT_MS)) {
                return measure(control, echo, streams);
            }
        }
    }

    private SpeedReport measure(ControlConnection control, ControlConnection echo, ClientStreams streams)
            throws IOException, InterruptedException {
        LatencyHistogram idle = new LatencyHistogram();
        LatencyHistogram loaded = new LatencyHistogram();
        echo.timeoutMs(0);
        Echo.Prober prober = new Echo.Prober(echo.channel(), idle);
        Thread probing = Thread.ofPlatform().daemon().name("speed-echo").start(prober);
        try {
            TimeUnit.NANOSECONDS.sleep(settings.idleNs());
            control.send(FrameType.START);
            control.receive(FrameType.STARTED);
            Latency rttIdle = settings.idleNs() == 0 ? Latency.NONE : idle.summary();
            prober.recordInto(loaded);
            streams.start();
            List<Interval> intervals = watch(control, streams);
            Latency rttLoaded = loaded.summary();
            List<StreamResult> remote = finish(control, streams);
            return report(streams, remote, rttIdle, rttLoaded, intervals);
        } finally {
            prober.stop();
            echo.close();
            probing.join(1000);
        }
    }

    /** Waits until all streams have ended and reports what the receiver counts meanwhile. */
    private List<Interval> watch(ControlConnection control, ClientStreams streams)
            throws IOException, InterruptedException {
        List<Interval> intervals = new ArrayList<>();
        long startNs = System.nanoTime();
        long limitNs = startNs + plan.durationNs() + STALL_NS;
        long fromNs = startNs;
        long fromBytes = 0;
        boolean ended = false;
        while (!ended) {
            long nowNs = System.nanoTime();
            long nextNs = settings.intervalNs() == 0 ? limitNs : Math.min(limitNs, fromNs + settings.intervalNs());
            ended = streams.awaitEnd(Math.max(0, nextNs - nowNs));
            nowNs = System.nanoTime();
            if (!ended && nowNs - limitNs >= 0) {
                throw new SpeedException("the test stalled: its streams did not end " + STALL_NS / 1_000_000_000
                        + " s after their time; is the path still up?");
            }
            if (settings.intervalNs() != 0 && (!ended || nowNs - fromNs > settings.intervalNs() / 2)) {
                long bytes = receivedBytes(control, streams);
                Interval interval = new Interval(fromNs - startNs, nowNs - startNs, bytes - fromBytes);
                intervals.add(interval);
                settings.progress().accept(interval);
                fromNs = nowNs;
                fromBytes = bytes;
            }
        }
        return intervals;
    }

    private long receivedBytes(ControlConnection control, ClientStreams streams) throws IOException {
        if (plan.reverse()) {
            return streams.bytes();
        }
        control.send(FrameType.STATS_REQUEST);
        return control.receive(FrameType.STATS).getLong();
    }

    private List<StreamResult> finish(ControlConnection control, ClientStreams streams)
            throws IOException, InterruptedException {
        ByteBuffer sent = ByteBuffer.allocate(Long.BYTES * plan.streams());
        for (StreamResult stream : streams.results()) {
            sent.putLong(plan.reverse() ? 0 : stream.datagrams());
        }
        control.send(FrameType.FINISH, sent.flip());
        ByteBuffer body = control.receive(FrameType.RESULT);
        if (body.remaining() != StreamResult.LENGTH * plan.streams()) {
            throw new SpeedException("the server's result has the wrong length");
        }
        List<StreamResult> remote = new ArrayList<>();
        for (int i = 0; i < plan.streams(); i++) {
            remote.add(StreamResult.decode(body));
        }
        if (plan.udp() && plan.reverse()) {
            Stragglers.await(datagrams(remote), () -> datagrams(streams.results()), QUIET_NS);
        }
        return remote;
    }

    private SpeedReport report(
            ClientStreams streams,
            List<StreamResult> remote,
            Latency rttIdle,
            Latency rttLoaded,
            List<Interval> intervals) {
        List<StreamResult> local = streams.results();
        List<StreamResult> received = plan.reverse() ? local : remote;
        SpeedReport.UdpTotals udp = null;
        if (plan.udp()) {
            udp = new SpeedReport.UdpTotals(
                    datagrams(plan.reverse() ? remote : local),
                    datagrams(received),
                    received.stream().mapToLong(StreamResult::reordered).sum(),
                    received.stream().mapToLong(StreamResult::duplicates).sum(),
                    received.stream().mapToLong(StreamResult::jitterNs).max().orElse(0));
        }
        return new SpeedReport(plan, received, rttIdle, rttLoaded, udp, intervals);
    }

    private static long datagrams(List<StreamResult> streams) {
        return streams.stream().mapToLong(StreamResult::datagrams).sum();
    }
}
