package io.penstock.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * A slot through an empty queue: by one thread, which shows what the queue's own work is, and to another thread and back, which
 * shows what it costs that two cores share memory. Both threads spin while they wait.
 */
@Question(value = "What does handing a slot over cost?", baseline = "kind=array-blocking", unit = "hand-over")
@PacketPath(except = {"kind=array-blocking", "kind=handshake-ring"})
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameter and calls setUp
public class QueueBench {
    private static final int SPINS = 2000; // then the other thread gets this core, if it has none
    private static final int MOST_PAUSES = 200_000;
    private static final long PAUSE_NS = 1000;

    @Param({
        "array-blocking",
        "agrona-one-to-one",
        "agrona-many-to-one",
        "agrona-ring",
        "jctools-one-to-one",
        "jctools-many-to-one",
        "slot-ring",
        "handshake-ring"
    })
    public String kind;

    private SlotQueue there;
    private SlotQueue back;
    private Thread echo;
    private volatile boolean isOver;
    private int slot;

    @Setup(Level.Trial)
    public void setUp(BenchmarkParams benchmark) {
        there = SlotQueue.of(kind);
        back = SlotQueue.of(kind);
        isOver = false;
        echo = new Thread(this::echo, "echo");
        echo.setDaemon(true);
        if (benchmark.getBenchmark().endsWith(".roundTrip")) {
            echo.start();
        }
    }

    @TearDown(Level.Trial)
    public void tearDown() throws InterruptedException {
        isOver = true;
        echo.join();
    }

    private void echo() {
        for (int spins = 0; !isOver; spins++) {
            int taken = there.poll();
            if (taken != SlotQueue.NONE) {
                back.offer(taken); // never full: one slot is under way
                spins = 0;
            } else {
                pause(spins);
            }
        }
    }

    private static void pause(int spins) {
        if (spins < SPINS) {
            Thread.onSpinWait();
        } else {
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    private int nextSlot() {
        slot = slot + 1 & SlotQueue.CAPACITY - 1;
        return slot;
    }

    @Benchmark
    public int oneThread() {
        there.offer(nextSlot());
        return there.poll();
    }

    @Benchmark
    @OperationsPerInvocation(2)
    public int roundTrip() {
        there.offer(nextSlot());
        for (int spins = 0; spins < MOST_PAUSES; spins++) {
            int returned = back.poll();
            if (returned != SlotQueue.NONE) {
                return returned;
            }
            pause(spins);
        }
        throw new IllegalStateException("nothing comes back");
    }
}
