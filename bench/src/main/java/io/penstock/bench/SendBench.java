package io.penstock.bench;

import io.penstock.engine.io.LinuxUdpPort;
import io.penstock.engine.io.SendBatch;
import io.penstock.engine.io.UdpSockets;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.udp.SockAddr;
import io.penstock.wireguard.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A superpacket's worth of datagrams over the loopback device to a socket that is being read. Sending there includes the kernel's
 * way up to that socket.
 */
@Question(value = "What does sending a datagram cost?", baseline = "single", unit = "datagram")
@PacketPath(except = "jdk")
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH calls setUp
public class SendBench {
    private static final int DATAGRAMS = 44;
    private static final int LENGTH = 1452;
    private static final int APART = 1536; // further than they are long: nothing to be joined
    private static final int SOCKADDR_OFFSET = DATAGRAMS * APART;

    private final LibC libc = new LibC();
    private Sink sink;
    private UdpSockets sockets;
    private LinuxUdpPort port;
    private UnsafeBuffer slab;
    private SendBatch batch;
    private Endpoint to;
    private DatagramChannel channel;
    private ByteBuffer[] datagrams;
    private InetSocketAddress address;

    @Setup(Level.Trial)
    public void setUp() throws ErrnoException, IOException {
        sink = new Sink();
        sockets = UdpSockets.open(libc, 0, 0);
        port = new LinuxUdpPort(libc, sockets, 0, errno -> {
            throw new IllegalStateException("the kernel refuses segments, errno " + errno);
        });
        slab = new UnsafeBuffer(BufferUtil.allocateDirectAligned(SOCKADDR_OFFSET + SockAddr.SIZE4, 64));
        batch = new SendBatch(slab);
        to = Endpoint.v4(Sink.ADDRESS, sink.port());
        SockAddr.set4(slab.addressOffset() + SOCKADDR_OFFSET, Sink.ADDRESS, sink.port());
        channel = DatagramChannel.open();
        address = new InetSocketAddress(InetAddress.getLoopbackAddress(), sink.port());
        datagrams = new ByteBuffer[DATAGRAMS];
        for (int i = 0; i < DATAGRAMS; i++) {
            datagrams[i] = ByteBuffer.allocateDirect(LENGTH);
        }
    }

    @TearDown(Level.Trial)
    public void tearDown() throws InterruptedException, IOException {
        channel.close();
        port.close();
        sockets.close(libc);
        sink.close();
    }

    private int send(int stride) {
        batch.clear();
        for (int i = 0; i < DATAGRAMS; i++) {
            batch.add(to, 0, i * stride, LENGTH);
        }
        return require(batch.count(), port.send(batch));
    }

    private static int require(int result, int failed) {
        if (failed != 0) {
            throw new IllegalStateException(failed + " datagrams could not be sent");
        }
        return result;
    }

    /** One message for all of them, which the kernel cuts. */
    @Benchmark
    @OperationsPerInvocation(DATAGRAMS)
    public int segments() {
        return send(LENGTH);
    }

    /** A message for each, all in one call. */
    @Benchmark
    @OperationsPerInvocation(DATAGRAMS)
    public int oneCall() {
        return send(APART);
    }

    @Benchmark
    @OperationsPerInvocation(DATAGRAMS)
    public int single() {
        int failed = 0;
        long memory = slab.addressOffset();
        for (int i = 0; i < DATAGRAMS; i++) {
            int sent = libc.sendto(
                    sockets.fd4(), memory + (long) i * APART, LENGTH, 0, memory + SOCKADDR_OFFSET, SockAddr.SIZE4);
            failed += sent == LENGTH ? 0 : 1;
        }
        return require(DATAGRAMS, failed);
    }

    /** What a Java program without native calls can do. */
    @Benchmark
    @OperationsPerInvocation(DATAGRAMS)
    public int jdk() throws IOException {
        int failed = 0;
        for (ByteBuffer datagram : datagrams) {
            datagram.clear();
            failed += channel.send(datagram, address) == LENGTH ? 0 : 1;
        }
        return require(DATAGRAMS, failed);
    }
}
