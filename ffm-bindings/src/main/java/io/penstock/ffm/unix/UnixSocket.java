package io.penstock.ffm.unix;

import static io.penstock.ffm.udp.Sockets.AF_UNIX;
import static io.penstock.ffm.udp.Sockets.SOCK_CLOEXEC;
import static io.penstock.ffm.udp.Sockets.SOCK_DGRAM;
import static io.penstock.ffm.udp.Sockets.SOCK_STREAM;
import static io.penstock.ffm.udp.Sockets.SOL_SOCKET;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.udp.SockAddr;
import io.penstock.ffm.udp.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A UNIX stream socket: a listener or one connection. Calls block unless the caller polls {@link #fd} first. Owned by one thread,
 * except {@link #shutdown}, by which another thread wakes it.
 */
public final class UnixSocket implements AutoCloseable {
    private static final int BACKLOG = 128;
    private static final int TRANSFER_LENGTH = 8192;
    private static final Object UMASK = new Object(); // the mask belongs to the process

    private final LibC libc = new LibC();
    private final int fd;
    private @Nullable MemorySegment transfer;
    private volatile boolean isClosed;

    private UnixSocket(int fd) {
        this.fd = fd;
    }

    /**
     * Creates the socket file and listens.
     *
     * @param mode permissions of the file, such as 0600; it never has more, not even for a moment
     * @throws ErrnoException EADDRINUSE if the file exists: callers decide whether it is a dead one; ENAMETOOLONG beyond 107 bytes
     */
    public static UnixSocket listen(Path path, int mode) throws ErrnoException {
        UnixSocket socket = open();
        try (Arena arena = Arena.ofConfined()) {
            long sockAddr = arena.allocate(SockAddr.SIZE_UN, 8).address();
            int length = address(sockAddr, path);
            int bound;
            synchronized (UMASK) {
                int mask = socket.libc.umask(~mode & 0777);
                bound = socket.libc.bind(socket.fd, sockAddr, length);
                socket.libc.umask(mask);
            }
            ErrnoException.check(bound, "bind " + path);
            ErrnoException.check(socket.libc.listen(socket.fd, BACKLOG), "listen " + path);
            return socket;
        } catch (ErrnoException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Connects to a listener.
     *
     * @throws ErrnoException ENOENT without a file, ECONNREFUSED if nobody listens at it
     */
    public static UnixSocket connect(Path path) throws ErrnoException {
        UnixSocket socket = open();
        try (Arena arena = Arena.ofConfined()) {
            long sockAddr = arena.allocate(SockAddr.SIZE_UN, 8).address();
            int length = address(sockAddr, path);
            ErrnoException.check(socket.libc.connect(socket.fd, sockAddr, length), "connect " + path);
            return socket;
        } catch (ErrnoException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Knocks at a socket without waiting, however busy its listener is.
     *
     * @return 0 if somebody listens, or {@code -errno}: ECONNREFUSED if nobody does, EAGAIN if so many wait there that there is
     *     no room for more
     */
    public static int knock(Path path) throws ErrnoException {
        LibC libc = new LibC();
        int fd = ErrnoException.check(
                libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | Sockets.SOCK_NONBLOCK, 0), "open UNIX socket");
        try (Arena arena = Arena.ofConfined()) {
            long sockAddr = arena.allocate(SockAddr.SIZE_UN, 8).address();
            return libc.connect(fd, sockAddr, address(sockAddr, path));
        } finally {
            libc.close(fd);
        }
    }

    /**
     * Sends one datagram, without waiting.
     *
     * @param address a path, or {@code @} and a name of the abstract namespace
     * @throws ErrnoException ECONNREFUSED or ENOENT if nobody receives there, EAGAIN if he does not come after, ENAMETOOLONG
     */
    public static void sendDatagram(String address, byte[] datagram) throws ErrnoException {
        LibC libc = new LibC();
        int fd = ErrnoException.check(
                libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | Sockets.SOCK_NONBLOCK, 0), "open UNIX socket");
        try (Arena arena = Arena.ofConfined()) {
            long sockAddr = arena.allocate(SockAddr.SIZE_UN, 8).address();
            int length;
            try {
                length = address.startsWith("@")
                        ? SockAddr.setAbstract(sockAddr, address.substring(1))
                        : SockAddr.setUnix(sockAddr, address);
            } catch (IllegalArgumentException e) {
                throw new ErrnoException("socket " + address, Errno.ENAMETOOLONG);
            }
            ErrnoException.check(libc.connect(fd, sockAddr, length), "connect " + address);
            MemorySegment bytes = arena.allocate(Math.max(1, datagram.length));
            Memory.copy(datagram, 0, bytes.address(), datagram.length);
            ErrnoException.check(
                    libc.send(fd, bytes.address(), datagram.length, Sockets.MSG_NOSIGNAL), "send to " + address);
        } finally {
            libc.close(fd);
        }
    }

    /** Takes over a descriptor, such as an inherited listener. */
    public static UnixSocket adopt(int fd) {
        return new UnixSocket(fd);
    }

    public int fd() {
        return fd;
    }

    /**
     * Waits for the next connection.
     *
     * @return {@code null} if none is there on a non-blocking listener, or if the one there has gone again
     * @throws ErrnoException EINVAL after {@link #shutdown}, EMFILE when descriptors have run out
     */
    public @Nullable UnixSocket accept() throws ErrnoException {
        int accepted = libc.accept4(fd, 0, 0, SOCK_CLOEXEC);
        if (accepted == -Errno.EAGAIN || accepted == -Errno.EINTR || accepted == -Errno.ECONNABORTED) {
            return null;
        }
        return new UnixSocket(ErrnoException.check(accepted, "accept"));
    }

    /** Process, user and group of the other end. */
    public PeerCredentials peer() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            long value = arena.allocate(PeerCredentials.SIZE + 4, 4).address();
            long length = value + PeerCredentials.SIZE;
            Memory.putInt(length, PeerCredentials.SIZE);
            ErrnoException.check(libc.getsockopt(fd, SOL_SOCKET, Sockets.SO_PEERCRED, value, length), "SO_PEERCRED");
            return new PeerCredentials(Memory.getInt(value), Memory.getInt(value + 4), Memory.getInt(value + 8));
        }
    }

    /** Returns the bytes read (at most 8192 at once), 0 at the end, or {@code -errno}. */
    public int read(byte[] bytes, int offset, int lengthBytes) {
        MemorySegment buffer = transfer();
        int read = libc.recv(fd, buffer.address(), Math.min(lengthBytes, TRANSFER_LENGTH), 0);
        if (read > 0) {
            Memory.copy(buffer.address(), bytes, offset, read);
        }
        return read;
    }

    /** Returns the bytes written (at most 8192 at once), or {@code -errno}: EPIPE instead of a signal. */
    public int write(byte[] bytes, int offset, int lengthBytes) {
        MemorySegment buffer = transfer();
        int length = Math.min(lengthBytes, TRANSFER_LENGTH);
        Memory.copy(bytes, offset, buffer.address(), length);
        return libc.send(fd, buffer.address(), length, Sockets.MSG_NOSIGNAL);
    }

    /** Ends both directions, which wakes a thread that waits in this socket; any thread. */
    public void shutdown() {
        if (!isClosed) {
            new LibC().shutdown(fd, Sockets.SHUT_RDWR);
        }
    }

    /** Closes the descriptor; the file of a listener is the caller's to remove. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            libc.close(fd);
        }
    }

    private MemorySegment transfer() {
        MemorySegment buffer = transfer;
        if (buffer == null) {
            buffer = Arena.ofAuto().allocate(TRANSFER_LENGTH);
            transfer = buffer;
        }
        return buffer;
    }

    private static UnixSocket open() throws ErrnoException {
        return new UnixSocket(
                ErrnoException.check(new LibC().socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "open UNIX socket"));
    }

    private static int address(long sockAddr, Path path) throws ErrnoException {
        try {
            return SockAddr.setUnix(sockAddr, path.toString());
        } catch (IllegalArgumentException e) {
            throw new ErrnoException("socket path " + path, Errno.ENAMETOOLONG);
        }
    }
}
