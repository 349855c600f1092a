package io.penstock.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client of the local socket, against a server that answers what a test wants. */
class LocalClientTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int MAX_ANSWER = 100_000;

    @TempDir
    private Path folder;

    @Test
    void sendsOneRequestAndReadsItsAnswer() throws Exception {
        try (FixedServer server =
                new FixedServer(folder, "HTTP/1.1 409 Conflict\r\ncontent-length: 4\r\n\r\n\"ä\"", true)) {
            AdminClient.Answer answer = server.client(LIMIT).send("POST", "/api/v1/x?y=1", "{\"a\":\"ö\"}");

            assertEquals(new AdminClient.Answer(409, "\"ä\""), answer);
            assertEquals(
                    "POST /api/v1/x?y=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                            + "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{\"a\":\"ö\"}",
                    server.request.join());
        }
    }

    @Test
    void readsAnAnswerLongerThanItsFirstBuffer() throws Exception {
        String body = "x".repeat(90_000);
        try (FixedServer server = new FixedServer(
                folder, "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body, true)) {
            assertEquals(body, server.client(LIMIT).send("GET", "/", "").body());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
                "HTTP/1.1 200 OK\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}",
                "HTTP/2 200\r\nContent-Length: 2\r\n\r\n{}",
                "SSH-2.0-x\r\n\r\n"
            })
    void refusesWhatIsNoWholeAnswer(String answer) throws Exception {
        try (FixedServer server = new FixedServer(folder, answer, true)) {
            CommandFailure failure = assertThrows(
                    CommandFailure.class, () -> server.client(LIMIT).send("GET", "/", ""));
            assertEquals(ExitCode.FAILED, failure.exitCode());
            assertTrue(String.valueOf(failure.getMessage()).contains("no whole answer"), failure.toString());
        }
    }

    @Test
    void refusesAnAnswerThatIsTooLong() throws Exception {
        String body = "x".repeat(MAX_ANSWER + 1);
        try (FixedServer server = new FixedServer(
                folder, "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body, true)) {
            CommandFailure failure = assertThrows(
                    CommandFailure.class, () -> server.client(LIMIT).send("GET", "/", ""));
            assertTrue(String.valueOf(failure.getMessage()).contains("more than 100000"), failure.toString());
        }
    }

    @Test
    void waitsNoLongerThanItsLimit() throws Exception {
        try (FixedServer server = new FixedServer(folder, "HTTP/1.1 200 OK\r\n", false)) {
            CommandFailure failure = assertThrows(CommandFailure.class, () -> server.client(Duration.ofMillis(200))
                    .send("GET", "/", ""));
            assertTrue(String.valueOf(failure.getMessage()).contains("within 200 ms"), failure.toString());
        }
    }

    @Test
    void saysThatNobodyRunsThere() {
        CommandFailure failure = assertThrows(
                CommandFailure.class, () -> new LocalClient(folder.resolve("admin.sock")).send("GET", "/", ""));

        assertEquals(ExitCode.NOT_RUNNING, failure.exitCode());
        assertTrue(String.valueOf(failure.getMessage()).contains("penstock server up"), failure.toString());
    }

    /** Takes one connection, reads a request, answers, and closes or keeps silent. */
    private static final class FixedServer implements AutoCloseable {
        final CompletableFuture<String> request = new CompletableFuture<>();
        private final Path socket;
        private final ServerSocketChannel channel;
        private final Thread thread;

        FixedServer(Path folder, String answer, boolean closes) throws IOException {
            socket = folder.resolve("admin.sock");
            channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            channel.bind(UnixDomainSocketAddress.of(socket));
            thread = Thread.ofPlatform().daemon().start(() -> serve(answer, closes));
        }

        private void serve(String answer, boolean closes) {
            try (SocketChannel accepted = channel.accept()) {
                ByteBuffer bytes = ByteBuffer.allocate(64 << 10);
                accepted.read(bytes);
                request.complete(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
                ByteBuffer out = ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8));
                while (out.hasRemaining()) {
                    accepted.write(out);
                }
                if (!closes) {
                    Thread.sleep(LIMIT);
                }
            } catch (IOException e) {
                request.completeExceptionally(e); // a client that gave up
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        LocalClient client(Duration limit) {
            return new LocalClient(socket, limit, MAX_ANSWER);
        }

        @Override
        public void close() throws IOException {
            thread.interrupt();
            channel.close();
        }
    }
}
