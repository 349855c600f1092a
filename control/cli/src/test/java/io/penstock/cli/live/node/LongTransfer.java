package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Site;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.MessageDigest;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** One TCP connection that lives from {@link #start} to {@link #finish}, a few megabytes a second, hashed at both ends. */
final class LongTransfer implements AutoCloseable {
    private static final int PORT = 9008;
    private static final int CHUNK = 16 << 10;
    private static final int PAUSE_MS = 5;
    private static final int TIMEOUT_MS = 30_000;

    private final Socket sending;
    private final Socket receiving;
    private final AtomicLong received = new AtomicLong();
    private final CompletableFuture<byte[]> sent;
    private final CompletableFuture<byte[]> digest;
    private volatile boolean isOver;

    private LongTransfer(Socket sending, Socket receiving) {
        this.sending = sending;
        this.receiving = receiving;
        sent = CompletableFuture.supplyAsync(
                this::send,
                task -> Thread.ofPlatform().name("long-source").daemon().start(task));
        digest = CompletableFuture.supplyAsync(
                this::receive,
                task -> Thread.ofPlatform().name("long-sink").daemon().start(task));
    }

    /** @param address of {@code to} */
    static LongTransfer start(Site from, Site to, String address) throws Exception {
        try (ServerSocket listener = to.call(() -> new ServerSocket(PORT, 1, InetAddress.getByName(address)))) {
            listener.setSoTimeout(TIMEOUT_MS);
            Socket sending = from.call(() -> {
                Socket socket = new Socket();
                socket.connect(new InetSocketAddress(address, PORT), TIMEOUT_MS);
                return socket;
            });
            Socket receiving = listener.accept();
            receiving.setSoTimeout(TIMEOUT_MS);
            return new LongTransfer(sending, receiving);
        }
    }

    private byte[] send() {
        try (OutputStream out = sending.getOutputStream()) {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            Random random = new Random(1);
            byte[] chunk = new byte[CHUNK];
            while (!isOver) {
                random.nextBytes(chunk);
                hash.update(chunk);
                out.write(chunk);
                Thread.sleep(PAUSE_MS);
            }
            return hash.digest();
        } catch (Exception e) {
            throw new AssertionError("the connection did not live", e);
        }
    }

    private byte[] receive() {
        try {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[CHUNK];
            for (int length = receiving.getInputStream().read(chunk);
                    length >= 0;
                    length = receiving.getInputStream().read(chunk)) {
                hash.update(chunk, 0, length);
                received.addAndGet(length);
            }
            return hash.digest();
        } catch (Exception e) {
            throw new AssertionError("the connection did not live", e);
        }
    }

    /** Bytes that have arrived. */
    long received() {
        return received.get();
    }

    /** Sends no more, and fails unless the same connection has brought all that was sent. */
    void finish() throws Exception {
        isOver = true;
        assertArrayEquals(
                sent.get(TIMEOUT_MS, TimeUnit.MILLISECONDS),
                digest.get(TIMEOUT_MS, TimeUnit.MILLISECONDS),
                "what arrives is what was sent");
        assertTrue(received() > 0);
    }

    @Override
    public void close() throws IOException {
        isOver = true;
        sending.close();
        receiving.close();
    }
}
