package io.penstock.bench;

import io.penstock.ffm.LibC;
import io.penstock.ffm.NativeLibrary;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The same function, in Java and by each kind of call that the bindings make; and one that enters the kernel. */
@Question(value = "What does a call of C cost?", baseline = "java", unit = "call")
@PacketPath
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DowncallBench {
    private static final MethodHandle CRITICAL = NativeLibrary.libc().bindCritical("labs");
    private static final MethodHandle CAPTURING = NativeLibrary.libc().bindPlain("labs");

    private final LibC libc = new LibC();
    private long number;

    @Benchmark
    public long java() {
        return Math.abs(--number);
    }

    /** The thread stays "in Java": for short functions that never block. */
    @Benchmark
    public long critical() throws Throwable {
        return (long) CRITICAL.invokeExact(--number, 0L, 0L, 0L, 0L, 0L);
    }

    /** The thread leaves Java, so that the collector need not wait for it, and errno is kept. */
    @Benchmark
    public long capturing() throws Throwable {
        return (long) CAPTURING.invokeExact(--number, 0L, 0L, 0L, 0L, 0L);
    }

    @Benchmark
    public int systemCall() {
        return libc.geteuid();
    }
}
