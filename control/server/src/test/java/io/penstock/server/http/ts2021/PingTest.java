package io.penstock.server.http.ts2021;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.mapstream.MapFrameDecoder;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.PingRequest;
import io.penstock.protocol.message.RegisterAuth;
import io.penstock.protocol.message.RegisterRequest;
import io.penstock.server.machine.Pings;
import io.penstock.server.machine.Pings.Pong;
import io.penstock.server.machine.Pings.Way;
import io.penstock.server.map.Maps;
import io.penstock.server.model.Node;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pings in real map streams, and what comes back over real connections. */
class PingTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    private Path parent;

    private final MapFrameDecoder frames = new MapFrameDecoder();
    private EdgeFixture edge;
    private TestNode machine;
    private TestNode.Exchange poll;
    private Node node;

    @BeforeEach
    void open() throws Exception {
        edge = new EdgeFixture(
                parent,
                Ts2021Limits.DEFAULT,
                null,
                (store, clock) -> Maps.follow(store, clock, () -> new DerpMap(null, Map.of(), true)));
        machine = edge.connect();
        RegisterRequest join =
                EdgeTest.request(1).auth(new RegisterAuth(edge.authKey())).build();
        assertEquals(200, machine.post(RegisterRequest.PATH, join.encode()).status());
        node = edge.members().getFirst();
        poll = machine.post(
                MapRequest.PATH,
                MapRequest.builder().version(131).nodeKey(node.nodeKey()).compress("zstd").stream(true)
                        .build()
                        .encode());
        assertNull(nextFrame().pingRequest(), "the whole map asks nothing");
    }

    @AfterEach
    void close() {
        frames.close();
        edge.close();
    }

    private PingRequest nextPing() throws Exception {
        return Objects.requireNonNull(nextFrame().pingRequest(), "a ping");
    }

    private MapResponse nextFrame() throws Exception {
        byte[] frame = Objects.requireNonNull(poll.pieces.poll(20, TimeUnit.SECONDS), "a frame");
        return Objects.requireNonNull(frames.decode(ByteBuffer.wrap(frame)), "a whole frame");
    }

    private CompletableFuture<Pong> ask(Way way, Duration timeout) {
        return assertInstanceOf(Pings.Asked.Sent.class, edge.pings.ask(node, way, timeout))
                .pong();
    }

    private int answer(TestNode from, String method, String url, String body) throws Exception {
        String path = url.startsWith("/") ? url : url.substring(EdgeFixture.PUBLIC_URL.length());
        return from.send(method, path, body.getBytes(US_ASCII)).status();
    }

    @Test
    void aHeadIsAnswered() throws Exception {
        CompletableFuture<Pong> pong = ask(Way.HEAD, LONG);
        PingRequest ping = nextPing();

        assertEquals(200, answer(machine, "HEAD", ping.url(), ""));
        assertInstanceOf(Pong.Answered.class, pong.get(20, TimeUnit.SECONDS));
        assertEquals(404, answer(machine, "HEAD", ping.url(), ""), "a replay");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n%s",
                "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n%s\r\n0\r\n\r\n",
                "HTTP/1.0 200 OK\r\n\r\n%s"
            })
    void anEchoIsAnsweredInAnyFormOfHttp(String form) throws Exception {
        CompletableFuture<Pong> pong = ask(Way.ECHO, LONG);
        PingRequest ping = nextPing();
        String request = new String(ping.decodePayload(), US_ASCII);
        String content = request.substring(request.indexOf("\r\n\r\n") + 4);

        assertEquals(200, answer(machine, "POST", ping.url(), form.formatted(content)));
        assertInstanceOf(Pong.Answered.class, pong.get(20, TimeUnit.SECONDS));
    }

    @ParameterizedTest
    @CsvSource({
        "400, nonsense",
        "400, 'HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nshort'",
        "400, ''",
        "200, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno'",
        "200, 'HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n'"
    })
    void anythingElseIsNoEcho(int status, String body) throws Exception {
        CompletableFuture<Pong> pong = ask(Way.ECHO, LONG);

        assertEquals(status, answer(machine, "POST", nextPing().url(), body));
        assertInstanceOf(Pong.Wrong.class, pong.get(20, TimeUnit.SECONDS));
    }

    @Test
    void aLongAnswerIsNotRead() throws Exception {
        CompletableFuture<Pong> pong = ask(Way.ECHO, LONG);

        assertEquals(413, answer(machine, "POST", nextPing().url(), "x".repeat(EchoResponse.MAX_BYTES + 1)));
        assertInstanceOf(Pong.Wrong.class, pong.get(20, TimeUnit.SECONDS));
    }

    @Test
    void nobodyElseAnswersForIt() throws Exception {
        CompletableFuture<Pong> pong = ask(Way.HEAD, LONG);
        PingRequest ping = nextPing();
        TestNode other = edge.connect(PrivateKey.generate(edge.entropy), 131);

        assertEquals(404, answer(other, "HEAD", ping.url(), ""));
        assertEquals(1, edge.pings.foreignAnswers());
        assertEquals(405, answer(machine, "GET", ping.url(), ""));
        assertFalse(pong.isDone());
        assertEquals(200, answer(machine, "HEAD", ping.url(), ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/machine/ping-response",
                "/machine/ping-response?id=",
                "/machine/ping-response?id=00112233445566778899aabbccddeeff",
                "/machine/ping-response?id=%zz",
                "/machine/ping-response?id=a&id=b"
            })
    void idsOfNothingAreNotThere(String url) throws Exception {
        assertEquals(404, answer(machine, "HEAD", url, ""));
    }

    @Test
    void aLateAnswerIsNotThere() throws Exception {
        CompletableFuture<Pong> pong = ask(Way.HEAD, Duration.ofMillis(50));
        PingRequest ping = nextPing();
        assertInstanceOf(Pong.Silent.class, pong.get(20, TimeUnit.SECONDS));

        assertEquals(404, answer(machine, "HEAD", ping.url(), ""));
    }

    @Test
    void aNodeThatHasGoneIsNotAsked() throws Exception {
        machine.close();
        EdgeFixture.await(() -> edge.door.counters().polls() == 0);

        assertInstanceOf(Pings.Asked.NotConnected.class, edge.pings.ask(node, Way.HEAD, LONG));
    }
}
