package io.penstock.lab.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.lab.JsonWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Client and server in one process, over loopback. */
@Timeout(60)
class SpeedTest {
    private static final long SHORT_NS = 300_000_000L;
    private static final SpeedClient.Settings QUICK = new SpeedClient.Settings(50_000_000L, 0, interval -> {});

    private final List<String> log = new CopyOnWriteArrayList<>();
    private SpeedServer server;
    private Thread serving;

    @BeforeEach
    void startServer() throws IOException {
        server = SpeedServer.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), ServerLimits.DEFAULT, log::add);
        serving = Thread.ofPlatform().start(() -> server.serve(false));
    }

    @AfterEach
    void stopServer() throws InterruptedException {
        server.close();
        serving.join(TimeUnit.SECONDS.toMillis(5));
        assertFalse(serving.isAlive(), "the server does not end");
    }

    @Test
    void movesTcpToTheServer() throws Exception {
        SpeedReport report = run(TestPlan.tcp(SHORT_NS));

        assertTrue(report.bytes() > 1_000_000, "only " + report.bytes());
        assertTrue(report.rttIdle().samples() > 0 && report.rttLoaded().samples() > 0);
        assertTrue(report.elapsedNs() > SHORT_NS / 2, "elapsed " + report.elapsedNs());
    }

    @Test
    void movesSeveralTcpStreamsFromTheServer() throws Exception {
        SpeedReport report = run(TestPlan.tcp(SHORT_NS).withStreams(4).reversed());

        assertEquals(4, report.streams().size());
        assertTrue(report.streams().stream().allMatch(stream -> stream.bytes() > 0));
    }

    @Test
    void keepsToTheRate() throws Exception {
        SpeedReport report = run(new TestPlan(false, false, 2, 16_384, 80_000_000, 1_000_000_000L));

        assertEquals(80e6, report.bitsPerSecond(), 8e6);
    }

    @Test
    void countsEveryDatagramToTheServer() throws Exception {
        SpeedReport report = run(TestPlan.udp(20_000_000, SHORT_NS).withStreams(3));

        SpeedReport.UdpTotals udp = present(report.udp());
        assertTrue(udp.sent() > 100, "only " + udp.sent());
        assertEquals(udp.sent(), udp.received());
        assertEquals(0, udp.duplicates());
        assertEquals(udp.sent() * TestPlan.DEFAULT_UDP_BYTES, report.bytes());
    }

    @Test
    void countsEveryDatagramFromTheServer() throws Exception {
        SpeedReport report =
                run(TestPlan.udp(20_000_000, SHORT_NS).withStreams(2).reversed());

        SpeedReport.UdpTotals udp = present(report.udp());
        assertTrue(udp.sent() > 100, "only " + udp.sent());
        assertEquals(udp.sent(), udp.received());
    }

    @Test
    void reportsEveryInterval() throws Exception {
        List<SpeedReport.Interval> seen = new CopyOnWriteArrayList<>();
        SpeedReport report = new SpeedClient(
                        server.address(), TestPlan.tcp(SHORT_NS), new SpeedClient.Settings(0, 100_000_000, seen::add))
                .run();

        assertTrue(seen.size() >= 2, "intervals " + seen);
        assertEquals(report.intervals(), seen);
        assertTrue(seen.stream().mapToLong(SpeedReport.Interval::bytes).sum() <= report.bytes());
    }

    @Test
    void runsTestsAtTheSameTime() throws Exception {
        SpeedReport[] reports = new SpeedReport[2];
        Thread other = Thread.ofPlatform().start(() -> reports[0] = runUnchecked(TestPlan.udp(5_000_000, SHORT_NS)));
        reports[1] = run(TestPlan.tcp(SHORT_NS));
        other.join();

        assertTrue(reports[0].bytes() > 0 && reports[1].bytes() > 0);
    }

    @Test
    void endsAfterOneTestIfAsked() throws Exception {
        SpeedServer once = SpeedServer.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), ServerLimits.DEFAULT, log::add);
        Thread thread = Thread.ofPlatform().start(() -> once.serve(true));
        new SpeedClient(once.address(), TestPlan.tcp(SHORT_NS), QUICK).run();

        thread.join(TimeUnit.SECONDS.toMillis(5));
        assertFalse(thread.isAlive());
    }

    @Test
    void saysHowToStartAMissingServer() throws IOException {
        InetSocketAddress nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = (InetSocketAddress) socket.getLocalSocketAddress();
        }

        SpeedException e =
                assertThrows(SpeedException.class, () -> new SpeedClient(nobody, TestPlan.tcp(SHORT_NS), QUICK).run());
        assertTrue(e.getMessage().contains("penstock speed --server"), e.getMessage());
    }

    @Test
    void saysWhenTheOtherSideIsSomethingElse() throws Exception {
        try (ServerSocket ssh = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> {
                try (var socket = ssh.accept()) {
                    socket.getOutputStream().write("SSH-2.0-OpenSSH\r\n".getBytes(StandardCharsets.US_ASCII));
                    socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    log.add(e.toString());
                }
            });

            SpeedException e = assertThrows(SpeedException.class, () -> new SpeedClient(
                            (InetSocketAddress) ssh.getLocalSocketAddress(), TestPlan.tcp(SHORT_NS), QUICK)
                    .run());
            assertTrue(e.getMessage().contains("does not speak"), e.getMessage());
        }
    }

    @Test
    void reportsTheServersDeath() throws Exception {
        Thread killer = Thread.ofPlatform().start(() -> {
            try {
                Thread.sleep(300);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            server.close();
        });

        assertThrows(IOException.class, () -> run(TestPlan.tcp(5_000_000_000L)));
        killer.join();
    }

    @Test
    void writesTheReportAsJson() throws Exception {
        JsonWriter json = new JsonWriter().beginObject();
        run(TestPlan.udp(5_000_000, SHORT_NS)).writeMembers(json);
        String text = json.endObject().document();

        for (String member : List.of("gbitPerSecond", "rttIdle", "p99Us", "lossPercent", "perStream", "jitterUs")) {
            assertTrue(text.contains("\"" + member + "\""), text);
        }
    }

    private SpeedReport run(TestPlan plan) throws IOException, InterruptedException {
        return new SpeedClient(server.address(), plan, QUICK).run();
    }

    private SpeedReport runUnchecked(TestPlan plan) {
        try {
            return run(plan);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static SpeedReport.UdpTotals present(SpeedReport.@Nullable UdpTotals udp) {
        if (udp == null) {
            throw new AssertionError("no datagrams in the report");
        }
        return udp;
    }
}
