package io.penstock.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.api.Api;
import io.penstock.server.store.Store;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API on a UNIX socket, to the user that runs this test. */
class LocalListenerTest {
    @TempDir
    private Path parent;

    private Store store;
    private Api api;

    @SuppressWarnings("NullAway.Init") // by open
    LocalListenerTest() {}

    @BeforeEach
    void open() {
        store = Samples.store(parent, new TestClock());
        store.write(tx -> Samples.domain(tx, "home"));
        api = new Api(
                new Administration(
                        store, (text, users, nodes) -> Optional.empty(), provider -> Optional.empty(), new Seeded(3)),
                id -> false,
                Samples.noPings());
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void servesItsOwnUserAsRootOfTheMachine() throws IOException {
        Path socket = parent.resolve("admin.sock");
        try (LocalListener listener = LocalListener.open(socket, api)) {
            String answer =
                    send(socket, "GET /api/v1/domains HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

            assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
            assertTrue(answer.contains("\"name\":\"home\""), answer);
            assertEquals(1, listener.counters().requests());
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
        }
        assertFalse(Files.exists(socket), "the socket goes with the listener");
    }

    @Test
    void secretsInARequestMakeItsCallerNobodyElse() throws IOException {
        Path socket = parent.resolve("admin.sock");
        try (LocalListener listener = LocalListener.open(socket, api)) {
            String answer = send(
                    socket,
                    "GET /api/v1/domains HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n");

            assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
            assertEquals(0, listener.counters().foreignUser());
        }
    }

    @Test
    void refusesWhatIsNoRequest() throws IOException {
        Path socket = parent.resolve("admin.sock");
        try (LocalListener listener = LocalListener.open(socket, api)) {
            assertTrue(send(socket, "nonsense\r\n\r\n").startsWith("HTTP/1.1 400 "));
            assertEquals(1, listener.counters().malformed());
        }
    }

    @Test
    void takesThePlaceOfADeadCoordinatorsSocket() throws IOException {
        Path socket = Files.createFile(parent.resolve("admin.sock"));
        try (LocalListener listener = LocalListener.open(socket, api)) {
            assertEquals(socket, listener.socket());
        }
    }

    @Test
    void answersARequestUnderWayWhenItEnds() throws Exception {
        Path socket = parent.resolve("admin.sock");
        LocalListener listener = LocalListener.open(socket, api);
        CountDownLatch isHeld = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        try (ExecutorService others = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> holding = others.submit(() -> store.write(tx -> {
                isHeld.countDown();
                return awaitQuietly(released);
            }));
            assertTrue(isHeld.await(20, TimeUnit.SECONDS));
            String body = "{\"name\":\"office\",\"dnsSuffix\":\"office.example\"}";
            String request = "POST /api/v1/domains HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length()
                    + "\r\n\r\n" + body;
            Future<String> answer = others.submit(() -> send(socket, request));
            while (listener.counters().requests() == 0) {
                Thread.sleep(5);
            }
            Future<?> closing = others.submit(listener::close);
            Thread.sleep(200);
            assertFalse(closing.isDone());
            released.countDown();
            assertTrue(holding.get());
            assertTrue(answer.get().startsWith("HTTP/1.1 200 "), answer.get());
            closing.get();
        }
    }

    private static boolean awaitQuietly(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void namesAPathThatIsTooLong() throws IOException {
        Path folder = Files.createDirectory(parent.resolve("x".repeat(120)));
        IOException refusal =
                assertThrows(IOException.class, () -> LocalListener.open(folder.resolve("admin.sock"), api));
        assertTrue(String.valueOf(refusal.getMessage()).contains("admin.sock"), refusal.toString());
    }

    private static String send(Path socket, String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(64 << 10);
            while (channel.read(answer) >= 0) {
                assertTrue(answer.hasRemaining());
            }
            return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
        }
    }
}
