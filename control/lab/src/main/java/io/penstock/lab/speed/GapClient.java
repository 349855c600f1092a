package io.penstock.lab.speed;

import io.penstock.lab.ProbeLedger;
import io.penstock.lab.ProbeLedger.Outage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Sends small datagrams to a {@link SpeedServer} at a steady rate and listens for their return: how long is nothing heard while
 * something in between is restarted, cut off or moved? Blocks its caller, in whose network namespace all sockets are opened.
 */
public final class GapClient {
    private static final int CONTROL_TIMEOUT_MS = 10_000;

    /** Between two looks for gaps that have ended. */
    private static final long TICK_NS = 20_000_000;

    private final InetSocketAddress server;
    private final Settings settings;
    private final TestPlan plan;

    /**
     * How the path is watched.
     *
     * @param durationNs how long
     * @param everyNs between two probes, 1 ms at least
     * @param gapNs silence that counts as a gap
     * @param onGap told each gap when it has ended, on the caller's thread
     */
    public record Settings(long durationNs, long everyNs, long gapNs, Consumer<GapReport.Gap> onGap) {
        public static final long DEFAULT_EVERY_NS = 2_000_000;
        public static final long DEFAULT_GAP_NS = 50_000_000;

        public Settings {
            if (everyNs < 1_000_000 || everyNs > 1_000_000_000) {
                throw new IllegalArgumentException("a probe goes every 1 ms to 1 s, not " + everyNs / 1e6 + " ms");
            }
            if (gapNs < 2 * everyNs || gapNs > 60_000_000_000L) {
                throw new IllegalArgumentException("a gap is at least two probes long and at most 60 s, not "
                        + gapNs / 1e6 + " ms at a probe every " + everyNs / 1e6 + " ms");
            }
        }
    }

    /** Throws {@code IllegalArgumentException} for a duration that no test has. */
    public GapClient(InetSocketAddress server, Settings settings) {
        this.server = server;
        this.settings = settings;
        plan = new TestPlan(true, false, 1, DatagramHeader.LENGTH, 0, settings.durationNs());
    }

    /**
     * Watches until the time is over.
     *
     * @throws IOException if the server cannot be reached at the start, or is too old to answer probes; what happens later is a gap
     */
    public GapReport run() throws IOException, InterruptedException {
        try (ControlConnection control = Dial.control(server, CONTROL_TIMEOUT_MS)) {
            long token = control.receive(FrameType.WELCOME).getLong(8);
            control.send(FrameType.TEST, plan.encode());
            control.receive(FrameType.READY);
            try (ClientStreams streams = ClientStreams.open(server, plan, token, CONTROL_TIMEOUT_MS)) {
                control.send(FrameType.START);
                control.receive(FrameType.STARTED);
                return watch(streams.socket(0), token);
            }
        }
    }

    private GapReport watch(DatagramChannel socket, long token) throws IOException, InterruptedException {
        ProbeLedger ledger = new ProbeLedger(settings.gapNs());
        List<GapReport.Gap> gaps = new ArrayList<>();
        long startNs = System.nanoTime();
        Thread listening = Thread.ofPlatform().daemon().name("speed-gap").start(() -> listen(socket, token, ledger));
        try {
            ByteBuffer probe = ByteBuffer.allocateDirect(DatagramHeader.LENGTH);
            DatagramHeader.put(probe, DatagramHeader.PROBE, 0, token);
            long dueNs = startNs;
            long lookNs = startNs;
            for (long nowNs = startNs; nowNs - startNs < settings.durationNs(); nowNs = System.nanoTime()) {
                if (nowNs - dueNs >= 0) {
                    DatagramHeader.stamp(probe, ledger.onSent(nowNs), nowNs);
                    send(socket, probe.clear());
                    dueNs = Math.max(dueNs + settings.everyNs(), nowNs);
                }
                if (nowNs - lookNs >= TICK_NS) {
                    lookNs = nowNs;
                    takeGaps(ledger, startNs, gaps);
                }
                LockSupport.parkNanos(dueNs - System.nanoTime());
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            LockSupport.parkNanos(settings.gapNs()); // for the last answers
            long endNs = System.nanoTime();
            takeGaps(ledger, startNs, gaps);
            ledger.onTime(endNs + ProbeLedger.LOST_AFTER_NS);
            if (ledger.summary().samples() == 0) {
                throw new SpeedException(Dial.name(server) + " answered no probe: is it a version of 'penstock speed"
                        + " --server' that knows --gap, and UDP port " + server.getPort() + " open in the firewall?");
            }
            return new GapReport(
                    settings,
                    endNs - startNs,
                    ledger.sent(),
                    ledger.lost(),
                    ledger.summary(),
                    gaps,
                    ledger.silentNs(endNs));
        } finally {
            socket.close();
            listening.join(1_000);
        }
    }

    private void takeGaps(ProbeLedger ledger, long startNs, List<GapReport.Gap> gaps) {
        for (Outage outage = ledger.poll(); outage != null; outage = ledger.poll()) {
            GapReport.Gap gap = new GapReport.Gap(outage.sinceNs() - startNs, outage.durationNs(), outage.probes());
            gaps.add(gap);
            settings.onGap().accept(gap);
        }
    }

    /** One that the system refuses is lost, which is what a path without a route is. */
    private static void send(DatagramChannel socket, ByteBuffer probe) throws ClosedChannelException {
        try {
            socket.write(probe);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            // no route, or a port that was closed for a moment: the gap shows it
        }
    }

    private static void listen(DatagramChannel socket, long token, ProbeLedger ledger) {
        ByteBuffer answer = ByteBuffer.allocateDirect(2 * DatagramHeader.LENGTH);
        while (socket.isOpen()) {
            try {
                int length = socket.read(answer.clear());
                if (DatagramHeader.isValid(answer, length)
                        && DatagramHeader.type(answer) == DatagramHeader.ANSWER
                        && DatagramHeader.token(answer) == token) {
                    ledger.onAnswer(DatagramHeader.sequence(answer), System.nanoTime());
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LockSupport.parkNanos(TICK_NS); // ICMP told of a closed port: the server is away for a moment
            }
        }
    }
}
