package io.penstock.engine;

import io.penstock.engine.io.LinuxUdpPort;
import io.penstock.engine.io.ReceiveBatch;
import io.penstock.engine.io.SendBatch;
import io.penstock.engine.io.UdpSockets;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.ffm.poll.PollFd;
import io.penstock.wireguard.Endpoint;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Several flows of numbered UDP datagrams from one namespace to another, in runs that make superpackets, as fast as they are
 * received. The receiver checks the numbers: of each flow they may only grow. Two threads until {@link #close}.
 *
 * <p>Datagrams may be lost where a socket overflows; {@link #received} and {@link #sent} tell.
 */
final class NumberedStreams implements AutoCloseable {
    /** Bytes of a datagram: flow, number, and a check over both. */
    static final int LENGTH = 64;

    private static final int RUN = 60; // datagrams of one send
    private static final int WINDOW = 128 * RUN; // sent and not yet received
    private static final long LOST_AFTER_NS = 100_000_000;

    private final int flows;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final AtomicReference<@Nullable String> fault = new AtomicReference<>();
    private final Thread sender;
    private final Thread receiver;
    private volatile boolean isClosing;

    /** Starts both threads: from {@code source}'s namespace to {@code destination} on {@code port} in the other. */
    NumberedStreams(NetworkNamespace source, NetworkNamespace sink, int destination, int port, int flows) {
        this.flows = flows;
        receiver = Thread.ofPlatform().name("sink-" + port).start(() -> inside(sink, libc -> receive(libc, port)));
        sender = Thread.ofPlatform()
                .name("source-" + port)
                .start(() -> inside(source, libc -> send(libc, destination, port)));
    }

    private interface Body {
        void run(LibC libc) throws ErrnoException;
    }

    private static void inside(NetworkNamespace namespace, Body body) {
        try {
            namespace.enter();
            body.run(new LibC());
        } catch (ErrnoException e) {
            throw new IllegalStateException(e);
        }
    }

    long sent() {
        return sent.get();
    }

    long received() {
        return received.get();
    }

    /** The first thing that must not be, or null. */
    @Nullable String fault() {
        return fault.get();
    }

    private void send(LibC libc, int destination, int port) throws ErrnoException {
        UdpSockets[] sockets = new UdpSockets[flows];
        LinuxUdpPort[] ports = new LinuxUdpPort[flows];
        long[] next = new long[flows];
        for (int flow = 0; flow < flows; flow++) {
            sockets[flow] = UdpSockets.open(libc, 0, 0); // a port of its own makes it a flow
            ports[flow] = new LinuxUdpPort(libc, sockets[flow], 0, errno -> {});
        }
        UnsafeBuffer slab = new UnsafeBuffer(Memory.slab((long) RUN * LENGTH), RUN * LENGTH);
        SendBatch batch = new SendBatch(slab);
        Endpoint to = Endpoint.v4(destination, port);
        for (int i = 0; i < RUN; i++) {
            batch.add(to, 0, i * LENGTH, LENGTH);
        }
        long lost = 0;
        long lastReceived = 0;
        long lastProgressNs = System.nanoTime();
        for (int flow = 0; !isClosing; flow = (flow + 1) % flows) {
            long arrived = received.get();
            if (arrived != lastReceived) {
                lastReceived = arrived;
                lastProgressNs = System.nanoTime();
            }
            if (sent.get() - lost - arrived > WINDOW) {
                if (System.nanoTime() - lastProgressNs > LOST_AFTER_NS) {
                    lost = sent.get() - arrived;
                }
                LockSupport.parkNanos(20_000);
                continue;
            }
            for (int i = 0; i < RUN; i++) {
                put(slab, i * LENGTH, flow, next[flow]++);
            }
            ports[flow].send(batch);
            sent.addAndGet(RUN);
        }
        for (int flow = 0; flow < flows; flow++) {
            ports[flow].close();
            sockets[flow].close(libc);
        }
    }

    private static void put(UnsafeBuffer slab, int at, int flow, long number) {
        slab.putLong(at, flow);
        slab.putLong(at + 8, number);
        slab.putLong(at + 16, check(flow, number));
        slab.putLong(at + LENGTH - 8, ~check(flow, number));
    }

    private static long check(long flow, long number) {
        return (number ^ flow << 56) * 0x9E3779B97F4A7C15L;
    }

    private void receive(LibC libc, int port) throws ErrnoException {
        UdpSockets sockets = UdpSockets.open(libc, port, 0);
        int slots = 8;
        int length = slots * ReceiveBatch.SLOT_LENGTH;
        UnsafeBuffer slab = new UnsafeBuffer(Memory.slab(length), length);
        ReceiveBatch batch = new ReceiveBatch(slab, 0, slots);
        LinuxUdpPort udp = new LinuxUdpPort(libc, sockets, slots, errno -> {});
        long pollFd = Memory.slab(PollFd.SIZE);
        long[] last = new long[flows];
        java.util.Arrays.fill(last, -1);
        while (!isClosing) {
            PollFd.set(pollFd, sockets.fd4(), PollFd.POLLIN);
            libc.poll(pollFd, 1, 100);
            while (udp.receive(batch, false) > 0) {
                long datagrams = 0;
                for (int i = 0; i < batch.count(); i++) {
                    int end = batch.offset(i) + batch.length(i);
                    for (int at = batch.offset(i); at < end; at += LENGTH, datagrams++) {
                        look(slab, at, end - at, last);
                    }
                }
                received.addAndGet(datagrams);
            }
        }
        udp.close();
        sockets.close(libc);
    }

    private void look(UnsafeBuffer slab, int at, int left, long[] last) {
        if (left < LENGTH) {
            fault.compareAndSet(null, "a datagram of " + left + " bytes");
            return;
        }
        long flow = slab.getLong(at);
        long number = slab.getLong(at + 8);
        if (flow < 0
                || flow >= flows
                || slab.getLong(at + 16) != check(flow, number)
                || slab.getLong(at + LENGTH - 8) != ~check(flow, number)) {
            fault.compareAndSet(null, "changed content: flow " + flow + ", number " + number);
            return;
        }
        if (number <= last[(int) flow]) {
            fault.compareAndSet(null, "flow " + flow + ": " + number + " after " + last[(int) flow]);
        }
        last[(int) flow] = number;
    }

    @Override
    public void close() {
        isClosing = true;
        try {
            sender.join();
            receiver.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
