package io.penstock.engine.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.poll.PollFd;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SleepStateTest {
    private static final int HANDOVERS = 20_000;

    private final LibC libc = new LibC();
    private final long pollFd = Memory.slab(PollFd.SIZE);
    private Wakeup wakeup;
    private SleepState sleep;

    @BeforeEach
    void open() throws ErrnoException {
        wakeup = new Wakeup(libc);
        sleep = new SleepState(wakeup);
        sleep.awake();
    }

    @AfterEach
    void close() {
        wakeup.close();
        libc.munmap(pollFd, PollFd.SIZE);
    }

    private boolean isWoken(int timeoutMs) {
        PollFd.set(pollFd, wakeup.fd(), PollFd.POLLIN);
        return libc.poll(pollFd, 1, timeoutMs) == 1;
    }

    @Test
    void wakesASleeperOnce() {
        assertTrue(sleep.fallAsleep());
        assertFalse(isWoken(0));
        sleep.wake(libc);
        assertTrue(isWoken(0));
        wakeup.clear();
        sleep.wake(libc); // it has been woken already
        assertFalse(isWoken(0));
    }

    @Test
    void spendsNoCallOnOneWhoIsAwakeButKeepsItFromSleeping() {
        sleep.wake(libc);
        assertFalse(isWoken(0));
        assertFalse(sleep.fallAsleep());
        sleep.awake();
        assertTrue(sleep.fallAsleep());
    }

    /** Work is published at any moment of the agent's round; none may be left lying while the agent sleeps. */
    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void losesNoWakeUp() throws InterruptedException {
        AtomicInteger published = new AtomicInteger();
        AtomicInteger taken = new AtomicInteger();
        Thread worker = Thread.ofPlatform().start(() -> {
            LibC own = new LibC();
            for (int i = 1; i <= HANDOVERS; i++) {
                published.set(i);
                sleep.wake(own);
                while (taken.get() < i) { // the next only when this one was seen: a lost wake-up stops both
                    Thread.onSpinWait();
                }
            }
        });
        while (taken.get() < HANDOVERS) {
            if (sleep.fallAsleep()) {
                assertTrue(isWoken(10_000) || published.get() == HANDOVERS, "slept though there was work");
            }
            sleep.awake();
            wakeup.clear();
            taken.set(published.get());
        }
        worker.join();
        assertEquals(HANDOVERS, published.get());
    }
}
