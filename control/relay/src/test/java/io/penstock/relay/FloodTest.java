package io.penstock.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameType;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.edge.RelayLimits;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What strangers do all the time while two clients exchange packets at a steady rate: these go on, the strangers are closed for
 * the reason that is counted, and memory does not grow. The figures are printed; the bound that is asserted leaves room for a
 * machine on which the flood's own threads compete with the relay's.
 */
class FloodTest {
    private static final int PACKETS_PER_SECOND = 2000;
    private static final int PACKET_BYTES = 1200;
    private static final int ATTACKERS = 4;
    private static final double LEAST_SHARE = 0.5; // the goal is 0.8
    private static final long MOST_BYTES = 64L << 20;
    private static final Duration SHORT = Duration.ofMillis(400);

    private final AtomicLong arrived = new AtomicLong();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // each test starts its own
    private RelayServer server;

    /** What one stranger does, again and again. */
    private interface Attack {
        void once(InetSocketAddress relay) throws IOException;
    }

    @AfterEach
    void stop() throws InterruptedException {
        isOver.set(true);
        server.close();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void start(double connectionsPerSecond, int burst) throws IOException {
        RelayLimits usual = RelayLimits.DEFAULT;
        server = RelayFixture.start(RelayFixture.settings(new RelayLimits(
                500,
                connectionsPerSecond,
                burst,
                SHORT,
                SHORT,
                usual.keepAlive(),
                usual.stall(),
                0,
                0,
                usual.queue())));
    }

    private void run(String name, Runnable task) {
        threads.add(Thread.ofPlatform().name(name).daemon().start(task));
    }

    private void startTraffic(TestClient alice, TestClient bob) {
        byte[] frame = TestClient.bytes(new Frame.SendPacket(bob.key(), ByteBuffer.wrap(new byte[PACKET_BYTES])));
        run("sender", () -> {
            long gapNs = 1_000_000_000L / PACKETS_PER_SECOND;
            long dueNs = System.nanoTime();
            try {
                while (!isOver.get()) {
                    alice.write(frame);
                    dueNs += gapNs;
                    LockSupport.parkNanos(dueNs - System.nanoTime());
                }
            } catch (IOException e) {
                isOver.set(true); // the relay has ended
            }
        });
        run("receiver", () -> {
            try {
                while (true) {
                    if (bob.next(Duration.ofSeconds(10)) instanceof Frame.RecvPacket) {
                        arrived.incrementAndGet();
                    }
                }
            } catch (EOFException e) {
                isOver.set(true);
            } catch (IOException e) {
                isOver.set(true); // a reset
            }
        });
    }

    private double rate(Duration during) throws InterruptedException {
        long before = arrived.get();
        long startNs = System.nanoTime();
        Thread.sleep(during.toMillis());
        return (arrived.get() - before) * 1e9 / (System.nanoTime() - startNs);
    }

    /** Of buffers. */
    private static long usedBytes() {
        ByteBufAllocatorMetric metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
        return metric.usedDirectMemory() + metric.usedHeapMemory();
    }

    private void attack(String what, CloseReason reason, Attack attack) throws Exception {
        try (TestClient alice = TestClient.join(server.address(), 1);
                TestClient bob = TestClient.join(server.address(), 2)) {
            startTraffic(alice, bob);
            rate(Duration.ofMillis(300));
            double before = Math.min(PACKETS_PER_SECOND, rate(Duration.ofMillis(700))); // more is what was held up
            long bytesBefore = usedBytes();
            AtomicBoolean isEnough = new AtomicBoolean();
            AtomicLong attempts = new AtomicLong();
            for (int i = 0; i < ATTACKERS; i++) {
                run("stranger", () -> {
                    while (!isEnough.get()) {
                        attempts.incrementAndGet();
                        try {
                            attack.once(server.address());
                        } catch (IOException e) {
                            Thread.onSpinWait(); // closed by the relay, as it should be
                        }
                    }
                });
            }
            double during = rate(Duration.ofMillis(2000));
            long grownBytes = usedBytes() - bytesBefore;
            isEnough.set(true);
            System.out.printf(
                    "%s: %.0f %% of the packets (%.0f of %.0f a second) while %d attempts were made, %d closed as %s, %+d KiB%n",
                    what,
                    100 * during / before,
                    during,
                    before,
                    attempts.get(),
                    server.counters().closed(reason),
                    reason,
                    grownBytes >> 10);
            assertTrue(
                    RelayFixture.eventually(() -> server.counters().connections() == 2),
                    () -> "strangers stay: " + server.counters().snapshot());
            assertTrue(
                    server.counters().closed(reason) > 20,
                    () -> "closed: " + server.counters().snapshot().closed());
            assertEquals(0, server.counters().closed(CloseReason.FAULT), "faults");
            assertTrue(during > LEAST_SHARE * before, () -> during + " of " + before + " packets a second");
            assertTrue(grownBytes < MOST_BYTES, () -> grownBytes + " bytes");
        }
    }

    private static Socket open(InetSocketAddress relay) throws IOException {
        Socket socket = new Socket();
        socket.setSoLinger(true, 0); // leaves no port behind
        socket.connect(relay, 2000);
        socket.setSoTimeout(5000);
        return socket;
    }

    private static void awaitEnd(Socket socket) throws IOException {
        var _ = socket.getInputStream().transferTo(OutputStream.nullOutputStream()); // the answer, if there is one
    }

    @Test
    void bearsConnectionsOfOneAddressByTheThousand() throws Exception {
        start(1, 10);
        attack("connections", CloseReason.CONNECTION_RATE, relay -> {
            try (Socket socket = open(relay)) {
                awaitEnd(socket);
            }
        });
    }

    @Test
    void bearsConnectionsThatSayNothing() throws Exception {
        start(1e6, 1_000_000);
        attack("half-open connections", CloseReason.TOO_MANY_CONNECTIONS, relay -> {
            List<Socket> silent = new ArrayList<>();
            try {
                for (int i = 0; i < 150; i++) {
                    silent.add(open(relay));
                }
                awaitEnd(silent.getFirst());
            } finally {
                for (Socket socket : silent) {
                    socket.close();
                }
            }
        });
    }

    @Test
    void bearsRequestsThatComeByteByByte() throws Exception {
        start(1e6, 1_000_000);
        attack("slow requests", CloseReason.HTTP_TIMEOUT, relay -> drip(relay, new byte[0]));
    }

    @Test
    void bearsHellosThatComeByteByByte() throws Exception {
        start(1e6, 1_000_000);
        ByteBuffer head = ByteBuffer.allocate(Frame.HEADER_LENGTH);
        head.put((byte) FrameType.CLIENT_INFO).putInt(16 << 10);
        attack("slow hellos", CloseReason.HELLO_TIMEOUT, relay -> drip(relay, upgradeAnd(head.array())));
    }

    /** Says something on many connections, and then one byte after the other. */
    private static void drip(InetSocketAddress relay, byte[] first) throws IOException {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                Socket socket = open(relay);
                slow.add(socket);
                socket.getOutputStream().write(first);
            }
            for (int i = 0; i < 1000; i++) {
                for (Socket socket : slow) {
                    socket.getOutputStream().write('x');
                }
                LockSupport.parkNanos(10_000_000);
            }
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    private static byte[] upgradeAnd(byte[] bytes) {
        byte[] request =
                "GET /derp HTTP/1.1\r\nHost: r\r\nUpgrade: DERP\r\nConnection: Upgrade\r\n\r\n".getBytes(US_ASCII);
        return ByteBuffer.allocate(request.length + bytes.length)
                .put(request)
                .put(bytes)
                .array();
    }

    private static byte[] frame(int type, int announced, int actual) {
        return ByteBuffer.allocate(Frame.HEADER_LENGTH + actual)
                .put((byte) type)
                .putInt(announced)
                .array();
    }

    @Test
    void bearsHellosThatCannotBeOpened() throws Exception {
        start(1e6, 1_000_000);
        byte[] bytes = upgradeAnd(frame(FrameType.CLIENT_INFO, 150, 150));
        bytes[bytes.length - 150] = 9; // a key with which one can agree
        attack("invalid hellos", CloseReason.BAD_HELLO, relay -> {
            try (Socket socket = open(relay)) {
                socket.getOutputStream().write(bytes);
                awaitEnd(socket);
            }
        });
    }

    @Test
    void bearsFramesThatAreTooLong() throws Exception {
        start(1e6, 1_000_000);
        byte[] bytes = upgradeAnd(frame(FrameType.CLIENT_INFO, (16 << 10) + 1, 1000));
        attack("oversize", CloseReason.FRAME_TOO_LONG, relay -> {
            try (Socket socket = open(relay)) {
                socket.getOutputStream().write(bytes);
                awaitEnd(socket);
            }
        });
    }

    @Test
    void bearsWhatIsNoHttp() throws Exception {
        start(1e6, 1_000_000);
        byte[] bytes = "\u0016\u0003\u0001 no HTTP\r\n\r\n".getBytes(US_ASCII);
        attack("no HTTP", CloseReason.BAD_HTTP, relay -> {
            try (Socket socket = open(relay)) {
                socket.getOutputStream().write(bytes);
                awaitEnd(socket);
            }
        });
    }
}
