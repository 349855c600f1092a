package io.penstock.lab.demo;

import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.lab.ProbeLedger;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Small UDP datagrams from host A to host B and back, a hundred a second, until {@link #close}. Three threads. */
final class Probes implements AutoCloseable {
    private static final long INTERVAL_NS = 10_000_000;
    private static final int LENGTH = 16;
    private static final int PORT = 7_007;

    private final ProbeLedger ledger;
    private final InetSocketAddress target;
    private final DatagramChannel atA;
    private final DatagramChannel atB;
    private volatile boolean isClosing;

    /**
     * Starts them.
     *
     * @param address of host B
     * @param gapNs silence that counts as an outage
     */
    Probes(NetworkNamespace hostA, NetworkNamespace hostB, String address, long gapNs) throws Exception {
        ledger = new ProbeLedger(gapNs);
        target = new InetSocketAddress(address, PORT);
        atB = hostB.call(() -> DatagramChannel.open().bind(target));
        // Not connected: while a route is missing, a connected one would fail instead of losing datagrams.
        atA = hostA.call(() -> DatagramChannel.open().bind(null));
        start("demo-probes-out", this::send);
        start("demo-probes-in", this::receive);
        start("demo-probes-echo", this::echo);
    }

    ProbeLedger ledger() {
        return ledger;
    }

    private static void start(String name, Runnable body) {
        Thread.ofPlatform().daemon().name(name).start(body);
    }

    private void send() {
        ByteBuffer probe = ByteBuffer.allocateDirect(LENGTH);
        long dueNs = System.nanoTime();
        while (!isClosing) {
            long number = ledger.onSent(System.nanoTime());
            send(atA, probe.clear().putLong(number).putLong(0).flip(), target);
            dueNs = Math.max(dueNs + INTERVAL_NS, System.nanoTime());
            LockSupport.parkNanos(dueNs - System.nanoTime());
        }
    }

    private void receive() {
        ByteBuffer answer = ByteBuffer.allocateDirect(LENGTH);
        while (receive(atA, answer) != null) {
            if (answer.remaining() == LENGTH) {
                ledger.onAnswer(answer.getLong(), System.nanoTime());
            }
        }
    }

    private void echo() {
        ByteBuffer probe = ByteBuffer.allocateDirect(LENGTH);
        for (SocketAddress from = receive(atB, probe); from != null; from = receive(atB, probe)) {
            send(atB, probe, from);
        }
    }

    /** One that cannot be sent counts as lost, which is what it is. */
    private static void send(DatagramChannel channel, ByteBuffer datagram, SocketAddress to) {
        try {
            channel.send(datagram, to);
        } catch (IOException e) {
            // no route at the moment, or closed
        }
    }

    /** Waits for a datagram; null when the channel was closed. */
    private static @Nullable SocketAddress receive(DatagramChannel channel, ByteBuffer into) {
        try {
            SocketAddress from = channel.receive(into.clear());
            into.flip();
            return from;
        } catch (IOException e) {
            return null; // closed: an unconnected socket reports nothing else
        }
    }

    @Override
    public void close() throws IOException {
        isClosing = true;
        atA.close();
        atB.close();
    }
}
