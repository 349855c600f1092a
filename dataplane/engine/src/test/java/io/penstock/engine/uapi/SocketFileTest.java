package io.penstock.engine.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.FileFlags;
import io.penstock.ffm.LibC;
import io.penstock.ffm.unix.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketFileTest {
    private static final Duration AT_ONCE = Duration.ofSeconds(20);

    private final LibC libc = new LibC();

    @TempDir
    private Path directory;

    private Path path;

    @BeforeEach
    void nameSocket() {
        path = directory.resolve("run/wg0.sock");
    }

    @Test
    void makesDirectoryAndFile() throws IOException {
        SocketFile.Bound bound = SocketFile.bind(path);
        try (UnixSocket listener = bound.listener()) {
            assertEquals(0, UnixSocket.knock(path));
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
            assertTrue(bound.file().isThere());
            bound.file().remove(libc);
            assertFalse(Files.exists(path));
            assertTrue(listener.fd() >= 0);
        }
    }

    @Test
    void knowsItsFileFromAnothersOfTheSameName() throws IOException {
        SocketFile.Bound bound = SocketFile.bind(path);
        bound.listener().close();
        Path kept = Files.move(path, path.resolveSibling("kept")); // its inode must not become the other's
        Files.createFile(path);

        assertFalse(bound.file().isThere());
        bound.file().remove(libc);
        assertTrue(Files.exists(path));
        assertTrue(Files.exists(kept));
    }

    @Test
    void takesThePlaceOfADeadOne() throws IOException {
        SocketFile.bind(path).listener().close();
        assertEquals(-Errno.ECONNREFUSED, UnixSocket.knock(path));

        try (UnixSocket listener = SocketFile.bind(path).listener()) {
            assertEquals(0, UnixSocket.knock(path));
            assertTrue(listener.fd() >= 0);
        }
    }

    @Test
    void leavesALivingOneAlone() throws IOException {
        SocketFile.Bound living = SocketFile.bind(path);
        try (UnixSocket listener = living.listener()) {
            ErrnoException refusal = refusal(path);
            assertEquals(Errno.EADDRINUSE, refusal.errno());
            assertTrue(String.valueOf(refusal.getMessage()).contains("another name"), refusal::toString);
            assertTrue(living.file().isThere());
            assertTrue(listener.fd() >= 0);
        }
    }

    /** As by a stopped process: nobody accepts, and no more may wait. */
    @Test
    void leavesABusyOneAloneWithoutWaiting() throws IOException {
        SocketFile.Bound busy = SocketFile.bind(path);
        try (UnixSocket listener = busy.listener()) {
            ErrnoException.check(libc.listen(listener.fd(), 0), "listen");
            for (int knocks = 0; UnixSocket.knock(path) == 0; knocks++) {
                assertTrue(knocks < 10, "the queue has no end");
            }
            assertEquals(-Errno.EAGAIN, UnixSocket.knock(path));

            ErrnoException refusal = assertTimeoutPreemptively(AT_ONCE, () -> refusal(path));

            assertEquals(Errno.EADDRINUSE, refusal.errno());
            assertTrue(busy.file().isThere());
        }
    }

    @Test
    void leavesAPlainFileAlone() throws IOException {
        Files.createDirectories(directory.resolve("run"));
        Files.createFile(path);

        ErrnoException refusal = refusal(path);

        assertEquals(Errno.EADDRINUSE, refusal.errno());
        assertTrue(String.valueOf(refusal.getMessage()).contains("no socket"), refusal::toString);
        assertFalse(String.valueOf(refusal.getMessage()).contains("another name"), refusal::toString);
        assertTrue(Files.isRegularFile(path));
    }

    @Test
    void givesUpWhenAnotherKeepsTheLock() throws IOException {
        SocketFile.bind(path).listener().close();
        int lock = libc.open(directory.resolve("run").toString(), FileFlags.O_RDONLY, 0);
        ErrnoException.check(libc.flock(lock, FileFlags.LOCK_EX), "flock");
        try {
            ErrnoException refusal = assertTimeoutPreemptively(
                    AT_ONCE, () -> assertThrows(ErrnoException.class, () -> SocketFile.bind(path, 50)));
            assertEquals(Errno.EAGAIN, refusal.errno());
        } finally {
            libc.close(lock);
        }
        SocketFile.bind(path, 50).listener().close();
    }

    private static ErrnoException refusal(Path path) {
        return assertThrows(ErrnoException.class, () -> SocketFile.bind(path));
    }
}
