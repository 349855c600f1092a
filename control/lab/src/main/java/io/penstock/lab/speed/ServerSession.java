package io.penstock.lab.speed;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * One test on the server. Its control thread drives {@link #run}; stream threads and the UDP thread call the {@code on} methods.
 * An exception ends the session, never the server.
 */
final class ServerSession implements AutoCloseable {
    private static final long DRAIN_NS = 5_000_000_000L;
    private static final long QUIET_NS = 300_000_000;

    private final TestPlan plan;
    private final long token;
    private final ControlConnection control;
    private final InetAddress client;
    private final DatagramChannel udp;
    private final ServerLimits limits;
    private final StreamCounter[] counters;
    private final UdpReceipt[] receipts;
    private final AtomicReferenceArray<SocketChannel> channels;
    private final AtomicReferenceArray<SocketAddress> udpSources;
    private final CountDownLatch attached;
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch ended;
    private volatile boolean closed;

    ServerSession(
            TestPlan plan,
            long token,
            ControlConnection control,
            InetAddress client,
            DatagramChannel udp,
            ServerLimits limits) {
        this.plan = plan;
        this.token = token;
        this.control = control;
        this.client = client;
        this.udp = udp;
        this.limits = limits;
        counters = new StreamCounter[plan.streams()];
        receipts = new UdpReceipt[plan.streams()];
        for (int i = 0; i < plan.streams(); i++) {
            counters[i] = new StreamCounter();
            receipts[i] = new UdpReceipt();
        }
        channels = new AtomicReferenceArray<>(plan.streams() + 1); // the last one is the echo's
        udpSources = new AtomicReferenceArray<>(plan.streams());
        attached = new CountDownLatch(plan.streams());
        ended = new CountDownLatch(plan.streams());
    }

    long token() {
        return token;
    }

    /** Speaks with the client from READY to RESULT. */
    void run() throws IOException, InterruptedException {
        control.send(FrameType.READY);
        control.receive(FrameType.START);
        if (attached.getCount() != 0) {
            control.sendError(attached.getCount() + " of " + plan.streams() + " streams are missing");
            throw new SpeedException("started without all streams");
        }
        control.timeoutMs(Math.toIntExact(plan.durationNs() / 1_000_000) + limits.graceMs());
        started.countDown();
        if (plan.udp() && plan.reverse()) {
            for (int i = 0; i < plan.streams(); i++) {
                int stream = i;
                Thread.ofPlatform().daemon().name("speed-udp-" + stream).start(() -> sendUdp(stream));
            }
        }
        control.send(FrameType.STARTED);
        ByteBuffer sent = untilFinish();
        if (sent.remaining() != Long.BYTES * plan.streams()) {
            throw new SpeedException("FINISH has the wrong length");
        }
        awaitStreams(sent);
        control.send(FrameType.RESULT, results());
    }

    /** Runs a TCP stream or the echo on the caller's thread; false if it does not belong here. */
    boolean onConnection(Hello hello, ControlConnection connection, InetAddress from)
            throws IOException, InterruptedException {
        boolean isEcho = hello.role() == Hello.Role.ECHO;
        int slot = isEcho ? plan.streams() : hello.stream();
        if (!from.equals(client) || slot < 0 || slot > plan.streams() || (!isEcho && !isTcpStream(slot))) {
            return false;
        }
        if (!channels.compareAndSet(slot, null, connection.channel()) || closed) {
            return false;
        }
        connection.timeoutMs(0);
        if (isEcho) {
            connection.send(FrameType.ATTACHED);
            Echo.answer(connection.channel());
        } else {
            attached.countDown();
            connection.send(FrameType.ATTACHED);
            moveTcp(slot, connection.channel());
        }
        return true;
    }

    /** True if this stream may send and receive datagrams from there on: an address of the client's, so nobody else is flooded. */
    boolean onRegister(int stream, InetAddress from, SocketAddress source) {
        if (!plan.udp() || stream >= plan.streams() || !from.equals(client)) {
            return false;
        }
        if (udpSources.compareAndSet(stream, null, source)) {
            attached.countDown();
            return true;
        }
        return source.equals(udpSources.get(stream)); // the answer was lost
    }

    /** Whether a stream is registered from there. */
    boolean isStream(int stream, SocketAddress source) {
        return plan.udp() && stream < plan.streams() && source.equals(udpSources.get(stream));
    }

    void onData(ByteBuffer datagram, int lengthBytes, long nowNs) {
        int stream = DatagramHeader.stream(datagram);
        if (plan.udp() && !plan.reverse() && stream < plan.streams() && started.getCount() == 0) {
            receipts[stream].onDatagram(
                    DatagramHeader.sequence(datagram), DatagramHeader.sentNs(datagram), nowNs, lengthBytes);
        }
    }

    /** Ends every thread of the session by closing what it blocks on. */
    @Override
    public void close() {
        closed = true;
        closeQuietly(control.channel());
        for (int i = 0; i < channels.length(); i++) {
            SocketChannel channel = channels.get(i);
            if (channel != null) {
                closeQuietly(channel);
            }
        }
        started.countDown();
    }

    private boolean isTcpStream(int slot) {
        return !plan.udp() && slot < plan.streams();
    }

    private void moveTcp(int stream, SocketChannel channel) throws IOException, InterruptedException {
        try {
            if (!plan.reverse()) {
                Flow.receiveTcp(channel, counters[stream]);
                return;
            }
            started.await();
            if (!closed) {
                Flow.sendTcp(channel, plan, counters[stream]);
            }
        } finally {
            ended.countDown();
        }
    }

    private void sendUdp(int stream) {
        try {
            SocketAddress target = udpSources.get(stream);
            Flow.sendUdp(
                    datagram -> {
                        if (closed) {
                            throw new AsynchronousCloseException();
                        }
                        udp.send(datagram, target);
                    },
                    plan,
                    stream,
                    token,
                    counters[stream]);
        } catch (IOException e) {
            close(); // the client sees its control connection end
        } finally {
            ended.countDown();
        }
    }

    private ByteBuffer untilFinish() throws IOException {
        while (true) {
            ControlConnection.Frame frame = control.receive();
            switch (frame.type()) {
                case FINISH -> {
                    return frame.body();
                }
                case STATS_REQUEST -> control.send(FrameType.STATS, stats());
                default -> throw new SpeedException("unexpected " + frame.type());
            }
        }
    }

    private void awaitStreams(ByteBuffer sent) throws InterruptedException {
        if (!plan.udp() || plan.reverse()) {
            ended.await(DRAIN_NS, TimeUnit.NANOSECONDS);
            return;
        }
        long expected = 0;
        while (sent.hasRemaining()) {
            expected += Math.max(0, sent.getLong());
        }
        Stragglers.await(expected, () -> stats().getLong(8), QUIET_NS);
    }

    private ByteBuffer stats() {
        long bytes = 0;
        long datagrams = 0;
        for (int i = 0; i < plan.streams(); i++) {
            bytes += counters[i].bytes() + receipts[i].bytes();
            datagrams += counters[i].datagrams() + receipts[i].unique();
        }
        return ByteBuffer.allocate(16).putLong(bytes).putLong(datagrams).flip();
    }

    private ByteBuffer results() {
        ByteBuffer body = ByteBuffer.allocate(StreamResult.LENGTH * plan.streams());
        boolean receipt = plan.udp() && !plan.reverse();
        for (int i = 0; i < plan.streams(); i++) {
            (receipt ? receipts[i].result() : counters[i].result()).encode(body);
        }
        return body.flip();
    }

    static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // nothing is left to lose on a channel that is thrown away
        }
    }
}
