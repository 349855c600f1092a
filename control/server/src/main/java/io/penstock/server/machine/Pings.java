package io.penstock.server.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.message.PingRequest;
import io.penstock.server.metrics.MetricSource;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.model.Node;
import io.penstock.wireguard.Entropy;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The pings that wait for an answer: one of a node at a time, and a bounded number of all. A ping goes out in its node's map stream;
 * its answer counts once, if it comes in time, from the machine of that very node, and to an address that nobody else can guess.
 * Thread-safe; waits for nothing.
 */
public final class Pings implements MetricSource, AutoCloseable {
    /** Where nodes answer, with the id in the query. */
    public static final String PATH = "/machine/ping-response";

    /** The name of the id in the query. */
    public static final String ID = "id";

    /** Pings of all nodes that wait at a time. */
    public static final int MAX_OUTSTANDING = 1000;

    /** The longest that anybody waits for an answer. */
    public static final Duration MAX_TIMEOUT = Duration.ofSeconds(30);

    private static final int SECRET_BYTES = 16;

    /** How a node is asked. */
    public enum Way {
        /** {@code HEAD} of an address: its connection is alive. */
        HEAD,
        /** A request to the node itself, which gives back what it was sent: its program is alive. */
        ECHO
    }

    /** What goes out to the nodes. */
    @FunctionalInterface
    public interface Sender {
        /** Puts a ping into the stream of a node, from any thread, at once; false if it has no stream. */
        boolean send(Node node, PingRequest ping);
    }

    /** What became of asking. */
    public sealed interface Asked {
        /** It is on its way; the future completes within the time, never with an exception, on any thread. */
        record Sent(CompletableFuture<Pong> pong) implements Asked {}

        record NotConnected() implements Asked {}

        /** The node's last ping waits still. */
        record AlreadyAsked() implements Asked {}

        /** More than {@link #MAX_OUTSTANDING} would wait. */
        record TooMany() implements Asked {}

        /** The coordinator ends. */
        record Ending() implements Asked {}
    }

    /** What became of a ping. */
    public sealed interface Pong {
        /** The time from the ping's way into the stream to its answer, in nanoseconds. */
        record Answered(long roundTripNs) implements Pong {}

        /** Nothing came in time. */
        record Silent() implements Pong {}

        /**
         * The node answered something else.
         *
         * @param why in words for people
         */
        record Wrong(String why) implements Pong {}

        /** The coordinator ended meanwhile. */
        record Ended() implements Pong {}
    }

    private record Outstanding(
            long nodeId, MachineKey machine, Way way, String payload, long sentNs, CompletableFuture<Pong> pong) {}

    private final URI answers;
    private final Sender sender;
    private final Entropy entropy;
    private final Map<String, Outstanding> byId = new HashMap<>(); // guarded by this
    private final Map<Long, String> idOfNode = new HashMap<>(); // guarded by this
    private boolean closed; // guarded by this

    private final LongAdder answered = new LongAdder();
    private final LongAdder silent = new LongAdder();
    private final LongAdder wrong = new LongAdder();
    private final LongAdder notConnected = new LongAdder();
    private final LongAdder alreadyAsked = new LongAdder();
    private final LongAdder tooMany = new LongAdder();
    private final LongAdder unknownAnswers = new LongAdder();
    private final LongAdder foreignAnswers = new LongAdder();

    /**
     * No pings yet.
     *
     * @param publicUrl the coordinator's: nodes answer on their control connection, but want an address with a host in it
     * @param entropy thread-safe
     */
    public Pings(URI publicUrl, Sender sender, Entropy entropy) {
        answers = URI.create(
                "https://" + publicUrl.getRawAuthority() + PATH); // whatever it is outside: inside it is HTTPS to them
        this.sender = sender;
        this.entropy = entropy;
    }

    /**
     * Asks a node.
     *
     * @param timeout positive, and no more than {@link #MAX_TIMEOUT}
     * @throws IllegalArgumentException if it is not
     */
    public Asked ask(Node node, Way way, Duration timeout) {
        if (!timeout.isPositive() || timeout.compareTo(MAX_TIMEOUT) > 0) {
            throw new IllegalArgumentException("a time of 1 to " + MAX_TIMEOUT.toSeconds() + " seconds");
        }
        String id = secret();
        String payload = secret();
        CompletableFuture<Pong> pong = new CompletableFuture<>();
        Asked refused = enter(id, new Outstanding(node.id(), node.machineKey(), way, payload, System.nanoTime(), pong));
        if (refused != null) {
            return refused;
        }
        if (!sender.send(node, request(id, way, payload))) {
            take(id);
            notConnected.increment();
            return new Asked.NotConnected();
        }
        var _ = pong.orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
        return new Asked.Sent(pong.handle((became, late) -> late == null ? became : expire(id)));
    }

