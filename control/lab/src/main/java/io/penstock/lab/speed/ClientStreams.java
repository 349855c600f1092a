package io.penstock.lab.speed;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The client's side of a test's streams: sockets, one thread each, counters. Owned by the thread that runs the test. */
final class ClientStreams implements AutoCloseable {
    private static final int REGISTER_ATTEMPTS = 20;
    private static final int REGISTER_TIMEOUT_MS = 150;
    private static final int UDP_BUFFER_BYTES = 4 << 20;
    private static final int MAX_DATAGRAM_BYTES = 65_535;

    private final TestPlan plan;
    private final long token;
    private final List<ControlConnection> connections = new ArrayList<>();
    private final List<DatagramChannel> sockets = new ArrayList<>();
    private final List<StreamCounter> counters = new ArrayList<>();
    private final List<UdpReceipt> receipts = new ArrayList<>();
    private final CountDownLatch ended;
    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
    private volatile boolean closed;

    private ClientStreams(TestPlan plan, long token) {
        this.plan = plan;
        this.token = token;
        // Nothing tells the end of a datagram stream: that one ends with its time.
        ended = new CountDownLatch(plan.udp() && plan.reverse() ? 1 : plan.streams());
        for (int i = 0; i < plan.streams(); i++) {
            counters.add(new StreamCounter());
            receipts.add(new UdpReceipt());
        }
    }

    /** Connects or registers every stream. */
    static ClientStreams open(InetSocketAddress server, TestPlan plan, long token, int timeoutMs) throws IOException {
        ClientStreams streams = new ClientStreams(plan, token);
        try {
            for (int i = 0; i < plan.streams(); i++) {
                if (plan.udp()) {
                    streams.sockets.add(streams.register(server, i));
                } else {
                    ControlConnection connection = Dial.stream(server, Hello.Role.DATA, i, token, timeoutMs);
                    streams.connections.add(connection);
                    connection.timeoutMs(0);
                }
            }
            return streams;
        } catch (IOException e) {
            streams.close();
            throw e;
        }
    }

    /** The connected socket of a stream of datagrams, which stays this object's. */
    DatagramChannel socket(int stream) {
        return sockets.get(stream);
    }

    void start() {
        for (int i = 0; i < plan.streams(); i++) {
            int stream = i;
            Thread.ofPlatform().daemon().name("speed-stream-" + i).start(() -> move(stream));
        }
        if (plan.udp() && plan.reverse()) {
            Thread.ofPlatform().daemon().name("speed-clock").start(this::endOnTime);
        }
    }

    /** True when all streams have ended; throws what went wrong in one of them. */
    boolean awaitEnd(long timeoutNs) throws IOException, InterruptedException {
        boolean all = ended.await(timeoutNs, TimeUnit.NANOSECONDS);
        IOException e = failure.get();
        if (e != null) {
            throw new SpeedException("a stream broke: " + e.getMessage(), e);
        }
        return all;
    }

    long bytes() {
        return results().stream().mapToLong(StreamResult::bytes).sum();
    }

    List<StreamResult> results() {
        return plan.udp() && plan.reverse()
                ? receipts.stream().map(UdpReceipt::result).toList()
                : counters.stream().map(StreamCounter::result).toList();
    }

    @Override
    public void close() throws IOException {
        closed = true;
        for (ControlConnection connection : connections) {
            connection.close();
        }
        for (DatagramChannel socket : sockets) {
            socket.close();
        }
    }

    private DatagramChannel register(InetSocketAddress server, int stream) throws IOException {
        DatagramChannel socket = DatagramChannel.open();
        try {
            socket.setOption(StandardSocketOptions.SO_RCVBUF, UDP_BUFFER_BYTES);
            socket.connect(server);
            ByteBuffer request = ByteBuffer.allocate(DatagramHeader.LENGTH);
            DatagramHeader.put(request, DatagramHeader.REGISTER, stream, token);
            for (int i = 0; i < REGISTER_ATTEMPTS; i++) {
                socket.write(request.clear());
                if (isRegistered(socket, stream)) {
                    return socket;
                }
            }
        } catch (PortUnreachableException e) {
            socket.close();
            throw new SpeedException(
                    "UDP port " + server.getPort() + " of " + server.getHostString() + " is closed", e);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        socket.close();
        throw new SpeedException("UDP to " + Dial.name(server) + " gets no answer, TCP does: is UDP port "
                + server.getPort() + " open in the firewall?");
    }

    private boolean isRegistered(DatagramChannel socket, int stream) throws IOException {
        byte[] bytes = new byte[DatagramHeader.LENGTH];
        DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
        socket.socket().setSoTimeout(REGISTER_TIMEOUT_MS);
        try {
            socket.socket().receive(packet);
        } catch (SocketTimeoutException e) {
            return false;
        }
        ByteBuffer answer = ByteBuffer.wrap(bytes);
        return DatagramHeader.isValid(answer, packet.getLength())
                && DatagramHeader.type(answer) == DatagramHeader.REGISTERED
                && DatagramHeader.stream(answer) == stream
                && DatagramHeader.token(answer) == token;
    }

    private void move(int stream) {
        try {
            if (plan.udp()) {
                moveDatagrams(stream);
            } else if (plan.reverse()) {
                Flow.receiveTcp(connections.get(stream).channel(), counters.get(stream));
            } else {
                Flow.sendTcp(connections.get(stream).channel(), plan, counters.get(stream));
            }
        } catch (IOException e) {
            if (!closed) {
                failure.compareAndSet(null, e);
            }
        }
        if (!plan.udp() || !plan.reverse()) {
            ended.countDown();
        }
    }

    private void moveDatagrams(int stream) throws IOException {
        DatagramChannel socket = sockets.get(stream);
        if (!plan.reverse()) {
            Flow.sendUdp(socket::write, plan, stream, token, counters.get(stream));
            return;
        }
        UdpReceipt receipt = receipts.get(stream);
        ByteBuffer datagram = ByteBuffer.allocateDirect(MAX_DATAGRAM_BYTES);
        while (!closed) {
            int length = socket.read(datagram.clear());
            if (DatagramHeader.isValid(datagram, length)
                    && DatagramHeader.type(datagram) == DatagramHeader.DATA
                    && DatagramHeader.token(datagram) == token) {
                receipt.onDatagram(
                        DatagramHeader.sequence(datagram), DatagramHeader.sentNs(datagram), System.nanoTime(), length);
            }
        }
    }

    private void endOnTime() {
        try {
            TimeUnit.NANOSECONDS.sleep(plan.durationNs());
            ended.countDown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
