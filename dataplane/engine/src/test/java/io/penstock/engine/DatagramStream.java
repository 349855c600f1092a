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
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sends UDP datagrams of one size from one namespace to another as fast as they are received, in runs that make
 * superpackets. Two threads until {@link #close}; datagrams may be lost, {@link #received} tells.
 */
final class DatagramStream implements AutoCloseable {
    private static final int RUN = 60; // datagrams of one send
    private static final int WINDOW = 64 * RUN; // sent and not yet received
    private static final long LOST_AFTER_NS = 2_000_000;

    private final int lengthBytes;
    private final AtomicLong received = new AtomicLong();
    private final Thread sender;
    private final Thread receiver;
    private volatile boolean isClosing;

    /** Starts both threads: from {@code source}'s namespace to {@code destination} on {@code port} in the other. */
    DatagramStream(NetworkNamespace source, NetworkNamespace sink, int destination, int port, int lengthBytes) {
        this.lengthBytes = lengthBytes;
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

    long received() {
        return received.get();
    }

    private void send(LibC libc, int destination, int port) throws ErrnoException {
        UdpSockets sockets = UdpSockets.open(libc, 0, 0);
        UnsafeBuffer slab = new UnsafeBuffer(Memory.slab((long) RUN * lengthBytes), RUN * lengthBytes);
        SendBatch batch = new SendBatch(slab);
        Endpoint to = Endpoint.v4(destination, port);
        for (int i = 0; i < RUN; i++) {
            batch.add(to, 0, i * lengthBytes, lengthBytes);
        }
        LinuxUdpPort udp = new LinuxUdpPort(libc, sockets, 0, errno -> {});
        long sent = 0;
        long lost = 0;
        long lastReceived = 0;
        long lastProgressNs = System.nanoTime();
        while (!isClosing) {
            long arrived = received.get();
            if (arrived != lastReceived) {
                lastReceived = arrived;
                lastProgressNs = System.nanoTime();
            }
            if (sent - lost - arrived > WINDOW) {
                if (System.nanoTime() - lastProgressNs > LOST_AFTER_NS) {
                    lost = sent - arrived;
                }
                LockSupport.parkNanos(50_000);
                continue;
            }
            udp.send(batch);
            sent += RUN;
        }
        udp.close();
        sockets.close(libc);
    }

    private void receive(LibC libc, int port) throws ErrnoException {
        UdpSockets sockets = UdpSockets.open(libc, port, 0);
        int slots = 8;
        int length = slots * ReceiveBatch.SLOT_LENGTH;
        ReceiveBatch batch = new ReceiveBatch(new UnsafeBuffer(Memory.slab(length), length), 0, slots);
        LinuxUdpPort udp = new LinuxUdpPort(libc, sockets, slots, errno -> {});
        long pollFd = Memory.slab(PollFd.SIZE);
        while (!isClosing) {
            PollFd.set(pollFd, sockets.fd4(), PollFd.POLLIN);
            libc.poll(pollFd, 1, 100);
            long datagrams = 0;
            while (udp.receive(batch, false) > 0) {
                for (int i = 0; i < batch.count(); i++) {
                    datagrams += (batch.length(i) + lengthBytes - 1) / lengthBytes;
                }
                received.addAndGet(datagrams);
                datagrams = 0;
            }
        }
        udp.close();
        sockets.close(libc);
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
