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
