package io.penstock.cli.live.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.cli.live.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A shell of the guest at the other end of a virtio port; it runs one command after the other. Any thread, one at a time. */
final class CommandLine implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String DONE = "DONE ";

    private final SocketChannel channel;
    private final Selector selector;
    private final StringBuilder received = new StringBuilder();
    private final ByteBuffer buffer = ByteBuffer.allocate(4096);

    private CommandLine(SocketChannel channel, Selector selector) {
        this.channel = channel;
        this.selector = selector;
    }

    /** Connects to QEMU's end of the line; to be done before the guest says anything, as QEMU keeps nothing. */
    static CommandLine open(Path socket) {
        try {
            SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            Selector selector = Selector.open();
            channel.register(selector, SelectionKey.OP_READ);
            return new CommandLine(channel, selector);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns once the shell has said that it is ready. */
    void awaitReady(Duration limit) {
        try {
            for (String said = readLine(limit); !said.equals("READY"); said = readLine(limit)) {
                // another line of the boot, if any
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a line of shell in the guest; both outputs come as one. */
    synchronized Shell.Outcome run(String command) {
        try {
            ByteBuffer text = ByteBuffer.wrap((command + "\n").getBytes(UTF_8));
            while (text.hasRemaining()) {
                channel.write(text);
            }
            StringBuilder out = new StringBuilder();
            String line = readLine(LIMIT);
            // Output without a line's end has the mark behind it.
            for (; !line.matches(".*" + DONE + "[0-9]+"); line = readLine(LIMIT)) {
                out.append(line).append('\n');
            }
            int mark = line.lastIndexOf(DONE);
            out.append(line, 0, mark);
            int status = Integer.parseInt(line.substring(mark + DONE.length()));
            return new Shell.Outcome(List.of(command), status, out.toString(), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String readLine(Duration limit) throws IOException {
        long startNs = System.nanoTime();
        while (true) {
            int end = received.indexOf("\n");
            if (end >= 0) {
                String line = received.substring(0, end);
                received.delete(0, end + 1);
                return line.replace("\r", "");
            }
            if (System.nanoTime() - startNs > limit.toNanos()) {
                throw new AssertionError("the guest says nothing for " + limit.toSeconds() + " s after: " + received);
            }
            selector.select(1000);
            selector.selectedKeys().clear();
            int n = channel.read(buffer.clear());
            if (n < 0) {
                throw new AssertionError("the guest has gone after: " + received);
            }
            received.append(UTF_8.decode(buffer.flip()));
        }
    }

    @Override
    public void close() {
        try {
            selector.close();
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
