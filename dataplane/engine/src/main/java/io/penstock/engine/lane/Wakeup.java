package io.penstock.engine.lane;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.FileFlags;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;

/**
 * Wakes a thread that sleeps in {@code poll}: an eventfd. {@link #wake} may be called from any thread; {@link #clear}
 * only by the one that polls.
 */
public final class Wakeup implements AutoCloseable {
    private static final int COUNT_LENGTH = 8;

    private final LibC owner;
    private final int fd;
    private final long countAddress = Memory.slab(COUNT_LENGTH);

    public Wakeup(LibC owner) throws ErrnoException {
        this.owner = owner;
        fd = ErrnoException.check(owner.eventfd(0, FileFlags.EFD_NONBLOCK | FileFlags.EFD_CLOEXEC), "eventfd");
    }

    public int fd() {
        return fd;
    }

    /**
     * Wakes the thread that polls. Allocates nothing, compiled or not: a lane does it too rarely for the JIT.
     *
     * @param caller the calling thread's own; a full counter means that a wake-up waits already
     */
    public void wake(LibC caller) {
        int _ = caller.eventfdWrite(fd, 1);
    }

    /** Forgets the wake-ups so far. */
    public void clear() {
        int _ = owner.eventfdRead(fd, countAddress);
    }

    @Override
    public void close() {
        int _ = owner.close(fd);
        owner.munmap(countAddress, COUNT_LENGTH);
    }
}
