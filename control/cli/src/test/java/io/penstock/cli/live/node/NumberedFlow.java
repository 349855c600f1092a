package io.penstock.cli.live.node;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Site;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.DatagramChannel;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Datagrams with numbers from host to host, two hundred a second, from the constructor to {@link #end}. They need room for a few
 * seconds' worth at the receiver, which has it, so that what is missing was lost on the way.
 */
final class NumberedFlow {
    private static final int PORT = 9001;
    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int BUFFER = 4 << 20;
    private static final int SIZE = 200;

    /**
     * How it went.
     *
     * @param longestGapMs between two arrivals
     */
    record Outcome(int sent, int lost, int twice, long longestGapMs) {
        @Override
        public String toString() {
            return sent + " sent, " + lost + " lost, " + twice + " twice, longest gap " + longestGapMs + " ms";
        }
    }

    private final DatagramChannel from;
    private final DatagramChannel to;
    private final Thread sender;
    private final Thread receiver;
    private final BitSet arrived = new BitSet();
    private volatile boolean isEnding;
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger received = new AtomicInteger();
    private int twice;
    private long longestGapNs;

    NumberedFlow(Site source, Site destination, String address) throws Exception {
        to = destination.call(() -> DatagramChannel.open()
                .setOption(StandardSocketOptions.SO_RCVBUF, BUFFER)
                .bind(new InetSocketAddress(address, PORT)));
        from = source.call(() -> DatagramChannel.open().connect(new InetSocketAddress(address, PORT)));
        receiver = Thread.ofPlatform().name("numbered receiver").daemon().start(this::receive);
        sender = Thread.ofPlatform().name("numbered sender").daemon().start(this::send);
    }

    private void send() {
        ByteBuffer datagram = ByteBuffer.allocate(SIZE);
        long nextNs = System.nanoTime();
        while (!isEnding) {
            try {
                datagram.clear().putInt(0, sent.get());
                from.write(datagram);
            } catch (IOException e) {
                // refused by this host for want of a route: it counts as sent, and is lost
            }
            sent.incrementAndGet();
            nextNs += INTERVAL_NS;
            LockSupport.parkNanos(nextNs - System.nanoTime());
        }
    }

    private void receive() {
        ByteBuffer datagram = ByteBuffer.allocate(2 * SIZE);
        long lastNs = 0;
        try {
            while (true) {
                datagram.clear();
                to.receive(datagram);
                long nowNs = System.nanoTime();
                if (lastNs != 0) {
                    longestGapNs = Math.max(longestGapNs, nowNs - lastNs);
                }
                lastNs = nowNs;
                int number = datagram.getInt(0);
                if (arrived.get(number)) {
                    twice++;
                } else {
                    arrived.set(number);
                    received.incrementAndGet();
                }
            }
        } catch (AsynchronousCloseException e) {
            // the end
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** How many have arrived until here. */
    int received() {
        return received.get();
    }

    /** Ends the sending, gives what is under way a second, and tells. */
    Outcome end() throws Exception {
        isEnding = true;
        sender.join();
        for (int tenths = 0; tenths < 10 && received.get() < sent.get(); tenths++) {
            Await.millis(100);
        }
        from.close();
        to.close();
        receiver.join();
        return new Outcome(sent.get(), sent.get() - received.get(), twice, TimeUnit.NANOSECONDS.toMillis(longestGapNs));
    }
}
