package io.penstock.engine.uapi;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.FileFlags;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.unix.UnixSocket;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * The control socket of one interface: listens, serves a bounded number of connections at once, each on a platform
 * thread, and notices when somebody removes the socket file, which asks the interface to end. Further connections wait
 * in the kernel's backlog.
 *
 * <p>Opened and closed by the interface's owner, from any thread; the accepting thread is its own.
 */
public final class UapiServer implements AutoCloseable {
    public static final Path DIRECTORY = Path.of("/var/run/wireguard");

    static final int SESSIONS = 64;
    static final int TIMEOUT_MS = 30_000;

    private static final int LOOK_INTERVAL_MS = 1_000;
    private static final int WATCH =
            FileFlags.IN_DELETE | FileFlags.IN_MOVED_FROM | FileFlags.IN_MOVED_TO | FileFlags.IN_DELETE_SELF;

    // Layout of the acceptor's own off-heap memory.
    private static final int LISTENER = 0;
    private static final int WATCHER = PollFd.SIZE;
    private static final int WAKER = 2 * PollFd.SIZE;
    private static final int ONE = 3 * PollFd.SIZE; // what a wake-up adds
    private static final int SCRATCH = 4 * PollFd.SIZE;
    private static final int SCRATCH_BYTES = 4096;

    private final UnixSocket listener;
    private final SocketFile file;
    private final int sessions;
    private final int timeoutMs;
    private final ThreadFactory threads;
    private final long memory = Memory.slab(SCRATCH + SCRATCH_BYTES);
    private final int waker;
    private final int watcher;
    private final Object lock = new Object();
    private final Deque<Long> freeMemory = new ArrayDeque<>(); // guarded by lock
    private final Set<UapiConnection> connections = new HashSet<>(); // guarded by lock
    private boolean closing; // guarded by lock
    private boolean descriptorsClosed; // guarded by lock
    private @Nullable Thread acceptor; // guarded by lock

    private UapiServer(SocketFile.Bound bound, int sessions, int timeoutMs, ThreadFactory threads)
            throws ErrnoException {
        this.threads = threads;
        this.listener = bound.listener();
        this.file = bound.file();
        this.sessions = sessions;
        this.timeoutMs = timeoutMs;
        LibC libc = new LibC();
        Memory.putLong(memory + ONE, 1);
        this.waker = ErrnoException.check(
                libc.eventfd(0, FileFlags.EFD_NONBLOCK | FileFlags.EFD_CLOEXEC), "eventfd of the control socket");
        this.watcher = watch(libc, bound.file().path());
        int flags = libc.fcntl(listener.fd(), FileFlags.F_GETFL, 0);
        libc.fcntl(listener.fd(), FileFlags.F_SETFL, flags | FileFlags.O_NONBLOCK);
    }

    /** Returns an inotify descriptor, or -1 where those have run out: then the acceptor looks each second. */
    private static int watch(LibC libc, Path path) {
        int fd = libc.inotifyInit1(FileFlags.IN_NONBLOCK | FileFlags.IN_CLOEXEC);
        if (fd < 0) {
            return -1;
        }
        if (libc.inotifyAddWatch(fd, String.valueOf(path.getParent()), WATCH) < 0) {
            libc.close(fd);
            return -1;
        }
        return fd;
    }

    /**
     * Makes the socket {@code DIRECTORY/interfaceName.sock} and listens; connections wait until {@link #start}.
     *
     * @throws ErrnoException EADDRINUSE when another program answers there
     */
    public static UapiServer open(String interfaceName) throws ErrnoException {
        return open(DIRECTORY, interfaceName, SESSIONS, TIMEOUT_MS);
    }

    static UapiServer open(Path directory, String interfaceName, int sessions, int timeoutMs) throws ErrnoException {
        return open(directory, interfaceName, sessions, timeoutMs, sessionThreads());
    }

    /** @param threads of sessions */
    static UapiServer open(Path directory, String interfaceName, int sessions, int timeoutMs, ThreadFactory threads)
            throws ErrnoException {
        SocketFile.Bound bound = SocketFile.bind(socketPath(directory, interfaceName));
        try {
            return new UapiServer(bound, sessions, timeoutMs, threads);
        } catch (ErrnoException e) {
            bound.listener().close();
            bound.file().remove(new LibC());
            throw e;
        }
    }

    /**
     * Takes over an inherited listener at that interface's socket file.
     *
     * @throws ErrnoException EBADF, ENOTSOCK when the descriptor is no listener; ENOENT when there is no such file, where
     *     nobody would find the interface
     */
    public static UapiServer adopt(int fd, String interfaceName) throws ErrnoException {
        return adopt(fd, socketPath(DIRECTORY, interfaceName));
    }

    static UapiServer adopt(int fd, Path path) throws ErrnoException {
        LibC libc = new LibC();
        ErrnoException.check(libc.fcntl(fd, FileFlags.F_SETFD, FileFlags.FD_CLOEXEC), "descriptor " + fd);
        ErrnoException.check(libc.listen(fd, SESSIONS), "descriptor " + fd + " as a listening socket");
        SocketFile file = SocketFile.existing(path);
        if (!file.isThere()) {
            throw new ErrnoException("listen at descriptor " + fd, Errno.ENOENT, "bind it to " + path + " first");
        }
        return new UapiServer(new SocketFile.Bound(UnixSocket.adopt(fd), file), SESSIONS, TIMEOUT_MS, sessionThreads());
    }

    private static ThreadFactory sessionThreads() {
        return Thread.ofPlatform().name("uapi-session").daemon().factory();
    }

