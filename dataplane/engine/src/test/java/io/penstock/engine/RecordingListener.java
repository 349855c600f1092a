package io.penstock.engine;

import io.penstock.engine.wire.WireListener;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Keeps all that a tunnel tells, for a test's thread to take. */
final class RecordingListener implements WireListener {
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Datagram(Endpoint source, byte[] bytes) {}

    record Failure(Endpoint to, int errno) {}

    record Traffic(PublicKey peer, boolean hasSent, boolean hasReceived, long atNs) {}

    private static final long PATIENCE_SECONDS = 10;

    final BlockingQueue<Integer> ports = new LinkedBlockingQueue<>();
    final BlockingQueue<Datagram> datagrams = new LinkedBlockingQueue<>();
    final BlockingQueue<Failure> failures = new LinkedBlockingQueue<>();
    final BlockingQueue<Traffic> traffic = new LinkedBlockingQueue<>();
    final BlockingQueue<byte[]> packets = new LinkedBlockingQueue<>();
    final AtomicInteger relayed = new AtomicInteger();
    final AtomicLong datagramCount = new AtomicLong();

    /** While set, datagrams are counted and not kept. */
    volatile boolean onlyCounts;

    /** Run at each call of {@link #onRelayed}. */
    volatile Runnable whenRelayed = () -> {};

    /** The next of a kind, which has to come within ten seconds. */
    static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing within ten seconds");
        }
        return next;
    }

    @Override
    public void onPort(int port) {
        ports.add(port);
    }

    @Override
    public void onDatagram(Endpoint source, byte[] datagram) {
        datagramCount.incrementAndGet();
        if (!onlyCounts) {
            datagrams.add(new Datagram(source, datagram));
        }
    }

    @Override
    public void onSendFailed(Endpoint to, int errno) {
        failures.add(new Failure(to, errno));
    }

    @Override
    public void onTraffic(PublicKey peer, boolean hasSent, boolean hasReceived) {
        traffic.add(new Traffic(peer, hasSent, hasReceived, System.nanoTime()));
    }

    @Override
    public void onPacket(byte[] packet) {
        packets.add(packet);
    }

    @Override
    public void onRelayed() {
        relayed.incrementAndGet();
        whenRelayed.run();
    }
}
