package io.penstock.engine.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.poll.PollFd;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class WakeupTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int CALLS_TOO_FEW_FOR_THE_JIT = 50;

    private final LibC libc = new LibC();

    private int readable(Wakeup wakeup) {
        long pollFd = Memory.slab(PollFd.SIZE);
        PollFd.set(pollFd, wakeup.fd(), PollFd.POLLIN);
        int ready = libc.poll(pollFd, 1, 0);
        libc.munmap(pollFd, PollFd.SIZE);
        return ready;
    }

    @Test
    void isReadableUntilCleared() throws Exception {
        try (Wakeup wakeup = new Wakeup(libc)) {
            assertEquals(0, readable(wakeup));
            wakeup.clear(); // nothing to forget, and it does not block
            wakeup.wake(new LibC());
            wakeup.wake(new LibC());
            assertEquals(1, readable(wakeup));
            wakeup.clear();
            assertEquals(0, readable(wakeup));
        }
    }

    @Test
    void allocatesNothingBeforeTheJitHasCompiledIt() throws Exception {
        try (Wakeup wakeup = new Wakeup(libc)) {
            wakeup.wake(libc); // links
            wakeup.clear();
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS_TOO_FEW_FOR_THE_JIT; i++) {
                wakeup.wake(libc);
                wakeup.clear();
            }
            assertEquals(0, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
    }
}
