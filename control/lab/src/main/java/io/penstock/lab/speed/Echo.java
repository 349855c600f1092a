package io.penstock.lab.speed;

import io.penstock.lab.LatencyHistogram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.LockSupport;

/** Paced round trips on a TCP connection of their own, so that they wait in the network's queues and not in the stream's. */
final class Echo {
    static final int MESSAGE_LENGTH = 16;

    private Echo() {}

    /** Server side: returns every message until the client closes. */
    static void answer(SocketChannel channel) throws IOException {
        ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE_LENGTH);
        while (readMessage(channel, message)) {
            writeMessage(channel, message.flip());
        }
    }

    /** Client side; owned by one thread at a time. */
    static final class Prober implements Runnable {
        private static final long INTERVAL_NS = 5_000_000;

        private final SocketChannel channel;
        private final ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE_LENGTH);
        private volatile LatencyHistogram histogram;
        private volatile boolean stopped;
        private long sequence;

        Prober(SocketChannel channel, LatencyHistogram histogram) {
            this.channel = channel;
            this.histogram = histogram;
        }

        /** Counts from the next round trip on into another histogram. */
        void recordInto(LatencyHistogram other) {
            histogram = other;
        }

        void stop() {
            stopped = true;
        }

        @Override
        public void run() {
            try {
                long dueNs = System.nanoTime();
                while (!stopped) {
                    LatencyHistogram into = histogram;
                    into.record(roundTripNs());
                    long nowNs = System.nanoTime();
                    dueNs = Math.max(dueNs + INTERVAL_NS, nowNs);
                    LockSupport.parkNanos(dueNs - nowNs);
                }
            } catch (IOException e) {
                stopped = true; // the streams report what is wrong; without samples the report has no figure
            }
        }

        /** Sends one message and waits for its return. */
        long roundTripNs() throws IOException {
            long sent = ++sequence;
            long startNs = System.nanoTime();
            writeMessage(channel, message.clear().putLong(sent).putLong(startNs).flip());
            if (!readMessage(channel, message) || message.getLong(0) != sent) {
                throw new SpeedException("the echo went wrong");
            }
            return System.nanoTime() - startNs;
        }
    }

    private static boolean readMessage(SocketChannel channel, ByteBuffer message) throws IOException {
        message.clear();
        while (message.hasRemaining()) {
            if (channel.read(message) < 0) {
                return false;
            }
        }
        return true;
    }

    private static void writeMessage(SocketChannel channel, ByteBuffer message) throws IOException {
        while (message.hasRemaining()) {
            channel.write(message);
        }
    }
}
