package io.penstock.lab.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** After each attack an honest test still works, and nothing of the attacker's is kept. */
@Timeout(60)
class HostileClientTest {
    private static final ServerLimits TIGHT = new ServerLimits(2, 4, 4, 300, 600, 500);
    private static final TestPlan PLAN = TestPlan.tcp(200_000_000L);

    private SpeedServer server;

    @BeforeEach
    void startServer() throws IOException {
        server = SpeedServer.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), TIGHT, line -> {});
        Thread.ofPlatform().daemon().start(() -> server.serve(false));
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    @Test
    void closesOnGarbage() throws Exception {
        Random random = new Random(Long.getLong("penstock.seed", 3));
        for (int i = 0; i < 50; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            try (Socket socket = connect()) {
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
                assertClosed(socket);
            }
        }
        honestTestWorks();
    }

    @Test
    void givesUpOnClientsThatSayNothing() throws Exception {
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            silent.add(connect());
        }
        for (Socket socket : silent) {
            assertClosed(socket);
            socket.close();
        }
        honestTestWorks();
    }

    @Test
    void givesUpOnClientsThatTrickle() throws Exception {
        try (Socket socket = connect()) {
            byte[] hello = Hello.encode(Hello.Role.CONTROL, 0, 0).array();
            long startNs = System.nanoTime();
            assertThrows(IOException.class, () -> {
                for (int i = 0; i < 100; i++) { // each byte is in time, all of them are not
                    socket.getOutputStream().write(hello[i % hello.length]);
                    Thread.sleep(100);
                }
            });
            assertTrue(System.nanoTime() - startNs < 5_000_000_000L);
        }
        honestTestWorks();
    }

    @Test
    void refusesAnotherVersionByName() throws Exception {
        try (ControlConnection connection = open()) {
            connection.send(Hello.encode(Hello.Role.CONTROL, 0, 0).putShort(8, (short) 9));
            SpeedException e = assertThrows(SpeedException.class, () -> connection.receive(FrameType.WELCOME));
            assertTrue(e.getMessage().contains("version 9"), e.getMessage());
        }
        honestTestWorks();
    }

    @Test
    void refusesPlansBeyondTheLimits() throws Exception {
        List<Consumer<ByteBuffer>> lies = List.of(
                plan -> plan.putInt(4, 0),
                plan -> plan.putInt(4, Integer.MAX_VALUE),
                plan -> plan.putInt(8, -1),
                plan -> plan.putInt(8, Integer.MAX_VALUE),
                plan -> plan.putLong(16, -1),
                plan -> plan.putLong(24, Long.MAX_VALUE),
                plan -> plan.putLong(24, Long.MIN_VALUE),
                plan -> plan.limit(31));
        for (Consumer<ByteBuffer> lie : lies) {
            try (ControlConnection connection = welcomed()) {
                ByteBuffer plan = PLAN.encode();
                lie.accept(plan);
                connection.send(FrameType.TEST, plan);
                assertThrows(SpeedException.class, () -> connection.receive(FrameType.READY));
            }
        }
        honestTestWorks();
    }

    @Test
    void refusesAFrameThatIsTooLong() throws Exception {
        try (ControlConnection connection = welcomed()) {
            connection.send(ByteBuffer.wrap(new byte[] {FrameType.TEST.code(), 0, (byte) 0xff, (byte) 0xff}));
            assertThrows(SpeedException.class, () -> connection.receive(FrameType.READY));
        }
        honestTestWorks();
    }

    @Test
    void refusesToStartWithoutStreams() throws Exception {
        try (ControlConnection connection = ready(PLAN)) {
            connection.send(FrameType.START);
            SpeedException e = assertThrows(SpeedException.class, () -> connection.receive(FrameType.STARTED));
            assertTrue(e.getMessage().contains("1 of 1 streams are missing"), e.getMessage());
        }
        honestTestWorks();
    }

    @Test
    void boundsSessionsAndForgetsThoseThatNeverStart() throws Exception {
        List<ControlConnection> idle = new ArrayList<>();
        for (int i = 0; i < TIGHT.sessions(); i++) {
            idle.add(ready(PLAN));
        }
        SpeedException e = assertThrows(SpeedException.class, this::honestTestWorksAtOnce);
        assertTrue(e.getMessage().contains("busy"), e.getMessage());
        for (ControlConnection connection : idle) {
            assertThrows(SpeedException.class, () -> connection.receive(FrameType.STARTED));
            connection.close();
        }
        honestTestWorks();
    }

    @Test
    void boundsStreamsOverAllTests() throws Exception {
        try (ControlConnection holder = ready(PLAN.withStreams(3))) {
            SpeedException e = assertThrows(
                    SpeedException.class,
                    () -> new SpeedClient(server.address(), PLAN.withStreams(2), settings()).run());
            assertTrue(e.getMessage().contains("streams are free"), e.getMessage());
            assertTrue(holder.channel().isOpen());
        }
        honestTestWorks();
    }

    @Test
    void refusesStreamsOfUnknownOrFullSessions() throws Exception {
        try (ControlConnection connection = open()) {
            connection.send(Hello.encode(Hello.Role.DATA, 0, 12345));
            assertThrows(SpeedException.class, () -> connection.receive(FrameType.ATTACHED));
        }
        try (ControlConnection control = open()) {
            control.send(Hello.encode(Hello.Role.CONTROL, 0, 0));
            long token = control.receive(FrameType.WELCOME).getLong(8);
            control.send(FrameType.TEST, PLAN.encode());
            control.receive(FrameType.READY);
            Dial.stream(server.address(), Hello.Role.DATA, 0, token, 1000).close();
            for (int stream : new int[] {0, 1, -1, Integer.MAX_VALUE}) {
                assertThrows(
                        SpeedException.class,
                        () -> Dial.stream(server.address(), Hello.Role.DATA, stream, token, 1000));
            }
        }
        honestTestWorks();
    }

    @Test
    void endsATestWhoseClientReadsNothing() throws Exception {
        ControlConnection control = open();
        control.send(Hello.encode(Hello.Role.CONTROL, 0, 0));
        long token = control.receive(FrameType.WELCOME).getLong(8);
        control.send(FrameType.TEST, PLAN.withStreams(4).reversed().encode());
        control.receive(FrameType.READY);
        for (int i = 0; i < 4; i++) {
            Dial.stream(server.address(), Hello.Role.DATA, i, token, 1000);
        }
        control.send(FrameType.START);
        control.receive(FrameType.STARTED);

        control.timeoutMs(5000);
        assertThrows(SpeedException.class, () -> control.receive(FrameType.RESULT));
        honestTestWorks();
    }

    @Test
    void ignoresForgedDatagrams() throws Exception {
        Random random = new Random(Long.getLong("penstock.seed", 5));
        try (DatagramSocket socket = new DatagramSocket()) {
            for (int i = 0; i < 2000; i++) {
                byte[] bytes = new byte[random.nextInt(100)];
                random.nextBytes(bytes);
                ByteBuffer datagram = ByteBuffer.wrap(bytes);
                if (bytes.length >= DatagramHeader.LENGTH && random.nextBoolean()) {
                    DatagramHeader.put(datagram, (byte) random.nextInt(5), random.nextInt(70_000), random.nextLong());
                }
                socket.send(new DatagramPacket(bytes, bytes.length, server.address()));
            }
        }
        SpeedReport report = new SpeedClient(server.address(), TestPlan.udp(5_000_000, 200_000_000L), settings()).run();
        assertEquals(0, report.udp() == null ? -1 : report.udp().lost());
    }

    /** Slots come back when the server notices that a client is gone, a moment after the client knows. */
    private void honestTestWorks() throws IOException, InterruptedException {
        for (int attempt = 0; ; attempt++) {
            try {
                honestTestWorksAtOnce();
                return;
            } catch (SpeedException e) {
                if (attempt == 50) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }

    private void honestTestWorksAtOnce() throws IOException, InterruptedException {
        assertTrue(new SpeedClient(server.address(), PLAN, settings()).run().bytes() > 0);
    }

    private static SpeedClient.Settings settings() {
        return new SpeedClient.Settings(10_000_000L, 0, interval -> {});
    }

    private ControlConnection ready(TestPlan plan) throws IOException {
        ControlConnection connection = welcomed();
        connection.send(FrameType.TEST, plan.encode());
        connection.receive(FrameType.READY);
        return connection;
    }

    private ControlConnection welcomed() throws IOException {
        ControlConnection connection = open();
        connection.send(Hello.encode(Hello.Role.CONTROL, 0, 0));
        connection.receive(FrameType.WELCOME);
        return connection;
    }

    private ControlConnection open() throws IOException {
        return new ControlConnection(SocketChannel.open(server.address()), 2000);
    }

    private Socket connect() throws IOException {
        Socket socket =
                new Socket(server.address().getAddress(), server.address().getPort());
        socket.setSoTimeout(5000);
        return socket;
    }

    private static void assertClosed(Socket socket) throws IOException {
        try {
            assertEquals(-1, socket.getInputStream().read());
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("the server keeps a connection open", e);
        } catch (java.net.SocketException e) {
            // reset: closed with our bytes unread
        }
    }
}
