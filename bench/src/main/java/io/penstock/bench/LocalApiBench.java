package io.penstock.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/** The daemon's side by three libraries; its client is always the JDK's channel, as the command line uses it. */
@Question(value = "What does a request over the local socket cost?", baseline = "library=jdk", unit = "request")
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameter and calls setUp
public class LocalApiBench {
    static final int REQUEST_LENGTH = 128;
    static final int REPLY_LENGTH = 512;

    @Param({"jdk", "jnr", "ours"})
    public String library;

    private final ByteBuffer request = ByteBuffer.allocateDirect(REQUEST_LENGTH);
    private final ByteBuffer reply = ByteBuffer.allocateDirect(REPLY_LENGTH);
    private Path folder;
    private UnixDomainSocketAddress address;
    private Thread server;
    private @Nullable SocketChannel connection; // the server has one at a time
    private volatile boolean isOver;

    @Setup(Level.Trial)
    public void setUp(BenchmarkParams benchmark) throws IOException {
        folder = Files.createTempDirectory("penstock-bench");
        Path path = folder.resolve("socket");
        address = UnixDomainSocketAddress.of(path);
        isOver = false;
        LocalListener listener = LocalListener.open(library, path);
        server = new Thread(() -> serve(listener), "server");
        server.setDaemon(true);
        server.start();
        if (benchmark.getBenchmark().endsWith(".request")) {
            connection = open();
        }
    }

    @TearDown(Level.Trial)
    public void tearDown() throws IOException, InterruptedException {
        if (connection != null) {
            connection.close();
        }
        isOver = true;
        wakeServer();
        server.join();
        Files.deleteIfExists(address.getPath());
        Files.delete(folder);
    }

    /** It may have looked up by itself when its last caller went, and then nobody listens any more. */
    private void wakeServer() throws IOException, InterruptedException {
        try {
            open().close();
        } catch (ConnectException e) {
            if (!server.join(Duration.ofSeconds(10))) {
                throw e;
            }
        }
    }

    private SocketChannel open() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(address);
        return channel;
    }

    /** One caller after the other, each until it closes. */
    private void serve(LocalListener listener) {
        byte[] asked = new byte[REQUEST_LENGTH];
        byte[] answer = new byte[REPLY_LENGTH];
        try (listener) {
            while (!isOver) {
                try (LocalListener.Connection caller = listener.accept()) {
                    while (caller.read(asked)) {
                        caller.write(answer);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int ask(SocketChannel channel) throws IOException {
        request.clear();
        while (request.hasRemaining()) {
            channel.write(request);
        }
        reply.clear();
        while (reply.hasRemaining()) {
            if (channel.read(reply) < 0) {
                throw new IOException("the server has gone");
            }
        }
        return reply.position();
    }

    /** On a connection that is open. */
    @Benchmark
    public int request() throws IOException {
        return ask(Objects.requireNonNull(connection));
    }

    /** On one of its own, whose caller's credentials are asked for. */
    @Benchmark
    public int connect() throws IOException {
        try (SocketChannel channel = open()) {
            return ask(channel);
        }
    }
}
