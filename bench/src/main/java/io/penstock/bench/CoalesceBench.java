package io.penstock.bench;

import io.penstock.engine.offload.Coalescer;
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

/** What one receive brings: 44 packets, of one flow or of several that alternate. The baseline writes them one by one. */
@Question(
        value = "What does joining packets into superpackets cost over preparing each for a write of its own?",
        baseline = "single",
        unit = "packet")
@PacketPath
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls setUp
public class CoalesceBench {
    private static final int STRIDE = 1452;
    private static final int HEADER = 16;
    private static final int LONGEST_HEADER = 72;

    @Param({"tcp4", "tcp6", "udp4"})
    public String kind;

    @Param({"1", "4", "44"})
    public int flows;

    private final Coalescer merging = new Coalescer(Superpacket.SEGMENTS);
    private final Coalescer writing = new Coalescer(Superpacket.SEGMENTS);
    private UnsafeBuffer packets;
    private UnsafeBuffer headers;
    private int packetLength;

    @Setup(Level.Trial)
    public void setUp() {
        packets = new UnsafeBuffer(BufferUtil.allocateDirectAligned(Superpacket.SEGMENTS * STRIDE, 64));
        headers = new UnsafeBuffer(BufferUtil.allocateDirectAligned(flows * LONGEST_HEADER, 64));
        UnsafeBuffer ofFlow = new UnsafeBuffer(BufferUtil.allocateDirectAligned(Superpacket.SEGMENTS * STRIDE, 64));
        for (int flow = 0; flow < flows; flow++) {
            Superpacket superpacket = new Superpacket(kind, flow);
            packetLength = superpacket.segmentLength();
            superpacket.splitInto(ofFlow, HEADER, STRIDE);
            int segment = 0;
            for (int i = flow; i < Superpacket.SEGMENTS; i += flows) {
                packets.putBytes(offset(i), ofFlow, offset(segment++), packetLength);
            }
        }
        for (int i = 0; i < flows; i++) {
            headers.putBytes(i * LONGEST_HEADER, packets, offset(i), LONGEST_HEADER);
        }
        writing.tcpEnabled(false);
        writing.udpEnabled(false);
        if (merge() != flows || single() != Superpacket.SEGMENTS) {
            throw new IllegalStateException("merged otherwise");
        }
    }

    private static int offset(int i) {
        return i * STRIDE + HEADER;
    }

    /** Merging overwrites the header of each flow's first packet, so that is put back, within the time. */
    @Benchmark
    @OperationsPerInvocation(Superpacket.SEGMENTS)
    public int merge() {
        for (int i = 0; i < flows; i++) {
            packets.putBytes(offset(i), headers, i * LONGEST_HEADER, LONGEST_HEADER);
        }
        return run(merging);
    }

    @Benchmark
    @OperationsPerInvocation(Superpacket.SEGMENTS)
    public int single() {
        return run(writing);
    }

    private int run(Coalescer coalescer) {
        coalescer.begin(packets);
        for (int i = 0; i < Superpacket.SEGMENTS; i++) {
            coalescer.add(offset(i), packetLength);
        }
        return coalescer.finish();
    }
}
