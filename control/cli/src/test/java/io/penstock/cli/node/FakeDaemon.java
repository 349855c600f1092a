package io.penstock.cli.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Listens where a daemon does, answers each request with the lines that the test wants, and hangs up. */
final class FakeDaemon implements AutoCloseable {
    private final ServerSocketChannel listener;
    private final Thread thread;
    private final List<String> requests = new CopyOnWriteArrayList<>();

    /**
     * Listens.
     *
     * @param answers of a request, each a line; an empty one leaves the caller waiting
     */
    FakeDaemon(Path socket, Function<String, List<String>> answers) throws IOException {
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        thread = Thread.ofPlatform().daemon().start(() -> serve(answers));
    }

    private void serve(Function<String, List<String>> answers) {
        while (listener.isOpen()) {
            try (SocketChannel caller = listener.accept();
                    BufferedReader in = new BufferedReader(
                            new InputStreamReader(Channels.newInputStream(caller), StandardCharsets.UTF_8))) {
                String request = in.readLine();
                requests.add(request);
                for (String line : answers.apply(request)) {
                    if (line.isEmpty()) {
                        in.readLine(); // until the caller has enough of it
                    } else {
                        caller.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
                    }
                }
            } catch (ClosedChannelException e) {
                return; // the test is over
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Lines that came, in their order. */
    List<String> requests() {
        return requests;
    }

    @Override
    public void close() throws IOException {
        listener.close();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
