package io.penstock.node.api;

import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.json.RawJson;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One connection to a daemon. For one thread; one request at a time, any number one after the other. */
public final class LocalClient implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LocalClient.class.getName());

    private static final int READ_BYTES = 64 * 1024;

    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer in = ByteBuffer.allocate(READ_BYTES).flip();

    private LocalClient(SocketChannel channel, Selector selector) {
        this.channel = channel;
        this.selector = selector;
    }

    /**
     * Connects.
     *
     * @throws LocalApiException if no daemon listens there, or the caller may not talk to it
     */
    public static LocalClient connect(Path socket) throws LocalApiException {
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            Selector selector = Selector.open();
            channel.register(selector, SelectionKey.OP_READ);
            return new LocalClient(channel, selector);
        } catch (IOException e) {
            closeQuietly(channel, e);
            throw notConnected(socket, e);
        }
    }

    private static LocalApiException notConnected(Path socket, IOException e) {
        if (String.valueOf(e.getMessage()).contains("Permission denied")) {
            return new LocalApiException(
                    LocalApiException.Kind.NOT_PERMITTED,
                    "you may not talk to the daemon at " + socket
                            + ": use sudo, or join the group penstock and log in again",
                    e);
        }
        String cure = ": start it with `sudo systemctl start penstockd`, or `sudo penstock daemon`";
        String what = Files.exists(socket) ? "no daemon listens at " : "no daemon runs: there is no ";
        return new LocalApiException(LocalApiException.Kind.NOT_RUNNING, what + socket + cure, e);
    }

    private static void closeQuietly(@Nullable SocketChannel channel, IOException because) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                because.addSuppressed(e);
            }
        }
    }

    /**
     * Asks something without events.
     *
     * @param result as the request's documentation says
     * @param timeout for the whole of it
     * @throws LocalApiException if the daemon says no, or there is no answer
     */
    public <R> R call(Request request, Class<R> result, Duration timeout) throws LocalApiException {
        R answer = call(request, RawJson.class, event -> true, result, timeout);
        if (answer == null) {
            throw new LocalApiException(
                    LocalApiException.Kind.BROKEN, "the daemon broke the protocol: no result", null);
        }
        return answer;
    }

    /**
     * Asks something and follows the events.
     *
     * @param onEvent false ends the waiting; this connection is of no use after that
     * @param timeout for the whole of it; zero waits for ever
     * @return null if {@code onEvent} ended it
     * @throws LocalApiException if the daemon says no, or there is no answer in time
     */
    public <E, R> @Nullable R call(
            Request request, Class<E> event, Predicate<E> onEvent, Class<R> result, Duration timeout)
            throws LocalApiException {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        boolean isBounded = !timeout.isZero();
        try {
            trySend(request);
            while (true) {
                Answer answer = Answer.decode(line(isBounded, deadlineNs));
                if (answer.error() != null) {
                    throw new LocalApiException(answer.error());
                }
                if (answer.result() != null) {
                    return Answer.value(answer.result(), result);
                }
                if (answer.event() != null && !onEvent.test(Answer.value(answer.event(), event))) {
                    return null;
                }
            }
        } catch (MalformedMessageException e) {
            throw new LocalApiException(
                    LocalApiException.Kind.BROKEN,
                    "the daemon's answer cannot be read (" + e.getMessage()
                            + "): is it another version than this program?",
                    e);
        } catch (IOException e) {
            throw new LocalApiException(LocalApiException.Kind.ENDED, "the daemon ended the connection", e);
        }
    }

    /** A daemon that refuses callers says so and hangs up before it has read anything: what it said is there to be read then. */
    private void trySend(Request request) throws LocalApiException {
        try {
            send(request);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the daemon does not listen; it may have said why", e);
        }
    }

    private void send(Request request) throws IOException, LocalApiException {
        byte[] json = request.encode();
        if (json.length >= LocalApi.MAX_REQUEST_BYTES) {
            throw new LocalApiException(
                    LocalApiException.Kind.BROKEN, "a request of " + json.length + " bytes is too long", null);
        }
        ByteBuffer out = ByteBuffer.wrap(Arrays.copyOf(json, json.length + 1));
        out.put(json.length, (byte) '\n');
        while (out.hasRemaining()) {
            if (channel.write(out) == 0) {
                Thread.onSpinWait(); // a request is far smaller than the socket's buffer
            }
        }
        Arrays.fill(out.array(), (byte) 0); // there may be a key in it
        Arrays.fill(json, (byte) 0);
    }

    /** The next line, without its line feed. */
    private byte[] line(boolean isBounded, long deadlineNs) throws IOException, LocalApiException {
        byte[] line = new byte[READ_BYTES];
        int length = 0;
        while (true) {
            while (in.hasRemaining()) {
                byte next = in.get();
                if (next == '\n') {
                    return Arrays.copyOf(line, length);
                }
                if (length == LocalApi.MAX_ANSWER_BYTES) {
                    throw new IOException("an answer that is too long");
                }
                if (length == line.length) {
                    line = Arrays.copyOf(line, line.length * 2);
                }
                line[length++] = next;
            }
            fill(isBounded, deadlineNs);
        }
    }

    private void fill(boolean isBounded, long deadlineNs) throws IOException, LocalApiException {
        in.clear().limit(0);
        while (!in.hasRemaining()) {
            long leftMs = isBounded ? Math.ceilDiv(deadlineNs - System.nanoTime(), 1_000_000) : 0;
            if (isBounded && leftMs <= 0) {
                throw new LocalApiException(
                        LocalApiException.Kind.TIMED_OUT, "the daemon did not answer in time", null);
            }
            selector.select(leftMs);
            selector.selectedKeys().clear();
            if (Thread.interrupted()) {
                throw new LocalApiException(LocalApiException.Kind.ENDED, "interrupted", null);
            }
            in.clear();
            int read = channel.read(in);
            in.flip();
            if (read < 0) {
                throw new IOException("the daemon hung up");
            }
        }
    }

    @Override
    public void close() throws LocalApiException {
        try (selector;
                channel) {
            in.clear();
        } catch (IOException e) {
            throw new LocalApiException(LocalApiException.Kind.ENDED, "cannot close", e);
        }
    }
}
