package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * HTTP/1.1 over a coordinator's UNIX socket, as little of it as one request for each connection needs (the JDK's own client
 * knows TCP only). Reads no more than a limit and waits no longer than one.
 */
final class LocalClient implements AdminClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final int MAX_ANSWER = 64 << 20;
    private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};

    private final Path socket;
    private final Duration timeout;
    private final int maxAnswer;

    LocalClient(Path socket) {
        this(socket, TIMEOUT, MAX_ANSWER);
    }

    LocalClient(Path socket, Duration timeout, int maxAnswer) {
        this.socket = socket;
        this.timeout = timeout;
        this.maxAnswer = maxAnswer;
    }

    @Override
    public Answer send(String method, String target, String json) throws CommandFailure {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            connect(channel);
            return exchange(channel, request(method, target, json));
        } catch (IOException e) {
            throw new CommandFailure("no whole answer from the coordinator at " + socket + ": " + e.getMessage());
        }
    }

    private void connect(SocketChannel channel) throws IOException, CommandFailure {
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            Path state = socket.getParent();
            if (String.valueOf(e.getMessage()).contains("ermission denied")) {
                throw new CommandFailure(
                        socket
                                + " is for root and the coordinator's own user: run this as one of them, for example by sudo",
                        ExitCode.NEEDS_ROOT);
            }
            throw new CommandFailure(
                    "no coordinator runs on " + state + " (" + e.getMessage() + "): start it by 'penstock server up',"
                            + " or say by --state or --server where it is",
                    ExitCode.NOT_RUNNING);
        }
    }

    private static ByteBuffer request(String method, String target, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        byte[] head = (method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + (body.length == 0 ? "" : "Content-Type: application/json\r\n")
                        + "Content-Length: " + body.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(head.length + body.length)
                .put(head)
                .put(body)
                .flip();
    }

    /** A thread closes the channel when the time is over: a blocking channel knows no time limit. */
    private Answer exchange(SocketChannel channel, ByteBuffer request) throws IOException {
        Thread limit = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(timeout);
                channel.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the answer came in time
            } catch (IOException e) {
                throw new AssertionError(e); // closing a socket of this machine
            }
        });
        try {
            while (request.hasRemaining()) {
                channel.write(request);
            }
            return parse(readAll(channel));
        } catch (ClosedChannelException e) {
            throw new IOException("nothing within " + timeout.toMillis() + " ms", e);
        } finally {
            limit.interrupt();
        }
    }

    private byte[] readAll(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(Math.min(maxAnswer, 16 << 10));
        while (channel.read(buffer) >= 0) {
            if (!buffer.hasRemaining()) {
                if (buffer.capacity() >= maxAnswer) {
                    throw new IOException("an answer of more than " + maxAnswer + " bytes");
                }
                buffer = ByteBuffer.allocate((int) Math.min(maxAnswer, 2L * buffer.capacity()))
                        .put(buffer.flip());
            }
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    /** A head and a body of the length that it tells; the coordinator sends no other kind. */
    static Answer parse(byte[] bytes) throws IOException {
        int end = indexOf(bytes, END_OF_HEAD);
        if (end < 0) {
            throw new IOException("it ends within its head");
        }
        String[] lines = new String(bytes, 0, end, StandardCharsets.ISO_8859_1).split("\r\n", -1);
        if (!lines[0].matches("HTTP/1\\.1 [1-5][0-9][0-9]( .*)?")) {
            throw new IOException("it is not of HTTP");
        }
        long length = -1;
        for (String line : lines) {
            String lower = line.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = length(lower.substring("content-length:".length()).strip());
            }
        }
        byte[] body = Arrays.copyOfRange(bytes, end + END_OF_HEAD.length, bytes.length);
        if (body.length != length) {
            throw new IOException("it has " + body.length + " bytes of " + (length < 0 ? "unknown" : length));
        }
        return new Answer(Integer.parseInt(lines[0].substring(9, 12)), new String(body, StandardCharsets.UTF_8));
    }

    private static long length(String text) throws IOException {
        if (!text.matches("[0-9]{1,10}")) {
            throw new IOException("its length is no number");
        }
        return Long.parseLong(text);
    }

    private static int indexOf(byte[] bytes, byte[] wanted) {
        for (int i = 0; i + wanted.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public String toString() {
        return Objects.toString(socket);
    }
}
