package io.penstock.server.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.message.PingRequest;
import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.machine.Pings.Asked;
import io.penstock.server.machine.Pings.Pong;
import io.penstock.server.machine.Pings.Way;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Tags;
import io.penstock.server.store.NodeTable;
import io.penstock.server.store.Store;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PingsTest {
    /** Absolute, or stock clients say that its scheme is not supported, and of HTTPS, which is what is inside. */
    private static final String ANSWERS = "https://coordinator.example:8480/machine/ping-response";

    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    private Path parent;

    private Store store;
    private Domain domain;
    private final List<PingRequest> sent = new ArrayList<>();
    private boolean hasStream = true;
    private int machines;

    private final Pings pings = new Pings(
            Samples.PUBLIC_URL,
            (node, ping) -> {
                sent.add(ping);
                return hasStream;
            },
            new Seeded(8));

    @BeforeEach
    void open() {
        store = Samples.store(parent, new TestClock());
        domain = store.write(tx -> Samples.domain(tx, "home"));
    }

    @AfterEach
    void close() {
        pings.close();
        store.close();
    }

    private Node node() {
        int number = ++machines;
        return store.write(tx -> ((NodeTable.Added.Done) tx.nodes()
                        .add(
                                domain,
                                Samples.joining(new Owner.OfTags(Tags.of(List.of("tag:t"))), number, "n" + number)))
                .node());
    }

    private CompletableFuture<Pong> ask(Node node, Way way, Duration timeout) {
        return assertInstanceOf(Asked.Sent.class, pings.ask(node, way, timeout)).pong();
    }

    private String lastId() {
        String url = sent.getLast().url();
        assertTrue(url.startsWith(ANSWERS + "?id="), url);
        return url.substring(url.indexOf('=') + 1);
    }

    private String text() {
        MetricsText out = new MetricsText();
        pings.write(out);
        return out.toString();
    }

    @Test
    void aHeadIsAnsweredOnce() {
        Node node = node();
        CompletableFuture<Pong> pong = ask(node, Way.HEAD, LONG);
        String id = lastId();

        assertEquals(new PingRequest(ANSWERS + "?id=" + id, true, false, "", "", ""), sent.getLast());
        assertEquals(32, id.length(), "nobody guesses 128 bits");
        assertEquals(Way.HEAD, pings.wayOf(node.machineKey(), id));
        assertTrue(pings.alive(id));
        assertInstanceOf(Pong.Answered.class, pong.join());
        assertNull(pings.wayOf(node.machineKey(), id), "a second answer");
        assertFalse(pings.alive(id));
        assertEquals(1, pings.unknownAnswers());
        assertEquals(0, pings.outstanding());
    }

    @Test
    void anEchoHasToGiveBackWhatWasSent() throws Exception {
        Node node = node();
        CompletableFuture<Pong> pong = ask(node, Way.ECHO, LONG);
        assertEquals("c2n", sent.getLast().types());
        String request = new String(sent.getLast().decodePayload(), StandardCharsets.US_ASCII);
        String[] parts = request.split("\r\n\r\n", -1);
        assertTrue(parts[0].startsWith("POST /echo HTTP/1.1\r\nHost: "), request);
        assertTrue(parts[0].endsWith("Content-Length: " + parts[1].length()), request);

        assertTrue(pings.echoed(lastId(), 200, parts[1]));
        assertInstanceOf(Pong.Answered.class, pong.join());

        pong = ask(node, Way.ECHO, LONG);
        pings.echoed(lastId(), 200, parts[1]);
        assertEquals(new Pong.Wrong("it gave back other bytes than it was sent"), pong.join(), "the one before");

        pong = ask(node, Way.ECHO, LONG);
        pings.echoed(lastId(), 404, "");
        assertEquals(new Pong.Wrong("its program answered with status 404"), pong.join());
    }

    @Test
    void anotherMachineCannotAnswerNorEndIt() {
        Node node = node();
        CompletableFuture<Pong> pong = ask(node, Way.HEAD, LONG);

        assertNull(pings.wayOf(node().machineKey(), lastId()));
        assertEquals(1, pings.foreignAnswers());
        assertFalse(pong.isDone());
        assertTrue(pings.alive(lastId()));
    }

    @Test
    void silenceEndsInTimeAndALateAnswerIsNone() {
        Node node = node();
        CompletableFuture<Pong> pong = ask(node, Way.HEAD, Duration.ofMillis(20));

        assertInstanceOf(Pong.Silent.class, pong.join());
        assertEquals(0, pings.outstanding());
        assertFalse(pings.alive(lastId()));
        assertInstanceOf(Asked.Sent.class, pings.ask(node, Way.HEAD, LONG));
    }

    @Test
    void aNodeIsAskedOnceAtATime() {
        Node node = node();
        var _ = ask(node, Way.HEAD, LONG);

        assertInstanceOf(Asked.AlreadyAsked.class, pings.ask(node, Way.ECHO, LONG));
        assertEquals(1, sent.size());
        pings.alive(lastId());
        assertInstanceOf(Asked.Sent.class, pings.ask(node, Way.ECHO, LONG));
    }

    @Test
    void aNodeWithoutAStreamIsNotWaitedFor() {
        hasStream = false;

        assertInstanceOf(Asked.NotConnected.class, pings.ask(node(), Way.HEAD, LONG));
        assertEquals(0, pings.outstanding());
    }

    @Test
    void noMoreThanAThousandWait() {
        for (int i = 0; i < Pings.MAX_OUTSTANDING; i++) {
            var _ = ask(node(), Way.HEAD, LONG);
        }
        assertInstanceOf(Asked.TooMany.class, pings.ask(node(), Way.HEAD, LONG));
        assertTrue(text().contains("penstock_pings_outstanding 1000\n"), text());

        pings.alive(lastId());
        assertInstanceOf(Asked.Sent.class, pings.ask(node(), Way.HEAD, LONG));
        assertTrue(text().contains("penstock_pings_total{result=\"too-many\"} 1\n"), text());
        assertTrue(text().contains("penstock_pings_total{result=\"answered\"} 1\n"), text());
    }

    @Test
    void whoWaitsIsToldThatTheCoordinatorEnds() {
        CompletableFuture<Pong> pong = ask(node(), Way.HEAD, LONG);

        pings.close();

        assertInstanceOf(Pong.Ended.class, pong.join());
        assertInstanceOf(Asked.Ending.class, pings.ask(node(), Way.HEAD, LONG));
    }

    @Test
    void timesOutOfBoundsAreRefused() {
        Node node = node();
        assertThrows(IllegalArgumentException.class, () -> pings.ask(node, Way.HEAD, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> pings.ask(node, Way.HEAD, Duration.ofSeconds(31)));
        assertEquals(0, pings.outstanding());
    }
}