    private String secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        entropy.fill(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private PingRequest request(String id, Way way, String payload) {
        String url = answers + "?" + ID + "=" + id;
        return switch (way) {
            case HEAD -> new PingRequest(url, true, false, "", "", "");
            case ECHO -> PingRequest.c2n(url, echo(payload));
        };
    }

    private static byte[] echo(String payload) {
        return ("POST /echo HTTP/1.1\r\nHost: node\r\nContent-Type: text/plain\r\nContent-Length: " + payload.length()
                        + "\r\n\r\n" + payload)
                .getBytes(US_ASCII);
    }

    private synchronized @Nullable Asked enter(String id, Outstanding ping) {
        if (closed) {
            return new Asked.Ending();
        }
        if (idOfNode.containsKey(ping.nodeId)) {
            alreadyAsked.increment();
            return new Asked.AlreadyAsked();
        }
        if (byId.size() >= MAX_OUTSTANDING) {
            tooMany.increment();
            return new Asked.TooMany();
        }
        byId.put(id, ping);
        idOfNode.put(ping.nodeId, id);
        return null;
    }

    private synchronized @Nullable Outstanding take(String id) {
        Outstanding ping = byId.remove(id);
        if (ping != null) {
            idOfNode.remove(ping.nodeId);
        }
        return ping;
    }

    private Pong expire(String id) {
        take(id);
        silent.increment();
        return new Pong.Silent();
    }

    /** What is said to whoever answers: what he is to answer with, or that nobody asked him. */
    private synchronized @Nullable Outstanding waitingFor(MachineKey machine, String id) {
        Outstanding ping = byId.get(id);
        if (ping == null) {
            unknownAnswers.increment();
            return null;
        }
        if (!ping.machine.equals(machine)) {
            foreignAnswers.increment(); // and the ping goes on to wait for whom it is
            return null;
        }
        return ping;
    }

    /** How the machine was asked under this id; null if it was not, or not in this time, or has answered. */
    public @Nullable Way wayOf(MachineKey machine, String id) {
        Outstanding ping = waitingFor(machine, id);
        return ping == null ? null : ping.way;
    }

    /** Takes the answer to a ping by {@link Way#HEAD}; false if it came too late after all. */
    public boolean alive(String id) {
        Outstanding ping = take(id);
        return ping != null && end(ping);
    }

    /**
     * Takes the answer to a ping by {@link Way#ECHO}; false if it came too late after all.
     *
     * @param status of the node's own response
     */
    public boolean echoed(String id, int status, String content) {
        Outstanding ping = take(id);
        if (ping == null) {
            return false;
        }
        if (status != 200) {
            return fail(ping, "its program answered with status " + status);
        }
        return content.equals(ping.payload) ? end(ping) : fail(ping, "it gave back other bytes than it was sent");
    }

    /** Takes an answer that cannot be read; false if it came too late after all. */
    public boolean unreadable(String id, String why) {
        Outstanding ping = take(id);
        return ping != null && fail(ping, why);
    }

    private boolean end(Outstanding ping) {
        if (!ping.pong.complete(new Pong.Answered(System.nanoTime() - ping.sentNs))) {
            return false;
        }
        answered.increment();
        return true;
    }

    private boolean fail(Outstanding ping, String why) {
        if (!ping.pong.complete(new Pong.Wrong(why))) {
            return false;
        }
        wrong.increment();
        return true;
    }

    /** Pings that wait at the moment. */
    public synchronized int outstanding() {
        return byId.size();
    }

    /** Answers under an id that nobody waits for: made up, late or repeated. */
    public long unknownAnswers() {
        return unknownAnswers.sum();
    }

    /** Answers of another machine than the one that was asked. */
    public long foreignAnswers() {
        return foreignAnswers.sum();
    }

    @Override
    public void write(MetricsText out) {
        out.gauge("penstock_pings_outstanding", "Pings of nodes that wait for an answer.", outstanding());
        result(out, "answered", answered.sum());
        result(out, "silent", silent.sum());
        result(out, "wrong", wrong.sum());
        result(out, "not-connected", notConnected.sum());
        result(out, "already-asked", alreadyAsked.sum());
        result(out, "too-many", tooMany.sum());
        refused(out, "unknown", unknownAnswers());
        refused(out, "foreign", foreignAnswers());
    }

    private static void result(MetricsText out, String result, long count) {
        out.counter("penstock_pings_total", "Pings of nodes that were asked for, by result.", count, "result", result);
    }

    private static void refused(MetricsText out, String reason, long count) {
        out.counter("penstock_ping_answers_refused_total", "Answers that nobody waited for.", count, "reason", reason);
    }

    /** Ends all that wait, so that whoever asked is told before the listeners end. Again does nothing. */
    @Override
    public void close() {
        List<Outstanding> waiting;
        synchronized (this) {
            closed = true;
            waiting = List.copyOf(byId.values());
            byId.clear();
            idOfNode.clear();
        }
        waiting.forEach(ping -> ping.pong.complete(new Pong.Ended()));
    }
}
