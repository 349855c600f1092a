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
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The gap meter against a server in the same process, and one that is mute at times. */
@Timeout(60)
class GapTest {
    private static final long MS = 1_000_000;

    private SpeedServer server;
    private Thread serving;

    @BeforeEach
    void startServer() throws IOException {
        server = SpeedServer.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), ServerLimits.DEFAULT, line -> {});
        serving = Thread.ofPlatform().start(() -> server.serve(false));
    }

    @AfterEach
    void stopServer() throws InterruptedException {
        server.close();
        serving.join(TimeUnit.SECONDS.toMillis(5));
        assertFalse(serving.isAlive(), "the server does not end");
    }

    private static GapClient.Settings settings(long durationNs, List<GapReport.Gap> told) {
        return new GapClient.Settings(durationNs, 2 * MS, 400 * MS, told::add);
    }

    @Test
    void seesNoGapWhereThereIsNone() throws Exception {
        GapReport report = new GapClient(server.address(), settings(500 * MS, new ArrayList<>())).run();

        assertTrue(report.sent() > 20, "sent " + report.sent());
        assertTrue(report.rtt().samples() > 0);
        assertEquals(0, report.longestNs(), report.text());
        assertTrue(report.text().contains("none over"), report.text());
    }

    @Test
    void measuresTheTimeWithoutAnswers() throws Exception {
        List<GapReport.Gap> told = new ArrayList<>();
        try (Between between = new Between(server.address())) {
            GapClient client = new GapClient(between.address(), settings(2_500 * MS, told));
            between.muteFor(1_000 * MS, 500 * MS);
            GapReport report = client.run();

            assertEquals(1, report.gaps().size(), report.text());
            assertEquals(report.gaps(), told);
            long length = report.longestNs();
            assertTrue(length >= 980 * MS && length < 2_000 * MS, report.text());
            assertTrue(report.lost() > 0, report.text());
            assertTrue(document(report).contains("\"longestGapSeconds\""), document(report));
        }
    }

    @Test
    void tellsOfASilenceThatGoesOn() throws Exception {
        try (Between between = new Between(server.address())) {
            between.muteFor(60_000 * MS, 300 * MS);
            GapReport report = new GapClient(between.address(), settings(1_500 * MS, new ArrayList<>())).run();

            assertEquals(List.of(), report.gaps());
            assertTrue(report.silentNs() > 500 * MS, report.text());
            assertTrue(report.text().contains("goes on"), report.text());
        }
    }

    @Test
    void refusesWhatCannotBeMeasured() {
        assertThrows(IllegalArgumentException.class, () -> new GapClient.Settings(MS, 999_999, 100 * MS, gap -> {}));
        assertThrows(IllegalArgumentException.class, () -> new GapClient.Settings(MS, 10 * MS, 19 * MS, gap -> {}));
    }

    private static String document(GapReport report) {
        JsonWriter json = new JsonWriter().beginObject();
        report.writeMembers(json);
        return json.endObject().document();
    }

    /** Passes TCP and UDP on to a server, and no datagram while it is mute. For one client. */
    private static final class Between implements AutoCloseable {
        private final InetSocketAddress server;
        private final ServerSocket tcp;
        private final DatagramChannel udp;
        private final List<Socket> sockets = new ArrayList<>();
        private volatile long muteFromNs = Long.MAX_VALUE;
        private volatile long muteToNs = Long.MAX_VALUE;

        Between(InetSocketAddress server) throws IOException {
            this.server = server;
            tcp = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
            udp = DatagramChannel.open().bind(tcp.getLocalSocketAddress());
            start(this::accept);
            start(this::pass);
        }

        InetSocketAddress address() {
            return (InetSocketAddress) tcp.getLocalSocketAddress();
        }

        void muteFor(long lengthNs, long afterNs) {
            long nowNs = System.nanoTime();
            muteToNs = nowNs + afterNs + lengthNs;
            muteFromNs = nowNs + afterNs;
        }

        private interface Body {
            void run() throws IOException;
        }

        private static void start(Body body) {
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    body.run();
                } catch (IOException e) {
                    // closed
                }
            });
        }

        private void accept() throws IOException {
            while (true) {
                Socket from = tcp.accept();
                Socket to = new Socket(server.getAddress(), server.getPort());
                synchronized (sockets) {
                    sockets.add(from);
                    sockets.add(to);
                }
                start(() -> from.getInputStream().transferTo(to.getOutputStream()));
                start(() -> to.getInputStream().transferTo(from.getOutputStream()));
            }
        }

        private void pass() throws IOException {
            SocketAddress client = null;
            ByteBuffer datagram = ByteBuffer.allocate(2_000);
            while (true) {
                SocketAddress from = udp.receive(datagram.clear());
                long nowNs = System.nanoTime();
                if (muteFromNs != Long.MAX_VALUE && nowNs - muteFromNs >= 0 && nowNs - muteToNs < 0) {
                    continue;
                }
                if (from.equals(server)) {
                    udp.send(datagram.flip(), client);
                } else {
                    client = from;
                    udp.send(datagram.flip(), server);
                }
            }
        }

        @Override
        public void close() throws IOException {
            tcp.close();
            udp.close();
            synchronized (sockets) {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
        }
    }
}
