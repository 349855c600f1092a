package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.lab.JsonWriter;
import io.penstock.protocol.hujson.Hujson;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Predicate;

/** The daemon, asked over its socket: a line of JSON there, lines of JSON back. For one thread; a connection for each request. */
final class Daemon {
    /** Enough for whatever the daemon does by itself, without a coordinator. */
    static final Duration PROMPTLY = Duration.ofSeconds(30);

    /** For as long as it takes. */
    static final Duration FOREVER = Duration.ZERO;

    private static final int MAX_LINE = 32 << 20;
    private static final String RESULT = "{\"result\":";
    private static final String EVENT = "{\"event\":";

    private final Path socket;

    Daemon(Path socket) {
        this.socket = socket;
    }

    /**
     * A result.
     *
     * @param document of it, as it came
     */
    record Result(Reply value, String document) {}

    /** A request of that verb, to be filled and closed. */
    static JsonWriter request(String verb) {
        return new JsonWriter().beginObject().name("verb").value(verb);
    }

    /** Asks something that has no events. */
    Result ask(JsonWriter request) throws CommandFailure {
        return ask(request, PROMPTLY, event -> true);
    }

    /**
     * Asks, and follows the events until the result.
     *
     * @param timeout of the whole, or {@link #FOREVER}
     * @param onEvent false ends it: the event is the result then
     * @throws CommandFailure if the daemon is not there, refuses, or takes too long; the exit code says which
     */
    Result ask(JsonWriter request, Duration timeout, Predicate<Result> onEvent) throws CommandFailure {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            connect(channel);
            Thread limit = Thread.ofVirtual().unstarted(() -> closeAfter(channel, timeout));
            if (!timeout.equals(FOREVER)) {
                limit.start();
            }
            try {
                return exchange(channel, request, onEvent);
            } catch (IOException e) {
                if (!channel.isOpen()) {
                    throw new CommandFailure(
                            "no answer from penstockd within " + timeout.toSeconds() + " s", ExitCode.TIMED_OUT);
                }
                throw e;
            } finally {
                limit.interrupt();
            }
        } catch (IOException e) {
            throw new CommandFailure(
                    "penstockd ended the connection (" + e.getMessage() + "): see 'journalctl -u penstockd'");
        }
    }

    private void connect(SocketChannel channel) throws CommandFailure {
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("ermission denied")) {
                throw new CommandFailure(
                        "you may not ask penstockd at " + socket + ": use sudo, or join the group of that socket",
                        ExitCode.NEEDS_ROOT);
            }
            String what = Files.exists(socket) ? "nobody listens at " + socket : "there is no " + socket;
            throw new CommandFailure(
                    "penstockd is not running (" + what + "): sudo systemctl start penstockd, or sudo penstock daemon",
                    ExitCode.NOT_RUNNING);
        }
    }

    private static void closeAfter(SocketChannel channel, Duration timeout) {
        try {
            Thread.sleep(timeout);
            channel.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the answer came in time
        } catch (IOException e) {
            throw new AssertionError(e); // closing a socket of this machine
        }
    }

    private static Result exchange(SocketChannel channel, JsonWriter request, Predicate<Result> onEvent)
            throws IOException, CommandFailure {
        ByteBuffer out = ByteBuffer.wrap(line(request.endObject().document()));
        try {
            while (out.hasRemaining()) {
                channel.write(out);
            }
        } catch (IOException e) {
            if (!channel.isOpen()) {
                throw e;
            } // a daemon that has too many callers says so and hangs up: what it said is there to be read
        }
        Arrays.fill(out.array(), (byte) 0); // a key may be in it
        ByteBuffer in = ByteBuffer.allocate(16 << 10).limit(0);
        while (true) {
            String line = readLine(channel, in);
            if (line.startsWith(RESULT)) {
                return result(line.substring(RESULT.length(), line.length() - 1));
            } else if (line.startsWith(EVENT)) {
                Result event = result(line.substring(EVENT.length(), line.length() - 1));
                if (!onEvent.test(event)) {
                    return event;
                }
            } else {
                Reply error = result(line).value().at("error");
                throw new CommandFailure(error.text("text"), exitCode(error.text("code")));
            }
        }
    }

    /** On one line: within its texts a document has no line feed. */
    private static byte[] line(String document) {
        return (document.replaceAll("\n *", "") + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static Result result(String json) throws IOException {
        try {
            return new Result(new Reply(Hujson.parse(json)), json);
        } catch (Hujson.SyntaxException e) {
            throw new IOException("its answer is no JSON: is it of another version?", e);
        }
    }

    private static String readLine(SocketChannel channel, ByteBuffer in) throws IOException {
        byte[] line = new byte[16 << 10];
        int length = 0;
        while (true) {
            while (in.hasRemaining()) {
                byte next = in.get();
                if (next == '\n') {
                    return new String(line, 0, length, StandardCharsets.UTF_8);
                }
                if (length == MAX_LINE) {
                    throw new IOException("an answer of more than " + MAX_LINE + " bytes");
                }
                if (length == line.length) {
                    line = Arrays.copyOf(line, 2 * length);
                }
                line[length++] = next;
            }
            in.clear();
            if (channel.read(in) < 0) {
                throw new IOException("it hung up");
            }
            in.flip();
        }
    }

    private static int exitCode(String code) {
        return switch (code) {
            case "bad-request" -> ExitCode.USAGE;
            case "not-permitted" -> ExitCode.NEEDS_ROOT;
            case "not-logged-in", "not-up" -> ExitCode.NOT_LOGGED_IN;
            case "timed-out" -> ExitCode.TIMED_OUT;
            case "refused" -> ExitCode.REFUSED;
            default -> ExitCode.FAILED;
        };
    }
}
