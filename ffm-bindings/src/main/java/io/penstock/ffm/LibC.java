package io.penstock.ffm;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * System calls as C names them. One instance per thread: it owns the errno of that thread's last call.
 *
 * <p>Every method returns a result {@code >= 0} or {@code -errno} and throws nothing. All are plain downcalls: a thread that
 * blocks in one does not hold up the collector. Symbols are bound group by group at first use. Open to tests that make
 * calls fail.
 */
public class LibC {
    private static final NativeLibrary LIBC = NativeLibrary.libc();
    private static final long ERRNO_OFFSET =
            Linker.Option.captureStateLayout().byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private final MemorySegment callState = NativeLibrary.allocateCallState();

    /** Returns the bytes read, 0 at the end. */
    public int read(int fd, long address, long lengthBytes) {
        return (int) callLong(Io.READ, fd, address, lengthBytes, 0, 0, 0);
    }

    public int readv(int fd, long ioVecs, int count) {
        return (int) callLong(Io.READV, fd, ioVecs, count, 0, 0, 0);
    }

    /** Returns the bytes written. */
    public int write(int fd, long address, long lengthBytes) {
        return (int) callLong(Io.WRITE, fd, address, lengthBytes, 0, 0, 0);
    }

    public int writev(int fd, long ioVecs, int count) {
        return (int) callLong(Io.WRITEV, fd, ioVecs, count, 0, 0, 0);
    }

    public int close(int fd) {
        return call(Io.CLOSE, fd, 0, 0, 0, 0, 0);
    }

    /** Waits for events of an array of {@link io.penstock.ffm.poll.PollFd}; {@code timeoutMs} -1 waits for ever. Returns how many have some. */
    public int poll(long pollFds, int count, int timeoutMs) {
        return call(Io.POLL, pollFds, count, timeoutMs, 0, 0, 0);
    }

    public int eventfd(int initial, int flags) {
        return call(Io.EVENTFD, initial, flags, 0, 0, 0, 0);
    }

    /**
     * Adds to a non-blocking eventfd; 0, or -1 if its counter is full, without an errno. Unlike other calls it allocates nothing
     * before the JIT has compiled it either: threads that promise so do it too rarely for that.
     */
    public int eventfdWrite(int fd, long value) {
        return critical(EventFd.EVENTFD_WRITE, fd, value);
    }

    /** Takes the counter of a non-blocking eventfd to the u64 at {@code address}; 0, or -1 if it was 0. As {@link #eventfdWrite}. */
    public int eventfdRead(int fd, long address) {
        return critical(EventFd.EVENTFD_READ, fd, address);
    }

    public int dup2(int fd, int target) {
        return call(Io.DUP2, fd, target, 0, 0, 0, 0);
    }

    public int flock(int fd, int operation) {
        return call(Io.FLOCK, fd, operation, 0, 0, 0, 0);
    }

    public int inotifyInit1(int flags) {
        return call(Io.INOTIFY_INIT1, flags, 0, 0, 0, 0, 0);
    }

    public int pipe2(long twoInts, int flags) {
        return call(Io.PIPE2, twoInts, flags, 0, 0, 0, 0);
    }

    public int ftruncate(int fd, long lengthBytes) {
        return call(Io.FTRUNCATE, fd, lengthBytes, 0, 0, 0, 0);
    }

    public int fsync(int fd) {
        return call(Io.FSYNC, fd, 0, 0, 0, 0, 0);
    }

    /** {@code argument} is a number or an address, as the request wants it. */
    public int ioctl(int fd, int request, long argument) {
        return call(Io.IOCTL, fd, Integer.toUnsignedLong(request), argument, 0, 0, 0);
    }

    public int fcntl(int fd, int command, long argument) {
        return call(Io.FCNTL, fd, command, argument, 0, 0, 0);
    }

