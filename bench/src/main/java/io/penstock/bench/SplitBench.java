package io.penstock.bench;

import io.penstock.engine.offload.Splitter;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
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

/** A superpacket of 44 segments, cut into transport messages back to back; against moving its bytes there without looking at them. */
@Question(
        value = "What does cutting a superpacket into finished packets cost over copying it?",
        baseline = "copy",
        unit = "packet")
@PacketPath
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameter and calls setUp
public class SplitBench {
    private static final int STRIDE = 1452;
    private static final int HEADER = 16;

    @Param({"tcp4", "tcp6", "udp4", "udp6"})
    public String kind;

    private final Splitter splitter = new Splitter();
    private Superpacket superpacket;
    private UnsafeBuffer messages;

    @Setup(Level.Trial)
    public void setUp() {
        superpacket = new Superpacket(kind, 1);
        messages = new UnsafeBuffer(BufferUtil.allocateDirectAligned(Superpacket.SEGMENTS * STRIDE, 64));
        if (split() != Superpacket.SEGMENTS) {
            throw new IllegalStateException("the splitter answers otherwise");
        }
    }

    @Benchmark
    @OperationsPerInvocation(Superpacket.SEGMENTS)
    public int split() {
        int segments = splitter.begin(superpacket.buffer, 0, superpacket.length);
        for (int i = 0; i < segments; i++) {
            splitter.write(i, messages, i * STRIDE + HEADER);
        }
        return segments;
    }

    @Benchmark
    @OperationsPerInvocation(Superpacket.SEGMENTS)
    public UnsafeBuffer copy() {
        int step = superpacket.segmentPayload();
        for (int i = 0; i < Superpacket.SEGMENTS; i++) {
            messages.putBytes(i * STRIDE + HEADER, superpacket.buffer, i * step, superpacket.segmentLength());
        }
        return messages;
    }
}