    private static Path socketPath(Path directory, String interfaceName) {
        if (interfaceName.indexOf('/') >= 0) {
            throw new IllegalArgumentException("not an interface name: " + interfaceName);
        }
        return directory.resolve(interfaceName + ".sock");
    }

    /** The socket file. */
    public Path path() {
        return file.path();
    }

    /**
     * Begins to serve.
     *
     * @param onRemoved called once, on the accepting thread, when the socket file is gone though {@link #close} was not
     *     called; may call {@code close}
     */
    public void start(Configuration configuration, Runnable onRemoved, Logger logger) {
        synchronized (lock) {
            if (acceptor != null || closing) {
                throw new IllegalStateException("started before");
            }
            acceptor =
                    Thread.ofPlatform().name("uapi").daemon().start(() -> acceptAll(configuration, onRemoved, logger));
        }
    }

    /** Ends every session and removes the socket file. */
    @Override
    public void close() {
        Thread running;
        synchronized (lock) {
            if (closing) {
                return;
            }
            closing = true;
            running = acceptor;
            connections.forEach(UapiConnection::abort);
        }
        LibC libc = new LibC();
        file.remove(libc);
        wake(libc);
        if (running == null) {
            closeDescriptors(libc);
        } else if (running != Thread.currentThread()) {
            joinUninterruptibly(running);
        }
    }

    private void acceptAll(Configuration configuration, Runnable onRemoved, Logger logger) {
        LibC libc = new LibC();
        try {
            while (!isClosing()) {
                if (!file.isThere()) {
                    if (!isClosing()) {
                        logger.log(Level.INFO, "control socket {0} was removed", file.path());
                        onRemoved.run();
                    }
                    return;
                }
                if (awaitEvent(libc)) {
                    accept(configuration, logger, libc);
                }
            }
        } finally {
            closeDescriptors(libc);
        }
    }

    /** Returns true when a connection waits and may be served */
    private boolean awaitEvent(LibC libc) {
        PollFd.set(memory + LISTENER, hasRoom() ? listener.fd() : -1, PollFd.POLLIN);
        PollFd.set(memory + WATCHER, watcher, PollFd.POLLIN);
        PollFd.set(memory + WAKER, waker, PollFd.POLLIN);
        if (libc.poll(memory, 3, watcher < 0 ? LOOK_INTERVAL_MS : -1) <= 0) {
            return false;
        }
        if (PollFd.revents(memory + WATCHER) != 0) {
            libc.read(watcher, memory + SCRATCH, SCRATCH_BYTES); // what happened does not matter: the file is looked at
        }
        if (PollFd.revents(memory + WAKER) != 0) {
            libc.read(waker, memory + SCRATCH, Long.BYTES);
        }
        return PollFd.revents(memory + LISTENER) != 0;
    }

    private void accept(Configuration configuration, Logger logger, LibC libc) {
        UnixSocket socket;
        try {
            socket = listener.accept();
        } catch (ErrnoException e) {
            logger.log(Level.ERROR, "control socket: {0}", e.getMessage());
            pause(libc); // out of descriptors
            return;
        }
        if (socket == null) {
            return;
        }
        UapiConnection connection;
        long buffer;
        synchronized (lock) {
            buffer = freeMemory.isEmpty() ? Memory.slab(UapiConnection.MEMORY_BYTES) : freeMemory.pop();
            connection = new UapiConnection(socket, buffer, timeoutMs);
            connections.add(connection);
            if (closing) {
                connection.abort();
            }
        }
        try {
            threads.newThread(() -> serve(connection, buffer, configuration, logger))
                    .start();
        } catch (OutOfMemoryError e) { // the system gives no more threads; a full heap has ended the process by now
            logger.log(Level.ERROR, "control socket: no thread for a session: {0}", e.getMessage());
            connection.refuse();
            release(connection, buffer);
            pause(libc);
        }
    }

    /** Waits a moment, for what has run out may come back; less if somebody calls. */
    private void pause(LibC libc) {
        PollFd.set(memory + WAKER, waker, PollFd.POLLIN);
        libc.poll(memory + WAKER, 1, LOOK_INTERVAL_MS);
    }

    private void release(UapiConnection connection, long buffer) {
        synchronized (lock) {
            connections.remove(connection);
            freeMemory.push(buffer);
        }
    }

    private void serve(UapiConnection connection, long buffer, Configuration configuration, Logger logger) {
        LibC libc = new LibC();
        try {
            connection.serve(new UapiSession(configuration, connection::send, UapiServer::zoneIndex, logger));
        } catch (RuntimeException e) {
            logger.log(Level.ERROR, "control socket: session ended by a failure of ours", e);
        } finally {
            release(connection, buffer);
            wake(libc);
        }
    }

    private boolean isClosing() {
        synchronized (lock) {
            return closing;
        }
    }

    private boolean hasRoom() {
        synchronized (lock) {
            return connections.size() < sessions;
        }
    }

    private void wake(LibC libc) {
        synchronized (lock) { // the descriptor must not be another's by then
            if (!descriptorsClosed) {
                libc.write(waker, memory + ONE, Long.BYTES);
            }
        }
    }

    private void closeDescriptors(LibC libc) {
        synchronized (lock) {
            if (!descriptorsClosed) {
                descriptorsClosed = true;
                listener.close();
                libc.close(waker);
                if (watcher >= 0) {
                    libc.close(watcher);
                }
            }
        }
    }

    /** Index of a link-local zone's interface, 0 if there is none. */
    private static int zoneIndex(String name) {
        try {
            NetworkInterface zone = NetworkInterface.getByName(name);
            return zone == null ? 0 : zone.getIndex();
        } catch (SocketException e) {
            return 0;
        }
    }

    private static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
