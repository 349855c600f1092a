package io.penstock.cli.live;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;

/** One TCP connection from one site to another, full all the time from {@link #start} to {@link #close}. */
final class TcpLoad implements AutoCloseable {
    private static final int CHUNK = 256 << 10;

    private final SocketChannel sending;
    private final SocketChannel receiving;
    private final AtomicLong received = new AtomicLong();
    private final Thread sender;
    private final Thread receiver;
    private volatile boolean isClosed;

    private TcpLoad(SocketChannel sending, SocketChannel receiving) {
        this.sending = sending;
        this.receiving = receiving;
        sender = Thread.ofPlatform().name("tcp-source").daemon().start(this::send);
        receiver = Thread.ofPlatform().name("tcp-sink").daemon().start(this::receive);
    }

    /** @param address of {@code to} */
    static TcpLoad start(Site from, Site to, String address, int port) {
        InetSocketAddress where = new InetSocketAddress(address, port);
        try (ServerSocketChannel listener =
                to.call(() -> ServerSocketChannel.open().bind(where))) {
            SocketChannel sending = from.call(() -> SocketChannel.open(where));
            return new TcpLoad(sending, listener.accept());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void send() {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        try {
            while (!isClosed) {
                sending.write(chunk.clear());
            }
        } catch (IOException e) {
            onEnd(e);
        }
    }

    private void receive() {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        try {
            for (int bytes = 0; bytes >= 0; bytes = receiving.read(chunk.clear())) {
                received.addAndGet(bytes);
            }
        } catch (IOException e) {
            onEnd(e);
        }
    }

    private void onEnd(IOException e) {
        if (!isClosed) {
            throw new AssertionError("the connection broke", e);
        }
    }

    /** Payload bytes that have arrived. */
    long received() {
        return received.get();
    }

    @Override
    public void close() {
        isClosed = true;
        try {
            sending.close();
            receiving.close();
            sender.join();
            receiver.join();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
