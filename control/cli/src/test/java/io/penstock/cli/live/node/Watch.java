package io.penstock.cli.live.node;

import io.penstock.cli.live.Site;
import io.penstock.lab.ProbeLedger;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;

/** Numbered datagrams from host to host and back, from {@link #start} to {@link #close}: what gets lost meanwhile, and for how long. */
final class Watch implements AutoCloseable {
    private static final int PORT = 9009;
    private static final long EVERY_NS = 10_000_000;

    /** A pause of the test's own threads on a busy machine is shorter. */
    private static final long GAP_NS = 100_000_000;

    /** A silence, as {@link Watch} saw it. */
    record Gaps(long sent, long lost, long longestNs) {
        @Override
        public String toString() {
            return String.format(
                    "%d of %d numbered datagrams lost, the longest silence %.2f s", lost, sent, longestNs / 1e9);
        }
    }

    private final ProbeLedger ledger = new ProbeLedger(GAP_NS);
    private final DatagramSocket sending;
    private final DatagramSocket echoing;
    private long sentBefore;
    private long lostBefore;

    private Watch(DatagramSocket sending, DatagramSocket echoing) {
        this.sending = sending;
        this.echoing = echoing;
        Thread.ofPlatform().name("watch-echo").daemon().start(this::echo);
        Thread.ofPlatform().name("watch-answers").daemon().start(this::listen);
        Thread.ofPlatform().name("watch-source").daemon().start(this::send);
    }

    /** @param address of {@code to} */
    static Watch start(Site from, Site to, String address) throws Exception {
        InetSocketAddress where = new InetSocketAddress(address, PORT);
        DatagramSocket echoing = to.call(() -> new DatagramSocket(where));
        DatagramSocket sending = from.call(() -> {
            DatagramSocket socket = new DatagramSocket();
            socket.connect(where);
            return socket;
        });
        return new Watch(sending, echoing);
    }

    private void send() {
        ByteBuffer number = ByteBuffer.allocate(Long.BYTES);
        for (long dueNs = System.nanoTime();
                !sending.isClosed();
                dueNs = Math.max(dueNs + EVERY_NS, System.nanoTime())) {
            try {
                number.putLong(0, ledger.onSent(System.nanoTime()));
                sending.send(new DatagramPacket(number.array(), Long.BYTES));
            } catch (IOException e) {
                // no route for a moment, or closed: it is lost
            }
            LockSupport.parkNanos(dueNs + EVERY_NS - System.nanoTime()); // a late one is not made up for by a burst
        }
    }

    private void echo() {
        DatagramPacket packet = new DatagramPacket(new byte[Long.BYTES], Long.BYTES);
        while (!echoing.isClosed()) {
            try {
                echoing.receive(packet);
                echoing.send(packet);
            } catch (IOException e) {
                // no way back for a moment, or closed: it is lost
            }
        }
    }

    private void listen() {
        DatagramPacket packet = new DatagramPacket(new byte[Long.BYTES], Long.BYTES);
        while (!sending.isClosed()) {
            try {
                sending.receive(packet);
                ledger.onAnswer(ByteBuffer.wrap(packet.getData()).getLong(), System.nanoTime());
            } catch (IOException e) {
                // told that nobody listens, or closed
            }
        }
    }

    /** What there was since the start or the last call. A silence that goes on is in it as long as it is. */
    Gaps take() throws InterruptedException {
        Thread.sleep(ProbeLedger.LOST_AFTER_NS / 1_000_000);
        long nowNs = System.nanoTime();
        ledger.onTime(nowNs);
        long longestNs = ledger.silentNs(nowNs);
        for (ProbeLedger.Outage outage = ledger.poll(); outage != null; outage = ledger.poll()) {
            longestNs = Math.max(longestNs, outage.durationNs());
        }
        long sent = ledger.sent();
        long lost = ledger.lost();
        Gaps gaps = new Gaps(sent - sentBefore, lost - lostBefore, longestNs);
        sentBefore = sent;
        lostBefore = lost;
        return gaps;
    }

    @Override
    public void close() {
        sending.close();
        echoing.close();
    }
}
