package io.penstock.engine;

import io.penstock.ffm.netns.NetworkNamespace;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The distribution's wireguard-go on an interface of its own: a process from {@link #start} to {@link #close}. */
final class WireguardGo implements AutoCloseable {
    private static final long READY_NS = 10_000_000_000L;

    private final Path socket;
    private final Process process;

    private WireguardGo(Path socket, Process process) {
        this.socket = socket;
        this.process = process;
    }

    /** Starts it in a namespace; returns when its control socket answers. */
    static WireguardGo start(NetworkNamespace namespace, String name) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("wireguard-go", "-f", name)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        WireguardGo started =
                new WireguardGo(Path.of("/var/run/wireguard", name + ".sock"), namespace.call(builder::start));
        long startNs = System.nanoTime();
        while (true) {
            try {
                started.set("");
                return started;
            } catch (IOException e) {
                if (!started.process.isAlive() || System.nanoTime() - startNs > READY_NS) {
                    started.close();
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(5);
            }
        }
    }

    /** Applies lines of a {@code set} request, each with its line feed. */
    void set(String lines) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(("set=1\n" + lines + "\n").getBytes(StandardCharsets.US_ASCII)));
            String reply = new String(
                    Channels.newInputStream(channel).readNBytes("errno=0\n\n".length()), StandardCharsets.US_ASCII);
            if (!reply.equals("errno=0\n\n")) {
                throw new IOException("wireguard-go answered " + reply);
            }
        }
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("wireguard-go does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } finally {
            Files.deleteIfExists(socket);
        }
    }
}
