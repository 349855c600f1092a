package io.penstock.bench;

import com.sun.management.ThreadMXBean;
import io.penstock.engine.aead.AeadBatch;
import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.aead.AeadEngines;
import io.penstock.engine.aead.EngineUnavailableException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Seals in place, as a lane does, each packet under a counter of its own. Opens from a ring of sealed packets into one area: opened
 * in place, a packet could not be opened again.
 */
@Question(
        value = "How long does a cipher engine take for a packet?",
        baseline = "engine=libcrypto",
        unit = "packet",
        countedBy = "shape")
@PacketPath(except = {"engine=jce", "engine=bouncycastle"})
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls setUp
public class AeadBench {
    private static final int ROUND = 100;

    private static long warmUpLeftNs = TimeUnit.SECONDS.toNanos(10);

    private static final long FRESH_COUNTERS = 1L << 40; // none of those that the ring was sealed with

    @Param({"ipsec-mb", "boringssl", "libcrypto", "jce", "bouncycastle", "vector"})
    public String engine;

    @Param({"1x64", "8x64", "44x64", "1x512", "8x512", "44x512", "1x1420", "8x1420", "44x1420", "44-superpacket"})
    public String shape;

    @Param({"hot", "ring"})
    public String memory;

    private final AeadBatch batch = new AeadBatch();
    private Arena arena;
    private AeadEngine cipher;
    private MessageRing ring;
    private long spare;
    private long counter = FRESH_COUNTERS;

    @Setup(Level.Trial)
    public void setUp(BenchmarkParams benchmark) throws EngineUnavailableException {
        arena = Arena.ofShared();
        ring = new MessageRing(shape, memory.equals("ring"), arena);
        spare = MessageRing.spare(arena);
        cipher = AeadEngines.open(engine);
        boolean isOpening = benchmark.getBenchmark().endsWith(".open");
        if (isOpening) {
            try (AeadEngine quickest = AeadEngines.choose(null, refusal -> {})) {
                ring.sealAll(quickest, batch);
            }
        }
        if (engine.equals("vector")) {
            warmUp(isOpening);
        }
    }

    /**
     * Until a round allocates nothing, or this JVM has spent its time on that. An engine on the Vector API takes some seconds until
     * C2 has compiled it, more than a benchmark's own warm-up; without vectors of 256 bits it never gets there.
     */
    private void warmUp(boolean isOpening) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long startNs = System.nanoTime();
        boolean isWarm = false;
        while (!isWarm && System.nanoTime() - startNs < warmUpLeftNs) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUND; i++) {
                if (isOpening) {
                    open();
                } else {
                    seal();
                }
            }
            isWarm = threads.getCurrentThreadAllocatedBytes() == before;
        }
        warmUpLeftNs -= System.nanoTime() - startNs;
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        cipher.close();
        arena.close();
    }

    @Benchmark
    public long seal() {
        ring.nextInPlace(batch, counter);
        counter += batch.count;
        cipher.seal(batch);
        return counter;
    }

    @Benchmark
    public long open() {
        ring.nextApart(batch, spare);
        long authentic = cipher.open(batch);
        if (authentic != ring.allAuthentic()) {
            throw new IllegalStateException(engine + " refuses what was sealed");
        }
        return authentic;
    }
}
