package io.penstock.lab.demo;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Client of a WireGuard interface's control socket, one connection per request. A socket in the file system is reached from every
 * network namespace. Stateless, thread-safe.
 */
final class ControlSocket {
    private static final Path DIRECTORY = Path.of("/var/run/wireguard");
    private static final long TIMEOUT_NS = 5_000_000_000L;
    private static final int MAX_REPLY_BYTES = 1 << 20;

    private final Path path;

    ControlSocket(String interfaceName) {
        path = path(interfaceName);
    }

    static Path path(String interfaceName) {
        return DIRECTORY.resolve(interfaceName + ".sock");
    }

    /** The interface's state. */
    TunnelState get() throws IOException, InterruptedException {
        return TunnelState.parse(request("get=1\n\n"));
    }

    /** Sends lines of a {@code set} request, each with its line feed. */
    void set(String lines) throws IOException, InterruptedException {
        String reply = request("set=1\n" + lines + "\n");
        if (!reply.equals("errno=0\n\n")) {
            throw new IOException("the interface refused its configuration: " + reply.strip());
        }
    }

    private String request(String request) throws IOException, InterruptedException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
            channel.configureBlocking(false); // this kind of channel has no read timeout
            long deadlineNs = System.nanoTime() + TIMEOUT_NS;
            ByteBuffer out = ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
            while (out.hasRemaining()) {
                if (channel.write(out) == 0) {
                    pause(deadlineNs);
                }
            }
            return reply(channel, deadlineNs);
        }
    }

    private String reply(SocketChannel channel, long deadlineNs) throws IOException, InterruptedException {
        StringBuilder reply = new StringBuilder();
        ByteBuffer in = ByteBuffer.allocate(4096);
        while (!reply.toString().endsWith("\n\n")) {
            int n = channel.read(in.clear());
            if (n < 0) {
                throw new IOException(path + " closed without an answer");
            }
            if (n == 0) {
                pause(deadlineNs);
            }
            reply.append(StandardCharsets.US_ASCII.decode(in.flip()));
            if (reply.length() > MAX_REPLY_BYTES) {
                throw new IOException(path + " answers without end");
            }
        }
        return reply.toString();
    }

    private void pause(long deadlineNs) throws IOException, InterruptedException {
        if (System.nanoTime() - deadlineNs >= 0) {
            throw new IOException(path + " does not answer");
        }
        TimeUnit.MILLISECONDS.sleep(1);
    }
}
