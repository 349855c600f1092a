package io.penstock.ffm.unix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketTest {
    @TempDir
    private Path directory;

    /** {@code socat} is nowhere; Python has what Java lacks: a datagram socket of this family. */
    @Test
    void sendsDatagramsToPathsAndToAbstractNames() throws Exception {
        for (String address : new String[] {
            directory.resolve("n").toString(),
            "@penstock-test-" + ProcessHandle.current().pid()
        }) {
            String program = """
                    import socket, sys
                    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                    a = sys.argv[1]
                    s.bind('\\0' + a[1:] if a[0] == '@' else a)
                    print('bound', flush=True)
                    print(s.recv(100).decode(), flush=True)
                    """;
            Process receiver = new ProcessBuilder("python3", "-c", program, address)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (var out = receiver.inputReader()) {
                assertEquals("bound", out.readLine());
                UnixSocket.sendDatagram(address, "READY=1".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                assertEquals("READY=1", out.readLine());
            } finally {
                receiver.destroyForcibly();
            }
        }
        ErrnoException nobody =
                assertThrows(ErrnoException.class, () -> UnixSocket.sendDatagram("@penstock-test-nobody", new byte[1]));
        assertEquals(Errno.ECONNREFUSED, nobody.errno());
    }

    @Test
    void talksAndTellsWhoCalls() throws Exception {
        Path path = directory.resolve("s.sock");
        try (UnixSocket listener = UnixSocket.listen(path, 0600);
                UnixSocket client = UnixSocket.connect(path);
                UnixSocket server = listener.accept()) {
            assertNotNull(server);
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
            LibC libc = new LibC();
            PeerCredentials peer = server.peer();
            assertEquals(libc.getpid(), peer.pid());
            assertEquals(libc.geteuid(), peer.uid());

            byte[] bytes = new byte[100];
            assertEquals(3, client.write(new byte[] {9, 1, 2, 3}, 1, 3));
            assertEquals(3, server.read(bytes, 2, 50));
            assertArrayEquals(new byte[] {0, 0, 1, 2, 3, 0}, java.util.Arrays.copyOf(bytes, 6));
            server.shutdown();
            assertEquals(0, client.read(bytes, 0, 1));
            assertEquals(-Errno.EPIPE, client.write(bytes, 0, 1));
        }
    }

    @Test
    void tellsADeadSocketFromALiveOne() throws Exception {
        Path path = directory.resolve("s.sock");
        UnixSocket.listen(path, 0600).close();
        assertEquals(
                Errno.EADDRINUSE,
                assertThrows(ErrnoException.class, () -> UnixSocket.listen(path, 0600))
                        .errno());
        assertEquals(
                Errno.ECONNREFUSED,
                assertThrows(ErrnoException.class, () -> UnixSocket.connect(path))
                        .errno());
        Files.delete(path);
        assertEquals(
                Errno.ENOENT,
                assertThrows(ErrnoException.class, () -> UnixSocket.connect(path))
                        .errno());
    }

    @Test
    void refusesLongPaths() {
        Path path = directory.resolve("x".repeat(120));
        assertEquals(
                Errno.ENAMETOOLONG,
                assertThrows(ErrnoException.class, () -> UnixSocket.listen(path, 0600))
                        .errno());
    }

    @Test
    void shutdownWakesAThreadThatAccepts() throws Exception {
        try (UnixSocket listener = UnixSocket.listen(directory.resolve("s.sock"), 0600)) {
            CompletableFuture<Integer> errno = new CompletableFuture<>();
            Thread.ofPlatform().start(() -> {
                try {
                    listener.accept();
                    errno.complete(0);
                } catch (ErrnoException e) {
                    errno.complete(e.errno());
                }
            });
            Thread.sleep(50);
            listener.shutdown();
            assertEquals(Errno.EINVAL, errno.get());
        }
    }
}
