package io.penstock.cli.live;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Sends back what comes by TCP, from {@link #start} to {@link #close}; and the other side of it, which compares. */
public final class Echo implements AutoCloseable {
    private static final int CHUNK = 64 * 1024;

    private final ServerSocket server;

    private Echo(ServerSocket server) {
        this.server = server;
    }

    public static Echo start(Site site, int port) {
        try {
            ServerSocketChannel channel =
                    site.call(() -> ServerSocketChannel.open().bind(new InetSocketAddress(port)));
            Echo echo = new Echo(channel.socket());
            Thread.ofPlatform().name("echo").daemon().start(echo::accept);
            return echo;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofPlatform().name("echo").daemon().start(() -> serve(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private static void serve(Socket socket) {
        try (socket) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
            // the other side, which compares, sees it too
        }
    }

    /**
     * Sends so many bytes and fails unless the same come back in time.
     *
     * @param site where the sender is
     */
    public static void exchange(Site site, String address, int port, int bytes, Duration limit) {
        SocketChannel channel;
        try {
            channel = site.call(SocketChannel::open);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofPlatform().name("echo client").daemon().start(() -> {
            try {
                exchange(channel, new InetSocketAddress(InetAddress.getByName(address), port), bytes);
                done.complete(null);
            } catch (IOException | AssertionError e) {
                done.completeExceptionally(e);
            }
        });
        try (channel) {
            done.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException | InterruptedException | IOException e) {
            throw new AssertionError(
                    bytes + " bytes to " + address + " and back within " + limit.toSeconds() + " s", e);
        }
    }

    private static void exchange(SocketChannel channel, InetSocketAddress address, int bytes) throws IOException {
        channel.connect(address);
        Socket socket = channel.socket();
        Thread.ofPlatform().name("echo sender").daemon().start(() -> {
            try {
                byte[] chunk = new byte[CHUNK];
                for (int sent = 0; sent < bytes; sent += chunk.length) {
                    for (int i = 0; i < chunk.length; i++) {
                        chunk[i] = pattern(sent + i);
                    }
                    socket.getOutputStream().write(chunk, 0, Math.min(CHUNK, bytes - sent));
                }
                socket.shutdownOutput();
            } catch (IOException e) {
                // the receiver sees that bytes are missing
            }
        });
        byte[] chunk = new byte[CHUNK];
        int received = 0;
        for (int n = socket.getInputStream().read(chunk);
                n > 0;
                n = socket.getInputStream().read(chunk)) {
            for (int i = 0; i < n; i++) {
                if (chunk[i] != pattern(received + i)) {
                    throw new AssertionError("byte " + (received + i) + " came back as another one");
                }
            }
            received += n;
        }
        if (received != bytes) {
            throw new AssertionError(received + " of " + bytes + " bytes came back");
        }
    }

    /** No period that is a power of two: a chunk in the wrong place shows. */
    private static byte pattern(int position) {
        return (byte) (position % 251 ^ position / 251);
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
