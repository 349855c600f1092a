package io.penstock.engine.uapi;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.FileFlags;
import io.penstock.ffm.LibC;
import io.penstock.ffm.unix.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * The file of a control socket: made under a name where tools look for it, known again by its inode, removed at the end.
 * The file of an interface that died is replaced; that of a living one is not.
 */
final class SocketFile {
    private static final int DIRECTORY_MODE = 0755;
    private static final int SOCKET_MODE = 0600;
    private static final int LOCK_TIMEOUT_MS = 10_000;
    private static final int LOCK_STEP_MS = 10;

    private final Path path;
    private final @Nullable Object inode;

    private SocketFile(Path path) {
        this.path = path;
        this.inode = inode(path);
    }

    /** The file that an inherited listener was bound to. */
    static SocketFile existing(Path path) {
        return new SocketFile(path);
    }

    /** A listener and its file. */
    record Bound(UnixSocket listener, SocketFile file) {}

    /**
     * Listens at the path.
     *
     * @throws ErrnoException EADDRINUSE if somebody listens there, or if the file is no socket; EAGAIN if somebody else holds
     *     the lock of the directory, who has to do no more than this does
     */
    static Bound bind(Path path) throws ErrnoException {
        return bind(path, LOCK_TIMEOUT_MS);
    }

    static Bound bind(Path path, int lockTimeoutMs) throws ErrnoException {
        Path directory = path.getParent();
        if (directory == null) {
            throw new IllegalArgumentException("no directory: " + path);
        }
        LibC libc = new LibC();
        makeDirectory(libc, directory);
        int lock = ErrnoException.check(
                libc.open(directory.toString(), FileFlags.O_RDONLY | FileFlags.O_CLOEXEC, 0), "open " + directory);
        try {
            // Two starts at once must not both find the file dead and unlink each other's.
            ErrnoException.check(lock(libc, lock, lockTimeoutMs), "lock " + directory);
            UnixSocket listener = listen(libc, path);
            return new Bound(listener, new SocketFile(path));
        } finally {
            libc.close(lock);
        }
    }

    private static int lock(LibC libc, int directory, int timeoutMs) {
        for (int waitedMs = 0; ; waitedMs += LOCK_STEP_MS) {
            int locked = libc.flock(directory, FileFlags.LOCK_EX | FileFlags.LOCK_NB);
            if (locked != -Errno.EAGAIN || waitedMs >= timeoutMs) {
                return locked;
            }
            libc.poll(0, 0, LOCK_STEP_MS);
        }
    }

    private static void makeDirectory(LibC libc, Path directory) throws ErrnoException {
        int made = libc.mkdir(directory.toString(), DIRECTORY_MODE);
        if (made == -Errno.ENOENT && directory.getParent() != null) {
            makeDirectory(libc, directory.getParent());
            made = libc.mkdir(directory.toString(), DIRECTORY_MODE);
        }
        if (made != -Errno.EEXIST) {
            ErrnoException.check(made, "make " + directory);
        }
    }

    private static UnixSocket listen(LibC libc, Path path) throws ErrnoException {
        try {
            return UnixSocket.listen(path, SOCKET_MODE);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EADDRINUSE) {
                throw e;
            }
            if (!isDead(path)) {
                throw new ErrnoException(
                        "bind " + path,
                        Errno.EADDRINUSE,
                        "another program serves this socket: an interface of this name runs elsewhere, choose another name");
            }
        }
        int removed = libc.unlink(path.toString());
        if (removed != -Errno.ENOENT) {
            ErrnoException.check(removed, "remove dead " + path);
        }
        return UnixSocket.listen(path, SOCKET_MODE);
    }

    /** A socket whose owner is gone refuses; so does a plain file, which is not ours to remove. */
    private static boolean isDead(Path path) throws ErrnoException {
        int answer = UnixSocket.knock(path);
        if (answer == -Errno.ENOENT) {
            return true;
        }
        if (answer != -Errno.ECONNREFUSED) {
            return false;
        }
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS) || isSpecial(path)) {
            return true;
        }
        throw new ErrnoException("bind " + path, Errno.EADDRINUSE, "there is a file that is no socket; remove it");
    }

    private static boolean isSpecial(Path path) {
        BasicFileAttributes attributes = attributes(path);
        return attributes != null && attributes.isOther();
    }

    Path path() {
        return path;
    }

    /** Whether the path still leads to this very file. */
    boolean isThere() {
        return inode != null && inode.equals(inode(path));
    }

    /** Removes the file, unless it is another's by now. */
    void remove(LibC libc) {
        if (isThere()) {
            libc.unlink(path.toString());
        }
    }

    private static @Nullable Object inode(Path path) {
        BasicFileAttributes attributes = attributes(path);
        return attributes == null ? null : attributes.fileKey();
    }

    private static @Nullable BasicFileAttributes attributes(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            return null;
        }
    }
}
