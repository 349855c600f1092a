package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.ffm.netns.NetworkNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** One TCP connection between two namespaces, filled both ways at once with bytes that no two places of it share. */
final class DigestedTcp {
    private static final int CHUNK = 256 << 10;
    private static final int BLOCK = 4 << 10; // each begins with its number

    /**
     * Moves {@code bytes} each way and fails unless SHA-256 of all of them is the same at both ends.
     *
     * @param addressB of the second namespace
     */
    static void exchange(
            NetworkNamespace a, NetworkNamespace b, String addressB, int port, long bytes, Duration patience)
            throws Exception {
        InetSocketAddress address = new InetSocketAddress(addressB, port);
        try (ServerSocketChannel listener =
                        b.call(() -> ServerSocketChannel.open().bind(address));
                SocketChannel atA = a.call(() -> SocketChannel.open(address));
                SocketChannel atB = listener.accept();
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Callable<byte[]>> tasks = List.of(
                    () -> send(atA, bytes, 1),
                    () -> receive(atB, bytes),
                    () -> send(atB, bytes, 2),
                    () -> receive(atA, bytes));
            List<Future<byte[]>> digests = threads.invokeAll(tasks, patience.toSeconds(), TimeUnit.SECONDS);
            for (Future<byte[]> digest : digests) {
                if (digest.isCancelled()) {
                    throw new CancellationException("TCP has not ended within " + patience);
                }
            }
            assertArrayEquals(digests.get(0).get(), digests.get(1).get(), "what A sent is not what B received");
            assertArrayEquals(digests.get(2).get(), digests.get(3).get(), "what B sent is not what A received");
        }
    }

    private static byte[] send(SocketChannel channel, long bytes, long seed) throws IOException {
        byte[] random = new byte[CHUNK];
        new Random(seed).nextBytes(random);
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK).put(random);
        MessageDigest digest = sha256();
        for (long sent = 0; sent < bytes; ) {
            for (int at = 0; at < CHUNK; at += BLOCK) {
                chunk.putLong(at, sent + at);
            }
            int length = (int) Math.min(CHUNK, bytes - sent);
            digest.update(chunk.position(0).limit(length).slice());
            while (chunk.hasRemaining()) {
                channel.write(chunk);
            }
            chunk.clear();
            sent += length;
        }
        return digest.digest();
    }

    private static byte[] receive(SocketChannel channel, long bytes) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        MessageDigest digest = sha256();
        long received = 0;
        while (received < bytes) {
            int length = channel.read(chunk.clear());
            if (length < 0) {
                break;
            }
            received += length;
            digest.update(chunk.flip());
        }
        assertEquals(bytes, received, "bytes received by TCP");
        return digest.digest();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every Java platform has it
        }
    }

    private DigestedTcp() {}
}
