package io.penstock.bench;

import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.peer.ReplayWindow;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Counters as they arrive: in order, each run of 64 shuffled, or each twice. The baseline's window is 128 times narrower. */
@Question(value = "How long does it take to decide whether a counter is new?", baseline = "word", unit = "packet")
@PacketPath
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameter
public class ReplayBench {
    private static final int PATTERN = 4096;
    private static final int RUN = 64;

    @Param({"in-order", "shuffled", "twice"})
    public String arrival;

    private final ReplayWindow window = new ReplayWindow();
    private final int[] steps = new int[PATTERN]; // counters of one turn, from its base on
    private long base;
    private int next;
    private int advance = PATTERN;

    private long highest;
    private long seen;

    @Setup(Level.Trial)
    public void setUp() {
        for (int i = 0; i < PATTERN; i++) {
            steps[i] = arrival.equals("twice") ? i / 2 : i;
        }
        if (arrival.equals("shuffled")) {
            Random random = new Random(1);
            for (int i = 0; i < PATTERN; i++) {
                int other = i / RUN * RUN + random.nextInt(i % RUN + 1);
                int step = steps[i];
                steps[i] = steps[other];
                steps[other] = step;
            }
        }
        advance = arrival.equals("twice") ? PATTERN / 2 : PATTERN;
        if (RUN * 2 > Protocol.REPLAY_WINDOW) {
            throw new IllegalStateException("shuffled beyond the window");
        }
    }

    private long counter() {
        if (next == PATTERN) {
            next = 0;
            base += advance;
        }
        return base + steps[next++];
    }

    @Benchmark
    public boolean window() {
        return window.accept(counter());
    }

    /** One word of bits behind the highest counter, shifted as that grows: appendix A2 of RFC 4302. */
    @Benchmark
    public boolean word() {
        long counter = counter();
        long ahead = counter - highest;
        if (ahead > 0) {
            seen = ahead < Long.SIZE ? seen << ahead | 1 : 1;
            highest = counter;
            return true;
        }
        if (ahead <= -Long.SIZE) {
            return false;
        }
        long bit = 1L << -ahead;
        boolean isFresh = (seen & bit) == 0;
        seen |= bit;
        return isFresh;
    }
}
