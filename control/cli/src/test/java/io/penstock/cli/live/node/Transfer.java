package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Site;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One TCP connection from host to host, what passes through it hashed at both ends. */
public final class Transfer {
    private static final int PORT = 9000;
    private static final int TIMEOUT_MS = 60_000; // a machine with much else to do may lose a path for a while
    private static final int REFUSED_MS = 2_000;
    private static final int CHUNK = 64 << 10;

    private Transfer() {}

    /**
     * Sends random bytes, and fails unless they arrive as they were, from the sender's own address.
     *
     * @param source address that the receiver must see
     * @param address of the receiver
     */
    public static void mustPass(Site from, String source, Site to, String address, int bytes) throws Exception {
        InetSocketAddress where = new InetSocketAddress(address, PORT);
        try (ServerSocket listener = to.call(() -> new ServerSocket(PORT, 1, InetAddress.getByName(address)))) {
            listener.setSoTimeout(TIMEOUT_MS);
            CompletableFuture<byte[]> sent = CompletableFuture.supplyAsync(
                    () -> send(from, where, bytes), task -> Thread.ofPlatform().start(task));
            byte[] received;
            try (Socket connection = listener.accept()) {
                connection.setSoTimeout(TIMEOUT_MS);
                assertEquals(InetAddress.getByName(source), connection.getInetAddress(), "the sender's address");
                received = digest(connection.getInputStream(), bytes);
            }
            assertArrayEquals(sent.get(TIMEOUT_MS, TimeUnit.MILLISECONDS), received, "what arrives is what was sent");
        }
    }

    /** Fails if the sender reaches what listens there. */
    public static void mustNotPass(Site from, Site to, String address) throws Exception {
        mustNotPass(from, to, address, PORT);
    }

    /** Likewise at a port of its own, to which there is the same way as to one that is allowed. */
    public static void mustNotPass(Site from, Site to, String address, int port) throws Exception {
        try (ServerSocket listener = to.call(() -> new ServerSocket(port, 1, InetAddress.getByName(address)))) {
            InetSocketAddress where = new InetSocketAddress(address, listener.getLocalPort());
            try (Socket socket = connect(from, where, REFUSED_MS)) {
                throw new AssertionError(
                        from + " reaches " + socket.getRemoteSocketAddress() + ", which the policy denies");
            } catch (SocketTimeoutException | SocketException e) {
                assertTrue(listener.isBound(), () -> "as it must be: " + e);
            }
        }
    }

    /** A socket is made at its first use, which therefore has to be there. */
    private static Socket connect(Site from, InetSocketAddress where, int timeoutMs) throws Exception {
        return from.call(() -> {
            Socket socket = new Socket();
            socket.connect(where, timeoutMs);
            return socket;
        });
    }

    private static byte[] send(Site from, InetSocketAddress where, int bytes) {
        try (Socket socket = connect(from, where, TIMEOUT_MS)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            DigestOutputStream out = new DigestOutputStream(socket.getOutputStream(), digest);
            Random random = new Random(bytes);
            byte[] chunk = new byte[CHUNK];
            for (int left = bytes; left > 0; left -= CHUNK) {
                random.nextBytes(chunk);
                out.write(chunk, 0, Math.min(left, CHUNK));
            }
            return digest.digest();
        } catch (Exception e) {
            throw new AssertionError("cannot send to " + where, e);
        }
    }

    private static byte[] digest(InputStream in, int bytes) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] chunk = new byte[CHUNK];
        int total = 0;
        for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
            digest.update(chunk, 0, length);
            total += length;
        }
        assertEquals(bytes, total);
        return digest.digest();
    }
}