    public int open(String path, int flags, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            return call(Files.OPEN, cString(arena, path), flags, mode, 0, 0, 0);
        }
    }

    public int socket(int family, int type, int protocol) {
        return call(Sockets.SOCKET, family, type, protocol, 0, 0, 0);
    }

    public int socketpair(int family, int type, int protocol, long twoInts) {
        return call(Sockets.SOCKETPAIR, family, type, protocol, twoInts, 0, 0);
    }

    public int bind(int fd, long sockAddr, int lengthBytes) {
        return call(Sockets.BIND, fd, sockAddr, lengthBytes, 0, 0, 0);
    }

    public int connect(int fd, long sockAddr, int lengthBytes) {
        return call(Sockets.CONNECT, fd, sockAddr, lengthBytes, 0, 0, 0);
    }

    public int listen(int fd, int backlog) {
        return call(Sockets.LISTEN, fd, backlog, 0, 0, 0, 0);
    }

    public int accept4(int fd, long sockAddr, long lengthAddress, int flags) {
        return call(Sockets.ACCEPT4, fd, sockAddr, lengthAddress, flags, 0, 0);
    }

    public int shutdown(int fd, int how) {
        return call(Sockets.SHUTDOWN, fd, how, 0, 0, 0, 0);
    }

    public int getsockname(int fd, long sockAddr, long lengthAddress) {
        return call(Sockets.GETSOCKNAME, fd, sockAddr, lengthAddress, 0, 0, 0);
    }

    public int getpeername(int fd, long sockAddr, long lengthAddress) {
        return call(Sockets.GETPEERNAME, fd, sockAddr, lengthAddress, 0, 0, 0);
    }

    public int getsockopt(int fd, int level, int option, long value, long lengthAddress) {
        return call(Sockets.GETSOCKOPT, fd, level, option, value, lengthAddress, 0);
    }

    public int setsockopt(int fd, int level, int option, long value, int lengthBytes) {
        return call(Sockets.SETSOCKOPT, fd, level, option, value, lengthBytes, 0);
    }

    public int send(int fd, long address, long lengthBytes, int flags) {
        return (int) callLong(Sockets.SEND, fd, address, lengthBytes, flags, 0, 0);
    }

    public int recv(int fd, long address, long lengthBytes, int flags) {
        return (int) callLong(Sockets.RECV, fd, address, lengthBytes, flags, 0, 0);
    }

    public int sendto(int fd, long address, long lengthBytes, int flags, long sockAddr, int sockAddrLength) {
        return (int) callLong(Sockets.SENDTO, fd, address, lengthBytes, flags, sockAddr, sockAddrLength);
    }

    public int recvfrom(int fd, long address, long lengthBytes, int flags, long sockAddr, long lengthAddress) {
        return (int) callLong(Sockets.RECVFROM, fd, address, lengthBytes, flags, sockAddr, lengthAddress);
    }

    public int sendmsg(int fd, long msgHdr, int flags) {
        return (int) callLong(Sockets.SENDMSG, fd, msgHdr, flags, 0, 0, 0);
    }

    public int recvmsg(int fd, long msgHdr, int flags) {
        return (int) callLong(Sockets.RECVMSG, fd, msgHdr, flags, 0, 0, 0);
    }

    /** Returns how many messages were sent; an error of a later one comes back at the next call, so callers loop. */
    public int sendmmsg(int fd, long mmsgHdrs, int count, int flags) {
        return call(Sockets.SENDMMSG, fd, mmsgHdrs, count, flags, 0, 0);
    }

    /** Returns how many messages arrived. The timeout argument of C is always absent: the kernel does not keep it. */
    public int recvmmsg(int fd, long mmsgHdrs, int count, int flags) {
        return call(Sockets.RECVMMSG, fd, mmsgHdrs, count, flags, 0, 0);
    }

    /** Returns the address, or {@code -errno}. */
    public long mmap(long address, long lengthBytes, int protection, int flags, int fd, long offset) {
        return callLong(Mapping.MMAP, address, lengthBytes, protection, flags, fd, offset);
    }

    public int munmap(long address, long lengthBytes) {
        return call(Mapping.MUNMAP, address, lengthBytes, 0, 0, 0, 0);
    }

    public int mlock(long address, long lengthBytes) {
        return call(Mapping.MLOCK, address, lengthBytes, 0, 0, 0, 0);
    }

    public int madvise(long address, long lengthBytes, int advice) {
        return call(Mapping.MADVISE, address, lengthBytes, advice, 0, 0, 0);
    }

    public int getpid() {
        return call(Processes.GETPID, 0, 0, 0, 0, 0, 0);
    }

    public int gettid() {
        return call(Processes.GETTID, 0, 0, 0, 0, 0, 0);
    }

    public int geteuid() {
        return call(Processes.GETEUID, 0, 0, 0, 0, 0, 0);
    }

    public int setsid() {
        return call(Processes.SETSID, 0, 0, 0, 0, 0, 0);
    }

    public int kill(int pid, int signal) {
        return call(Processes.KILL, pid, signal, 0, 0, 0, 0);
    }

    /** With {@code PRIO_PROCESS} and 0 that of the calling thread, which must be a platform thread. */
    public int setpriority(int which, int who, int priority) {
        return call(Processes.SETPRIORITY, which, who, priority, 0, 0, 0);
    }

    /** Returns the mask before; it belongs to the whole process. */
    public int umask(int mask) {
        return call(Processes.UMASK, mask, 0, 0, 0, 0, 0);
    }

    public int getrlimit(int resource, long twoLongs) {
        return call(Processes.GETRLIMIT, resource, twoLongs, 0, 0, 0, 0);
    }

    public int setrlimit(int resource, long twoLongs) {
        return call(Processes.SETRLIMIT, resource, twoLongs, 0, 0, 0, 0);
    }

    /** Moves the calling thread, which must be a platform thread. */
    public int setns(int fd, int type) {
        return call(Processes.SETNS, fd, type, 0, 0, 0, 0);
    }

    /** Moves the calling thread, which must be a platform thread. */
    public int unshare(int flags) {
        return call(Processes.UNSHARE, flags, 0, 0, 0, 0, 0);
    }

    /** One option with one argument, number or address. */
    public int prctl(int option, long argument) {
        return call(Processes.PRCTL, option, argument, 0, 0, 0, 0);
    }

    public int inotifyAddWatch(int fd, String path, int mask) {
        try (Arena arena = Arena.ofConfined()) {
            return call(Files.INOTIFY_ADD_WATCH, fd, cString(arena, path), mask, 0, 0, 0);
        }
    }

    public int unlink(String path) {
        try (Arena arena = Arena.ofConfined()) {
            return call(Files.UNLINK, cString(arena, path), 0, 0, 0, 0, 0);
        }
    }

    public int mkdir(String path, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            return call(Files.MKDIR, cString(arena, path), mode, 0, 0, 0, 0);
        }
    }

    public int rmdir(String path) {
        try (Arena arena = Arena.ofConfined()) {
            return call(Files.RMDIR, cString(arena, path), 0, 0, 0, 0, 0);
        }
    }

    public int chmod(String path, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            return call(Files.CHMOD, cString(arena, path), mode, 0, 0, 0, 0);
        }
    }

    public int chown(String path, int uid, int gid) {
        try (Arena arena = Arena.ofConfined()) {
            return call(Files.CHOWN, cString(arena, path), uid, gid, 0, 0, 0);
        }
    }

    public int rename(String from, String to) {
        try (Arena arena = Arena.ofConfined()) {
            return call(Files.RENAME, cString(arena, from), cString(arena, to), 0, 0, 0, 0);
        }
    }

    public int umount2(String target, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return call(Files.UMOUNT2, cString(arena, target), flags, 0, 0, 0, 0);
        }
    }

    public int access(String path, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            return call(Files.ACCESS, cString(arena, path), mode, 0, 0, 0, 0);
        }
    }

    public int mount(@Nullable String source, String target, @Nullable String type, long flags) {
        try (Arena arena = Arena.ofConfined()) {
            return call(Files.MOUNT, cString(arena, source), cString(arena, target), cString(arena, type), flags, 0, 0);
        }
    }

    private int call(MethodHandle symbol, long a, long b, long c, long d, long e, long f) {
        try {
            // A C int comes back in the low half of the register; the high half is whatever was there.
            int result = (int) (long) symbol.invokeExact(callState, a, b, c, d, e, f);
            return result >= 0 ? result : -errno();
        } catch (Throwable t) {
            throw new AssertionError(t); // a downcall throws only if its binding is wrong
        }
    }

    private long callLong(MethodHandle symbol, long a, long b, long c, long d, long e, long f) {
        try {
            long result = (long) symbol.invokeExact(callState, a, b, c, d, e, f);
            return result >= 0 ? result : -errno();
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    private static int critical(MethodHandle symbol, long a, long b) {
        try {
            return (int) (long) symbol.invokeExact(a, b, 0L, 0L, 0L, 0L);
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    private int errno() {
        return callState.get(ValueLayout.JAVA_INT, ERRNO_OFFSET);
    }

    private static long cString(Arena arena, @Nullable String text) {
        return text == null ? 0 : arena.allocateFrom(text).address();
    }

    /** Short calls that never block. */
    private static final class EventFd {
        static final MethodHandle EVENTFD_WRITE = LIBC.bindCritical("eventfd_write");
        static final MethodHandle EVENTFD_READ = LIBC.bindCritical("eventfd_read");
    }

    private static final class Io {
        static final MethodHandle FCNTL = LIBC.bind("fcntl");
        static final MethodHandle IOCTL = LIBC.bind("ioctl");
        static final MethodHandle READ = LIBC.bind("read");
        static final MethodHandle READV = LIBC.bind("readv");
        static final MethodHandle WRITE = LIBC.bind("write");
        static final MethodHandle WRITEV = LIBC.bind("writev");
        static final MethodHandle CLOSE = LIBC.bind("close");
        static final MethodHandle POLL = LIBC.bind("poll");
        static final MethodHandle EVENTFD = LIBC.bind("eventfd");
        static final MethodHandle DUP2 = LIBC.bind("dup2");
        static final MethodHandle FLOCK = LIBC.bind("flock");
        static final MethodHandle INOTIFY_INIT1 = LIBC.bind("inotify_init1");
        static final MethodHandle PIPE2 = LIBC.bind("pipe2");
        static final MethodHandle FTRUNCATE = LIBC.bind("ftruncate");
        static final MethodHandle FSYNC = LIBC.bind("fsync");
    }

    private static final class Sockets {
        static final MethodHandle SOCKET = LIBC.bind("socket");
        static final MethodHandle SOCKETPAIR = LIBC.bind("socketpair");
        static final MethodHandle BIND = LIBC.bind("bind");
        static final MethodHandle CONNECT = LIBC.bind("connect");
        static final MethodHandle LISTEN = LIBC.bind("listen");
        static final MethodHandle ACCEPT4 = LIBC.bind("accept4");
        static final MethodHandle SHUTDOWN = LIBC.bind("shutdown");
        static final MethodHandle GETSOCKNAME = LIBC.bind("getsockname");
        static final MethodHandle GETPEERNAME = LIBC.bind("getpeername");
        static final MethodHandle GETSOCKOPT = LIBC.bind("getsockopt");
        static final MethodHandle SETSOCKOPT = LIBC.bind("setsockopt");
        static final MethodHandle SEND = LIBC.bind("send");
        static final MethodHandle RECV = LIBC.bind("recv");
        static final MethodHandle SENDTO = LIBC.bind("sendto");
        static final MethodHandle RECVFROM = LIBC.bind("recvfrom");
        static final MethodHandle SENDMSG = LIBC.bind("sendmsg");
        static final MethodHandle RECVMSG = LIBC.bind("recvmsg");
        static final MethodHandle SENDMMSG = LIBC.bind("sendmmsg");
        static final MethodHandle RECVMMSG = LIBC.bind("recvmmsg");
    }

    private static final class Mapping {
        static final MethodHandle MMAP = LIBC.bind("mmap");
        static final MethodHandle MUNMAP = LIBC.bind("munmap");
        static final MethodHandle MLOCK = LIBC.bind("mlock");
        static final MethodHandle MADVISE = LIBC.bind("madvise");
    }

    private static final class Processes {
        static final MethodHandle PRCTL = LIBC.bind("prctl");
        static final MethodHandle GETPID = LIBC.bind("getpid");
        static final MethodHandle GETTID = LIBC.bind("gettid");
        static final MethodHandle GETEUID = LIBC.bind("geteuid");
        static final MethodHandle SETSID = LIBC.bind("setsid");
        static final MethodHandle KILL = LIBC.bind("kill");
        static final MethodHandle SETPRIORITY = LIBC.bind("setpriority");
        static final MethodHandle UMASK = LIBC.bind("umask");
        static final MethodHandle GETRLIMIT = LIBC.bind("getrlimit");
        static final MethodHandle SETRLIMIT = LIBC.bind("setrlimit");
        static final MethodHandle SETNS = LIBC.bind("setns");
        static final MethodHandle UNSHARE = LIBC.bind("unshare");
    }

    private static final class Files {
        static final MethodHandle OPEN = LIBC.bind("open");
        static final MethodHandle INOTIFY_ADD_WATCH = LIBC.bind("inotify_add_watch");
        static final MethodHandle UNLINK = LIBC.bind("unlink");
        static final MethodHandle MKDIR = LIBC.bind("mkdir");
        static final MethodHandle RMDIR = LIBC.bind("rmdir");
        static final MethodHandle CHMOD = LIBC.bind("chmod");
        static final MethodHandle CHOWN = LIBC.bind("chown");
        static final MethodHandle RENAME = LIBC.bind("rename");
        static final MethodHandle UMOUNT2 = LIBC.bind("umount2");
        static final MethodHandle ACCESS = LIBC.bind("access");
        static final MethodHandle MOUNT = LIBC.bind("mount");
    }
}
