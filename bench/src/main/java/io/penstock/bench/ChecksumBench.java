package io.penstock.bench;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.penstock.engine.offload.Checksum;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** An IPv4 header, a small packet, the payload of a full one, and a superpacket. */
@Question(value = "How long does the Internet checksum of a range take?", baseline = "words", unit = "range")
@PacketPath(except = "words")
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH calls setUp
public class ChecksumBench {
    private static final int OFFSET = 26; // after a virtio header and what lies before it: not aligned

    @Param({"20", "64", "1384", "61000"})
    public int length;

    private UnsafeBuffer buffer;

    @Setup(Level.Trial)
    public void setUp() {
        buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(OFFSET + length, 64));
        byte[] noise = new byte[OFFSET + length];
        new Random(1).nextBytes(noise);
        buffer.putBytes(0, noise);
        if (checksum() != words() || checksum() != carries()) {
            throw new IllegalStateException("the sums differ");
        }
    }

    @Benchmark
    public int checksum() {
        return Checksum.sum(buffer, OFFSET, length);
    }

    /** As RFC 1071 writes it in C. */
    @Benchmark
    public int words() {
        long sum = 0;
        int end = OFFSET + length;
        for (int at = OFFSET; at + 1 < end; at += 2) {
            sum += buffer.getShort(at, BIG_ENDIAN) & 0xffff;
        }
        if ((length & 1) != 0) {
            sum += (buffer.getByte(end - 1) & 0xff) << 8;
        }
        return Checksum.fold(sum);
    }

    /** Eight bytes at a time with the carry brought back in at once, as is usual where nothing vectorises. */
    @Benchmark
    public int carries() {
        long sum = 0;
        int at = OFFSET;
        int end = OFFSET + length;
        for (; at + 8 <= end; at += 8) {
            long word = buffer.getLong(at, BIG_ENDIAN);
            sum += word;
            if (Long.compareUnsigned(sum, word) < 0) {
                sum++;
            }
        }
        long rest = (sum >>> 32) + (sum & 0xffff_ffffL);
        for (; at + 1 < end; at += 2) {
            rest += buffer.getShort(at, BIG_ENDIAN) & 0xffff;
        }
        if (at < end) {
            rest += (buffer.getByte(at) & 0xff) << 8;
        }
        return Checksum.fold(rest);
    }
}
