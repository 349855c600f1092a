package io.penstock.ffm;

import static io.penstock.ffm.MapFlags.MADV_DONTDUMP;
import static io.penstock.ffm.MapFlags.MADV_WIPEONFORK;
import static io.penstock.ffm.MapFlags.MAP_ANONYMOUS;
import static io.penstock.ffm.MapFlags.MAP_PRIVATE;
import static io.penstock.ffm.MapFlags.PROT_READ;
import static io.penstock.ffm.MapFlags.PROT_WRITE;
import static io.penstock.ffm.ProcessFlags.RLIMIT_MEMLOCK;

import java.lang.foreign.Arena;

/**
 * Memory for secrets: never swapped, not in core dumps, zero in a forked child, wiped at {@link #close}. Not thread-safe.
 */
public final class LockedMemory implements AutoCloseable {
    private static final long RLIM_INFINITY = -1;
    private static final int RLIMIT_SIZE = 16; // struct rlimit
    private static final int SOFT_OFFSET = 0;
    private static final int HARD_OFFSET = 8;

    private final LibC libc = new LibC();
    private final long address;
    private final long lengthBytes;
    private boolean isClosed;

    private LockedMemory(long address, long lengthBytes) {
        this.address = address;
        this.lengthBytes = lengthBytes;
    }

    /**
     * Maps zeroed, locked memory.
     *
     * @param lengthBytes rounded up to whole pages
     * @throws ErrnoException if it cannot be mapped or locked; the text names the cure
     */
    public static LockedMemory allocate(long lengthBytes) throws ErrnoException {
        if (lengthBytes <= 0) {
            throw new IllegalArgumentException("lengthBytes " + lengthBytes);
        }
        LibC libc = new LibC();
        long length = (lengthBytes + Memory.PAGE_LENGTH - 1) / Memory.PAGE_LENGTH * Memory.PAGE_LENGTH;
        long address = ErrnoException.check(
                libc.mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                "mmap of " + length + " bytes");
        int locked = libc.mlock(address, length);
        if (locked < 0 && raiseLimit(libc)) {
            locked = libc.mlock(address, length);
        }
        int dumped = locked < 0 ? locked : libc.madvise(address, length, MADV_DONTDUMP);
        if (dumped < 0) {
            libc.munmap(address, length);
            throw locked < 0
                    ? new ErrnoException(
                            "mlock of " + length + " bytes",
                            -locked,
                            "keys must not reach the swap; raise the limit (ulimit -l, LimitMEMLOCK=) or grant CAP_IPC_LOCK")
                    : new ErrnoException("madvise MADV_DONTDUMP", -dumped);
        }
        libc.madvise(address, length, MADV_WIPEONFORK); // a second net: kernels before 4.14 refuse it
        return new LockedMemory(address, length);
    }

    /** First byte, aligned to a page. */
    public long address() {
        return address;
    }

    public long lengthBytes() {
        return lengthBytes;
    }

    /** Wipes and unmaps; a second call does nothing. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            Memory.fill(address, lengthBytes, (byte) 0);
            libc.munmap(address, lengthBytes);
        }
    }

    /** To no limit at all, which needs CAP_SYS_RESOURCE, or to what this process may give itself. */
    private static boolean raiseLimit(LibC libc) {
        try (Arena arena = Arena.ofConfined()) {
            long limit = arena.allocate(RLIMIT_SIZE, 8).address();
            Memory.putLong(limit + SOFT_OFFSET, RLIM_INFINITY);
            Memory.putLong(limit + HARD_OFFSET, RLIM_INFINITY);
            if (libc.setrlimit(RLIMIT_MEMLOCK, limit) >= 0) {
                return true;
            }
            libc.getrlimit(RLIMIT_MEMLOCK, limit);
            Memory.putLong(limit + SOFT_OFFSET, Memory.getLong(limit + HARD_OFFSET));
            return libc.setrlimit(RLIMIT_MEMLOCK, limit) >= 0;
        }
    }
}
