package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * UDP datagrams of many sizes with a number each, in runs that make superpackets, from one namespace to another. No more are
 * on their way at once than every queue between the two holds: so all have to arrive, once, and as they were sent.
 */
final class NumberedDatagrams {
    /** On their way at once: a TUN device queues 500 packets, a device's backlog holds 1,000. */
    private static final int WINDOW = 256;

    private static final long WINDOW_BYTES = 2 << 20;
    private static final int LONGEST_RUN = 44;
    private static final int LONGEST_RUN_BYTES = 60_000;
    private static final int SHORTEST = 16;
    private static final int TEMPLATE = 1 << 20;
    private static final int SLOTS = 8;

    private final byte[] template = new byte[TEMPLATE];
    private final int longest;
    private final long bytes;
    private final AtomicLong arrivedDatagrams = new AtomicLong();
    private final AtomicLong arrivedBytes = new AtomicLong();
    private volatile long sentDatagrams = Long.MAX_VALUE; // known when all are sent
    private volatile boolean isGivenUp;

    private NumberedDatagrams(int longest, long bytes) {
        this.longest = longest;
        this.bytes = bytes;
        new Random(longest).nextBytes(template);
    }

    /**
     * Returns when every datagram has arrived; fails if one does not, arrives twice, or differs from what was sent.
     *
     * @param longest payload that fits into a packet of the interface
     * @param bytes payload to send, at least
     * @param patience for the next datagram to arrive
     */
    static void move(
            NetworkNamespace source,
            NetworkNamespace sink,
            int destination,
            int port,
            int longest,
            long bytes,
            Duration patience)
            throws Exception {
        NumberedDatagrams stream = new NumberedDatagrams(longest, bytes);
        LibC sinkCalls = new LibC();
        UdpSockets bound = sink.call(() -> UdpSockets.open(sinkCalls, port, 0)); // before anything is sent
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<?> receiving = threads.submit(() -> stream.receive(sinkCalls, bound, patience));
            Future<?> sending = threads.submit(() -> source.call(() -> {
                stream.send(new LibC(), destination, port);
                return null;
            }));
            sending.get(); // ends when the receiver gives up
            receiving.get();
        } finally {
            bound.close(sinkCalls);
        }
    }

    private void send(LibC libc, int destination, int port) throws ErrnoException {
        UdpSockets sockets = UdpSockets.open(libc, 0, 0);
        int areaLength = LONGEST_RUN_BYTES + longest;
        long area = Memory.slab(areaLength);
        UnsafeBuffer slab = new UnsafeBuffer(area, areaLength);
        SendBatch batch = new SendBatch(slab);
        LinuxUdpPort udp = new LinuxUdpPort(libc, sockets, 0, errno -> {});
        Endpoint to = Endpoint.v4(destination, port);
        Random random = new Random(longest);
        long sent = 0;
        long sentBytes = 0;
        while (sentBytes < bytes && !isGivenUp) {
            int length = random.nextInt(4) == 0 ? SHORTEST + random.nextInt(longest - SHORTEST + 1) : longest;
            int run = Math.min(1 + random.nextInt(LONGEST_RUN), Math.max(1, LONGEST_RUN_BYTES / length));
            awaitRoom(sent + run, sentBytes + (long) run * length);
            int at = 0;
            for (int i = 0; i < run; i++) {
                int cut = i == run - 1 ? random.nextInt(length - SHORTEST + 1) : 0; // the last of a run may be shorter
                put(slab, at, sent + i, length - cut);
                batch.add(to, 0, at, length - cut);
                at += length - cut;
            }
            assertEquals(0, udp.send(batch), "datagrams that the interface did not take");
            batch.clear();
            sent += run;
            sentBytes += at;
        }
        sentDatagrams = sent;
        udp.close();
        sockets.close(libc);
        libc.munmap(area, areaLength);
    }

    private void awaitRoom(long datagrams, long withBytes) {
        while ((datagrams - arrivedDatagrams.get() > WINDOW || withBytes - arrivedBytes.get() > WINDOW_BYTES)
                && !isGivenUp) {
            LockSupport.parkNanos(20_000);
        }
    }

    private void put(UnsafeBuffer slab, int at, long number, int length) {
        slab.putLong(at, number);
        slab.putBytes(at + Long.BYTES, template, start(number, length), length - Long.BYTES);
    }

    /** Where in the template the content of a datagram begins: numbers differ in it, and so do lengths. */
    private static int start(long number, int length) {
        return (int) Long.remainderUnsigned(number * 7919 + length * 31L, TEMPLATE - 65_536);
    }

    private void receive(LibC libc, UdpSockets sockets, Duration patience) {
        int length = SLOTS * ReceiveBatch.SLOT_LENGTH;
        long area = Memory.slab(length + PollFd.SIZE);
        ReceiveBatch batch = new ReceiveBatch(new UnsafeBuffer(area, length), 0, SLOTS);
        LinuxUdpPort udp = new LinuxUdpPort(libc, sockets, SLOTS, errno -> {});
        long pollFd = area + length;
        BitSet seen = new BitSet();
        byte[] datagram = new byte[65_536];
        long lastNs = System.nanoTime();
        try {
            while (arrivedDatagrams.get() < sentDatagrams) {
                PollFd.set(pollFd, sockets.fd4(), PollFd.POLLIN);
                libc.poll(pollFd, 1, 10);
                if (udp.receive(batch, false) > 0) {
                    lastNs = System.nanoTime();
                } else if (System.nanoTime() - lastNs > patience.toNanos()) {
                    throw new AssertionError("no datagram for " + patience + ", received " + arrivedDatagrams
                            + ", first missing " + seen.nextClearBit(0) + " of " + sentDatagrams);
                }
                for (int i = 0; i < batch.count(); i++) {
                    int end = batch.offset(i) + batch.length(i);
                    for (int at = batch.offset(i); at < end; at += batch.segmentLength(i)) {
                        check(batch, at, Math.min(batch.segmentLength(i), end - at), seen, datagram);
                    }
                }
            }
        } finally {
            isGivenUp = true;
            udp.close();
            libc.munmap(area, length + PollFd.SIZE);
        }
    }

    private void check(ReceiveBatch batch, int at, int length, BitSet seen, byte[] datagram) {
        long number = batch.slab().getLong(at);
        batch.slab().getBytes(at, datagram, 0, length);
        int start = start(number, length);
        if (number < 0
                || number > Integer.MAX_VALUE
                || !Arrays.equals(datagram, Long.BYTES, length, template, start, start + length - Long.BYTES)) {
            throw new AssertionError("changed on its way: datagram " + number + " of " + length + " bytes");
        }
        if (seen.get((int) number)) {
            throw new AssertionError("datagram " + number + " arrived twice");
        }
        seen.set((int) number);
        arrivedDatagrams.incrementAndGet();
        arrivedBytes.addAndGet(length);
    }
}
