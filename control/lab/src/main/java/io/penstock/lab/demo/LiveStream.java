package io.penstock.lab.demo;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.netns.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection from one host to another that sends as fast as it goes while it is on. It is made again when it breaks.
 * Two threads until {@link #close}; thread-safe.
 */
final class LiveStream implements AutoCloseable {
    /** A pause of the bytes that is worth telling. */
    private static final long STALL_NS = 400_000_000L;

    private static final int WRITE_BYTES = 128 * 1024;
    private static final int READ_BYTES = 256 * 1024;
    private static final int CONNECT_TIMEOUT_MS = 5_000;
    private static final int RETRY_MS = 200;
    private static final int STALLS = 16;

    private final NetworkNamespace origin;
    private final InetSocketAddress target;
    private final ServerSocketChannel server;
    private final AtomicLong receivedBytes = new AtomicLong();
    private final AtomicLong connections = new AtomicLong();
    private final Queue<Long> stallsNs = new ArrayBlockingQueue<>(STALLS);
    private final Object switchLock = new Object();
    private boolean isOn; // guarded by switchLock
    private volatile long onSinceNs; // or off
    private volatile @Nullable SocketChannel sending;
    private volatile @Nullable InetAddress source;
    private volatile long pauseNs;
    private volatile boolean isClosing;

    LiveStream(String name, NetworkNamespace origin, NetworkNamespace sink, InetSocketAddress target) throws Exception {
        this.origin = origin;
        this.target = target;
        server = sink.call(() -> ServerSocketChannel.open().bind(target));
        Thread.ofPlatform().daemon().name(name + "-in").start(this::receive);
        Thread.ofPlatform().daemon().name(name + "-out").start(this::send);
    }

    /** Lets it send, or pause. */
    void turn(boolean on) {
        synchronized (switchLock) {
            onSinceNs = System.nanoTime();
            isOn = on;
            switchLock.notifyAll();
        }
    }

    /** Lets it send {@link #WRITE_BYTES} at a time, with pauses of that length; 0 for as fast as it goes. */
    void pace(long pauseNs) {
        this.pauseNs = pauseNs;
    }

    /** Bytes that have arrived. */
    long receivedBytes() {
        return receivedBytes.get();
    }

    /** How often it was connected. */
    long connections() {
        return connections.get();
    }

    /** From where the sink has seen the last connection come; null before the first. */
    @Nullable InetAddress source() {
        return source;
    }

    /** Length of the next pause after which bytes arrived again, null if there was none. */
    @Nullable Long pollStallNs() {
        return stallsNs.poll();
    }

    private void send() {
        try {
            origin.enter();
            ByteBuffer filler = filler();
            while (!isClosing) {
                try (SocketChannel channel = SocketChannel.open()) {
                    sending = channel;
                    awaitOn();
                    channel.socket().connect(target, CONNECT_TIMEOUT_MS);
                    connections.incrementAndGet();
                    while (!isClosing) {
                        awaitOn();
                        channel.write(filler.clear());
                        if (pauseNs > 0) {
                            LockSupport.parkNanos(pauseNs);
                        }
                    }
                } catch (IOException e) {
                    TimeUnit.MILLISECONDS.sleep(RETRY_MS); // broken, or not reachable at the moment: another one
                }
            }
        } catch (ErrnoException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitOn() throws InterruptedException {
        synchronized (switchLock) {
            while (!isOn && !isClosing) {
                switchLock.wait();
            }
        }
    }

    private void receive() {
        ByteBuffer into = ByteBuffer.allocateDirect(READ_BYTES);
        while (!isClosing) {
            try (SocketChannel channel = server.accept()) {
                source = channel.socket().getInetAddress();
                long lastNs = System.nanoTime();
                for (int n = channel.read(into.clear()); n >= 0; n = channel.read(into.clear())) {
                    receivedBytes.lazySet(receivedBytes.getPlain() + n); // single writer
                    long nowNs = System.nanoTime();
                    if (nowNs - lastNs > STALL_NS && lastNs - onSinceNs > 0) { // not one that somebody asked for
                        stallsNs.offer(nowNs - lastNs); // when full there is plenty to tell already
                    }
                    lastNs = nowNs;
                }
            } catch (IOException e) {
                // the connection broke, or this is the end
            }
        }
    }

    /** Random, so that nothing on the way can compress it. */
    private static ByteBuffer filler() {
        byte[] bytes = new byte[WRITE_BYTES];
        ThreadLocalRandom.current().nextBytes(bytes);
        return ByteBuffer.allocateDirect(WRITE_BYTES).put(bytes);
    }

    @Override
    public void close() throws IOException {
        isClosing = true;
        turn(false);
        server.close();
        SocketChannel channel = sending;
        if (channel != null) {
            channel.close();
        }
    }
}
