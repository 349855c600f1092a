package io.penstock.engine.uapi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.uapi.Snapshot.Item;
import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.unix.UnixSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class UapiServerTest {
    private static final String NAME = "wgtest0";
    private static final int LONG_MS = 30_000;

    @TempDir
    Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final CountDownLatch removed = new CountDownLatch(1);
    private final Configuration configuration = new Fixed();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    @Test
    void answersOnItsSocket() throws IOException {
        start(4, LONG_MS);
        assertEquals("listen_port=7\nerrno=0\n\n", exchange("get=1\n\n"));
    }

    @Test
    void makesTheDirectoryAndLetsOnlyTheOwnerIn() throws IOException {
        UapiServer server = keep(UapiServer.open(directory.resolve("a/b"), NAME, 4, LONG_MS));
        assertEquals(directory.resolve("a/b/" + NAME + ".sock"), server.path());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(server.path())));
    }

    @Test
    void servesConnectionsThatCameBeforeTheStart() throws IOException {
        UapiServer server = keep(UapiServer.open(directory, NAME, 4, LONG_MS));
        UnixSocket early = connect();
        server.start(configuration, removed::countDown, System.getLogger("test"));
        write(early, "get=1\n\n");
        assertEquals("listen_port=7\nerrno=0\n\n", read(early, 1));
    }

    @Test
    void servesOtherConnectionsWhileOneIsOpen() throws IOException {
        start(4, LONG_MS);
        UnixSocket idle = connect();
        write(idle, "set=1\nfwmark=1\n");
        assertEquals("listen_port=7\nerrno=0\n\n", exchange("get=1\n\n"));
        write(idle, "\n");
        assertEquals("errno=0\n\n", read(idle, 1));
    }

    @Test
    void letsConnectionsBeyondTheBoundWait() throws IOException {
        start(2, LONG_MS);
        UnixSocket first = connect();
        UnixSocket second = connect();
        for (UnixSocket served : List.of(first, second)) {
            write(served, "get=1\n\n");
            read(served, 1);
        }
        UnixSocket third = connect();
        write(third, "get=1\n\n");
        assertFalse(readable(third, 200));
        first.close();
        assertEquals("listen_port=7\nerrno=0\n\n", read(third, 1));
    }

    @Test
    void closesIdleConnections() throws IOException {
        start(1, 100);
        UnixSocket idle = connect();
        write(idle, "set=1\nfwmark=1\n"); // in the middle of a request
        assertEquals("", read(idle, 1));
    }

    @Test
    void closesConnectionsThatDoNotRead() throws IOException {
        start(1, 100);
        UnixSocket deaf = connect();
        byte[] requests = "get=1\n\n".repeat(1000).getBytes(UTF_8);
        int sent;
        do {
            sent = deaf.write(requests, 0, requests.length);
        } while (sent > 0);
        assertTrue(sent == -Errno.EPIPE || sent == -Errno.ECONNRESET, "errno " + sent);
        assertEquals("listen_port=7\nerrno=0\n\n", exchange("get=1\n\n"));
    }

    @Test
    void removesItsFileAtTheEndAndClosesConnections() throws IOException {
        UapiServer server = start(4, LONG_MS);
        UnixSocket idle = connect();
        write(idle, "get=1\n\n");
        read(idle, 1);
        server.close();
        assertFalse(Files.exists(server.path()));
        assertEquals("", read(idle, 1));
        assertEquals(1, removed.getCount());
        server.close();
    }

    @Test
    void removesItsFileWhenItWasNeverStarted() throws IOException {
        UapiServer server = UapiServer.open(directory, NAME, 4, LONG_MS);
        server.close();
        assertFalse(Files.exists(server.path()));
    }

    @Test
    void noticesThatItsFileIsRemoved() throws Exception {
        UapiServer server = start(4, LONG_MS);
        Files.delete(server.path());
        assertTrue(removed.await(10, SECONDS));
    }

    @Test
    void noticesThatItsFileWasRemovedBeforeTheStart() throws Exception {
        UapiServer server = keep(UapiServer.open(directory, NAME, 4, LONG_MS));
        Files.delete(server.path());
        server.start(configuration, removed::countDown, System.getLogger("test"));
        assertTrue(removed.await(10, SECONDS));
    }

    @Test
    void noticesThatItsFileIsReplacedAndLeavesTheOther() throws Exception {
        UapiServer server = start(4, LONG_MS);
        Path other = directory.resolve("other");
        Files.writeString(other, "x");
        Files.move(other, server.path(), StandardCopyOption.REPLACE_EXISTING);
        assertTrue(removed.await(10, SECONDS));
        server.close();
        assertTrue(Files.exists(server.path()));
    }

    @Test
    void mayBeClosedByItsOwnNotice() throws Exception {
        UapiServer server = keep(UapiServer.open(directory, NAME, 4, LONG_MS));
        server.start(
                configuration,
                () -> {
                    server.close();
                    removed.countDown();
                },
                System.getLogger("test"));
        Files.delete(server.path());
        assertTrue(removed.await(10, SECONDS));
    }

    @Test
    void takesThePlaceOfADeadSocket() throws IOException {
        UnixSocket.listen(directory.resolve(NAME + ".sock"), 0600).close();
        start(4, LONG_MS);
        assertEquals("listen_port=7\nerrno=0\n\n", exchange("get=1\n\n"));
    }

    @Test
    void refusesThePlaceOfALivingSocket() throws IOException {
        start(4, LONG_MS);
        ErrnoException refusal = assertThrows(ErrnoException.class, () -> UapiServer.open(directory, NAME, 4, LONG_MS));
        assertEquals(Errno.EADDRINUSE, refusal.errno());
        assertEquals("listen_port=7\nerrno=0\n\n", exchange("get=1\n\n"));
    }

    @Test
    void refusesThePlaceOfAPlainFile() throws IOException {
        Path file = Files.writeString(directory.resolve(NAME + ".sock"), "precious");
        assertThrows(ErrnoException.class, () -> UapiServer.open(directory, NAME, 4, LONG_MS));
        assertEquals("precious", Files.readString(file));
    }

    @Test
    void adoptsAnInheritedListener() throws Exception {
        Path path = directory.resolve(NAME + ".sock");
        UnixSocket inherited = UnixSocket.listen(path, 0600);
        UapiServer server = keep(UapiServer.adopt(inherited.fd(), path));
        server.start(configuration, removed::countDown, System.getLogger("test"));
        assertEquals("listen_port=7\nerrno=0\n\n", exchange("get=1\n\n"));
        Files.delete(path);
        assertTrue(removed.await(10, SECONDS));
    }

    @Test
    void refusesToAdoptWhatIsNoListener() throws IOException {
        Path path = directory.resolve(NAME + ".sock");
        assertEquals(
                Errno.EBADF,
                assertThrows(ErrnoException.class, () -> UapiServer.adopt(9_999, path))
                        .errno());
        LibC libc = new LibC();
        int file = libc.open("/dev/null", 0, 0);
        try {
            assertEquals(
                    Errno.ENOTSOCK,
                    assertThrows(ErrnoException.class, () -> UapiServer.adopt(file, path))
                            .errno());
        } finally {
            libc.close(file);
        }
    }

    /** A start that nobody can reach would end at once, as if somebody had removed the file. */
    @Test
    void refusesToAdoptAListenerAtAnotherPath() throws IOException {
        try (UnixSocket inherited = UnixSocket.listen(directory.resolve("other.sock"), 0600)) {
            Path path = directory.resolve(NAME + ".sock");
            ErrnoException refusal = assertThrows(ErrnoException.class, () -> UapiServer.adopt(inherited.fd(), path));
            assertEquals(Errno.ENOENT, refusal.errno());
            assertTrue(String.valueOf(refusal.getMessage()).contains(path.toString()), refusal::toString);
            assertEquals(0, UnixSocket.knock(directory.resolve("other.sock")));
        }
    }

    /** As where a service manager bounds the number of tasks. */
    @Test
    void goesOnAfterASessionThatGetsNoThread() throws IOException {
        AtomicInteger refusals = new AtomicInteger(2);
        UapiServer server = keep(UapiServer.open(directory, NAME, 1, LONG_MS, task -> new Thread(task) {
            @Override
            public void start() {
                if (refusals.getAndDecrement() > 0) {
                    throw new OutOfMemoryError("planted: unable to create native thread");
                }
                super.start();
            }
        }));
        server.start(configuration, removed::countDown, System.getLogger(""));

        assertEquals("", exchange("get=1\n\n"));
        assertEquals("", exchange("get=1\n\n"));
        assertEquals("listen_port=7\nerrno=0\n\n", exchange("get=1\n\n"));
    }

    @Test
    void goesOnAfterASessionThatFails() throws IOException {
        AtomicInteger calls = new AtomicInteger();
        UapiServer server = keep(UapiServer.open(directory, NAME, 1, LONG_MS));
        server.start(
                new Fixed() {
                    @Override
                    public int read(Snapshot snapshot) {
                        if (calls.getAndIncrement() == 0) {
                            throw new IllegalStateException("planted");
                        }
                        return super.read(snapshot);
                    }
                },
                removed::countDown,
                System.getLogger(""));
        assertEquals("", exchange("get=1\n\n"));
        assertEquals("listen_port=7\nerrno=0\n\n", exchange("get=1\n\n"));
    }

    private static class Fixed implements Configuration {
        @Override
        public int apply(PeerBlock block, List<Change> changes) {
            return 0;
        }

        @Override
        public int read(Snapshot snapshot) {
            snapshot.start(new Item.Interface(null, 7, 0), List.of());
            return 0;
        }
    }

    private UapiServer start(int sessions, int timeoutMs) throws IOException {
        UapiServer server = keep(UapiServer.open(directory, NAME, sessions, timeoutMs));
        server.start(configuration, removed::countDown, System.getLogger("test"));
        return server;
    }

    private <T extends AutoCloseable> T keep(T closeable) {
        open.add(closeable);
        return closeable;
    }

    private UnixSocket connect() throws IOException {
        return keep(UnixSocket.connect(directory.resolve(NAME + ".sock")));
    }

    private String exchange(String request) throws IOException {
        UnixSocket socket = connect();
        write(socket, request);
        String reply = read(socket, 1);
        socket.close();
        return reply;
    }

    private static void write(UnixSocket socket, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        assertEquals(bytes.length, socket.write(bytes, 0, bytes.length));
    }

    /** Reads so many replies, or less if the stream ends. */
    private static String read(UnixSocket socket, int replies) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        byte[] bytes = new byte[8192];
        while (text.toString(UTF_8).split("\n\n", -1).length <= replies) {
            int length = socket.read(bytes, 0, bytes.length);
            if (length <= 0) {
                break;
            }
            text.write(bytes, 0, length);
        }
        return text.toString(UTF_8);
    }

    private static boolean readable(UnixSocket socket, int waitMs) {
        try (Arena arena = Arena.ofConfined()) {
            long pollFd = arena.allocate(8, 8).address();
            PollFd.set(pollFd, socket.fd(), PollFd.POLLIN);
            return new LibC().poll(pollFd, 1, waitMs) > 0;
        }
    }
}
