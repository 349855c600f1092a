package io.penstock.lab.speed;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * The loops that move a stream's bytes; each runs on its own platform thread until its time is over or its channel is closed.
 * They block in the system call and never spin.
 */
final class Flow {
    private static final int RECEIVE_BYTES = 256 * 1024;

    /** A route that flaps or a full queue costs some datagrams, not the test. */
    private static final int MAX_SEND_ERRORS_IN_A_ROW = 1000;

    private static final long ERROR_PAUSE_NS = 1_000_000;

    private Flow() {}

    /** Sends one datagram; lets the server use its shared and the client its connected socket. */
    interface DatagramSink {
        void send(ByteBuffer datagram) throws IOException;
    }

    /** Writes until {@code plan.durationNs()} is over, then closes the sending side, which ends the receiver. */
    static void sendTcp(SocketChannel channel, TestPlan plan, StreamCounter counter) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            ByteBuffer filler = filler(arena, plan.sizeBytes());
            long startNs = System.nanoTime();
            Pacer pacer = new Pacer(plan.rateBitsPerStream(), startNs);
            for (long nowNs = startNs; nowNs - startNs < plan.durationNs(); nowNs = System.nanoTime()) {
                if (pause(pacer.delayNs(nowNs))) {
                    continue;
                }
                filler.clear();
                int written = channel.write(filler);
                pacer.onSent(written);
                counter.onTcp(written, nowNs);
            }
            channel.shutdownOutput();
        }
    }

    /** Reads and drops until the sender closes its side. */
    static void receiveTcp(SocketChannel channel, StreamCounter counter) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            ByteBuffer sink = arena.allocate(RECEIVE_BYTES).asByteBuffer();
            for (int n = channel.read(sink.clear()); n >= 0; n = channel.read(sink.clear())) {
                counter.onTcp(n, System.nanoTime());
            }
        }
    }

    /** Sends numbered datagrams until {@code plan.durationNs()} is over. */
    static void sendUdp(DatagramSink sink, TestPlan plan, int stream, long token, StreamCounter counter)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            ByteBuffer datagram = filler(arena, plan.sizeBytes());
            DatagramHeader.put(datagram, DatagramHeader.DATA, stream, token);
            long startNs = System.nanoTime();
            Pacer pacer = new Pacer(plan.rateBitsPerStream(), startNs);
            int errors = 0;
            for (long nowNs = startNs; nowNs - startNs < plan.durationNs(); nowNs = System.nanoTime()) {
                if (pause(pacer.delayNs(nowNs))) {
                    continue;
                }
                DatagramHeader.stamp(datagram, counter.datagrams(), nowNs);
                pacer.onSent(datagram.capacity());
                errors = trySend(sink, datagram.clear(), errors);
                counter.onDatagram(datagram.capacity(), nowNs); // one that the kernel refused is lost as well
            }
        }
    }

    private static int trySend(DatagramSink sink, ByteBuffer datagram, int errors) throws IOException {
        try {
            sink.send(datagram);
            return 0;
        } catch (PortUnreachableException e) {
            throw new SpeedException("the other side has closed its UDP port", e);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            if (errors + 1 == MAX_SEND_ERRORS_IN_A_ROW) {
                throw new SpeedException("cannot send datagrams: " + e.getMessage(), e);
            }
            LockSupport.parkNanos(ERROR_PAUSE_NS);
            return errors + 1;
        }
    }

    private static boolean pause(long delayNs) {
        if (delayNs <= 0) {
            return false;
        }
        LockSupport.parkNanos(delayNs);
        return true;
    }

    /** Random, so that nothing on the way can compress it. */
    private static ByteBuffer filler(Arena arena, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        ThreadLocalRandom.current().nextBytes(bytes);
        return arena.allocate(lengthBytes).asByteBuffer().put(bytes).clear();
    }
}
