package io.penstock.engine;

import io.penstock.engine.wire.Wire;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;

/** A relay between two tunnels: a thread for each direction, which sleeps until a tunnel says that something waits. */
final class TestRelay implements AutoCloseable {
    private static final int LIMIT = 64;

    private final List<Semaphore> semaphores = new ArrayList<>();
    private final Thread there;
    private final Thread back;
    private volatile boolean isClosing;

    /**
     * Starts the threads.
     *
     * @param bAtA the number under which A reaches B; messages for others are a failure
     * @param aAtB likewise at B
     */
    TestRelay(Wire a, RecordingListener heardA, long bAtA, Wire b, RecordingListener heardB, long aAtB) {
        there = start(a, heardA, bAtA, b, aAtB);
        back = start(b, heardB, aAtB, a, bAtA);
    }

    private Thread start(Wire from, RecordingListener heard, long toId, Wire to, long fromId) {
        Semaphore wakeUps = new Semaphore(1); // for what came before this thread
        semaphores.add(wakeUps);
        heard.whenRelayed = wakeUps::release;
        return Thread.ofPlatform().name("relay-" + toId).start(() -> {
            byte[] copy = new byte[65_536];
            while (!isClosing) {
                int taken = from.drainRelayed(
                        (id, buffer, offset, length) -> {
                            if (id != toId) {
                                throw new AssertionError("message for relay " + id);
                            }
                            buffer.getBytes(offset, copy, 0, length);
                            boolean _ = to.receiveRelayed(fromId, copy, 0, length); // a relay loses what is too much
                        },
                        LIMIT);
                if (taken < LIMIT) {
                    wakeUps.acquireUninterruptibly();
                    wakeUps.drainPermits();
                }
            }
        });
    }

    @Override
    public void close() {
        isClosing = true;
        semaphores.forEach(Semaphore::release);
        try {
            there.join();
            back.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
