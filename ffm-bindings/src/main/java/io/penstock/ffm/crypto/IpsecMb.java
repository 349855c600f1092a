package io.penstock.ffm.crypto;

import io.penstock.ffm.Memory;
import io.penstock.ffm.NativeLibrary;
import java.lang.invoke.MethodHandle;

/**
 * libipsec-mb, Intel's multi-buffer crypto: the job calls, raw. Stateless; any thread, but each manager belongs to one.
 *
 * <p>Most functions are pointers inside the manager, whose layout depends on the version: 1.3 is known, others count as absent.
 */
public final class IpsecMb {
    public static final int MGR_USED_ARCH_OFFSET = 56;
    public static final int MGR_ERRNO_OFFSET = 60;
    public static final int MGR_GET_NEXT_JOB_OFFSET = 64;
    public static final int MGR_SUBMIT_JOB_OFFSET = 72;
    public static final int MGR_SUBMIT_JOB_NOCHECK_OFFSET = 80;
    public static final int MGR_FLUSH_JOB_OFFSET = 96;

    private static final String FILE = "libIPSec_MB.so.1";
    private static final int KNOWN_VERSION = 0x0103; // major and minor

    private final long getNextJob;
    private final long submitJob;

    private IpsecMb(long manager) {
        getNextJob = Memory.getLong(manager + MGR_GET_NEXT_JOB_OFFSET);
        submitJob = Memory.getLong(manager + MGR_SUBMIT_JOB_OFFSET);
    }

    /** Loads the library at the first call. */
    public static Library<IpsecMb> find() {
        return Holder.FOUND;
    }

    /** {@code imb_get_version}: major, minor and patch in a byte each. */
    public int version() {
        return (int) call(Symbols.VERSION, 0, 0);
    }

    /**
     * {@code alloc_mb_mgr} and {@code init_mb_mgr_auto}: a manager for the best instructions of this CPU, 52 KB.
     *
     * @return its address, or 0 if there is no memory or the CPU is too old
     */
    public long allocMbMgr() {
        long manager = newManager();
        if (manager != 0
                && (Memory.getLong(manager + MGR_GET_NEXT_JOB_OFFSET) != getNextJob
                        || Memory.getLong(manager + MGR_SUBMIT_JOB_OFFSET) != submitJob)) {
            throw new IllegalStateException("two managers of one CPU differ");
        }
        return manager;
    }

    public void freeMbMgr(long manager) {
        call(Symbols.FREE, manager, 0);
    }

    /** Which instructions the manager uses: {@code IMB_ARCH}, 2 SSE, 3 AVX, 4 AVX2, 5 AVX-512. */
    public int usedArch(long manager) {
        return Memory.getInt(manager + MGR_USED_ARCH_OFFSET);
    }

    /** The last error of the manager, 0 if none. */
    public int imbErrno(long manager) {
        return Memory.getInt(manager + MGR_ERRNO_OFFSET);
    }

    /** Address of the next free {@link ImbJob}. */
    public long getNextJob(long manager) {
        return call(Pointers.GET_NEXT_JOB, manager, 0);
    }

    /** Runs the job handed out last, its fields checked; returns a finished job, or 0 if none is. */
    public long submitJob(long manager) {
        return call(Pointers.SUBMIT_JOB, manager, 0);
    }

    /** As {@link #submitJob} without the checks of the library. */
    public long submitJobNocheck(long manager) {
        return call(Pointers.SUBMIT_JOB_NOCHECK, manager, 0);
    }

    /** Finishes a job that waits for company; returns it, or 0 if none waits. ChaCha20-Poly1305 never waits. */
    public long flushJob(long manager) {
        return call(Pointers.FLUSH_JOB, manager, 0);
    }

    private static long newManager() {
        long manager = call(Symbols.ALLOC, 0, 0);
        if (manager == 0) {
            return 0;
        }
        call(Symbols.INIT, manager, 0);
        if (Memory.getInt(manager + MGR_ERRNO_OFFSET) != 0 || Memory.getLong(manager + MGR_SUBMIT_JOB_OFFSET) == 0) {
            call(Symbols.FREE, manager, 0);
            return 0;
        }
        return manager;
    }

    private static long call(MethodHandle symbol, long a, long b) {
        try {
            return (long) symbol.invokeExact(a, b, 0L, 0L, 0L, 0L);
        } catch (Throwable t) {
            throw new AssertionError(t); // a downcall throws only if its binding is wrong
        }
    }

    private static Library<IpsecMb> load() {
        NativeLibrary library = NativeLibrary.find(FILE);
        if (library == null) {
            return new Library.Absent<>(FILE + " not found (package libipsec-mb1)");
        }
        for (String symbol : new String[] {"imb_get_version", "alloc_mb_mgr", "init_mb_mgr_auto", "free_mb_mgr"}) {
            if (!library.has(symbol)) {
                return new Library.Absent<>(FILE + " has no " + symbol);
            }
        }
        int version = (int) call(Symbols.VERSION, 0, 0);
        if (version >> 8 != KNOWN_VERSION) {
            return new Library.Absent<>(
                    "%s has version %d.%d, known is 1.3".formatted(FILE, version >> 16, version >> 8 & 0xff));
        }
        long manager = newManager();
        if (manager == 0) {
            return new Library.Absent<>(FILE + " does not support this CPU");
        }
        IpsecMb ipsecMb = new IpsecMb(manager);
        call(Symbols.FREE, manager, 0);
        return new Library.Present<>(ipsecMb);
    }

    private static final class Holder {
        static final Library<IpsecMb> FOUND = load();
    }

    /** Bound only after the library was found. Plain calls: the first manager runs self-tests. */
    private static final class Symbols {
        private static final NativeLibrary LIBRARY = NativeLibrary.get(FILE);
        static final MethodHandle VERSION = LIBRARY.bindPlain("imb_get_version");
        static final MethodHandle ALLOC = LIBRARY.bindPlain("alloc_mb_mgr");
        static final MethodHandle INIT = LIBRARY.bindPlain("init_mb_mgr_auto");
        static final MethodHandle FREE = LIBRARY.bindPlain("free_mb_mgr");
    }

    /** Function pointers out of a manager; the same in every manager of one CPU. */
    private static final class Pointers {
        static final MethodHandle GET_NEXT_JOB;
        static final MethodHandle SUBMIT_JOB;
        static final MethodHandle SUBMIT_JOB_NOCHECK;
        static final MethodHandle FLUSH_JOB;

        static {
            long manager = newManager();
            if (manager == 0) {
                throw new OutOfMemoryError("alloc_mb_mgr");
            }
            GET_NEXT_JOB = bind(manager + MGR_GET_NEXT_JOB_OFFSET);
            SUBMIT_JOB = bind(manager + MGR_SUBMIT_JOB_OFFSET);
            SUBMIT_JOB_NOCHECK = bind(manager + MGR_SUBMIT_JOB_NOCHECK_OFFSET);
            FLUSH_JOB = bind(manager + MGR_FLUSH_JOB_OFFSET);
            call(Symbols.FREE, manager, 0);
        }

        private static MethodHandle bind(long pointerAddress) {
            return NativeLibrary.bindCriticalPointer(Memory.getLong(pointerAddress));
        }
    }
}
