package io.penstock.server.http.ts2021;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.RegisterAuth;
import io.penstock.protocol.message.RegisterRequest;
import io.penstock.server.Samples;
import io.penstock.server.ScriptedMaps;
import io.penstock.transport.InnerHttp2;
import io.penstock.transport.RecordCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Machines that have a key, and use it to do harm or nothing. */
class BadMachineTest {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path parent;

    private @Nullable EdgeFixture fixture;

    private EdgeFixture open(Ts2021Limits limits) throws Exception {
        fixture = new EdgeFixture(parent, limits);
        return fixture;
    }

    private static Ts2021Limits limits(Duration handshake, Duration silence, Duration keepAlive, int unused) {
        return new Ts2021Limits(handshake, handshake, silence, unused, keepAlive, keepAlive, 2, 4);
    }

    @AfterEach
    void close() {
        if (fixture != null) {
            fixture.close();
        }
    }

    @Test
    void connectionThatSaysNothingAfterItsUpgradeEnds() throws Exception {
        EdgeFixture edge = open(limits(SHORT, LONG, LONG, 5));
        TestNode node = edge.connect(pipeline -> {});
        assertEnds(node);
        assertEquals(1, edge.door.counters().silent());
        EdgeFixture.await(() -> edge.door.counters().connections() == 0);
    }

    @Test
    void connectionThatDoesNotAnswerEnds() throws Exception {
        EdgeFixture edge = open(limits(LONG, SHORT, LONG, 5));
        TestNode node = edge.connect();
        node.channel.config().setAutoRead(false);
        EdgeFixture.await(() -> edge.door.counters().silent() == 1);
    }

    @Test
    void connectionThatNobodyUsesEnds() throws Exception {
        EdgeFixture edge = open(limits(LONG, SHORT, LONG, 2));
        TestNode node = edge.connect();
        assertEnds(node);
        assertEquals(1, edge.door.counters().silent());
    }

    @Test
    void badRecordEndsTheConnection() throws Exception {
        EdgeFixture edge = open(Ts2021Limits.DEFAULT);
        TestNode node = edge.connect();
        node.channel
                .pipeline()
                .context(RecordCodec.class)
                .writeAndFlush(Unpooled.wrappedBuffer(new byte[200]))
                .sync();
        assertEnds(node);
        assertEquals(1, edge.door.counters().badRecords());
    }

    @Test
    void whatIsNoHttp2EndsTheConnection() throws Exception {
        EdgeFixture edge = open(Ts2021Limits.DEFAULT);
        TestNode node = edge.connect(pipeline -> {});
        node.channel
                .writeAndFlush(Unpooled.copiedBuffer("GET / HTTP/1.1\r\nHost: x\r\n\r\n", StandardCharsets.US_ASCII))
                .sync();
        assertEnds(node);
        assertEquals(1, edge.door.counters().badHttp2());
    }

    /** Frames in hexadecimal; empty DATA is a flood earlier, by HTTP/2's own count. */
    @ParameterizedTest
    @CsvSource({
        "ping, 0000080600000000000000000000000000",
        "settings, 000000040000000000",
        "priority, 00000502000000000100000000ff",
        "unknown, 000000c80000000000",
        "window, 00000408000000000000000001"
    })
    void floodOfFramesEndsTheConnection(String name, String frame) throws Exception {
        EdgeFixture edge = open(Ts2021Limits.DEFAULT);
        TestNode node = edge.connect();
        ByteBuf flood = Unpooled.buffer();
        byte[] one = HexFormat.of().parseHex(frame);
        for (int i = 0; i < 2 * FrameMeter.BURST; i++) {
            flood.writeBytes(one);
        }
        var _ = node.channel.pipeline().context(Http2FrameCodec.class).writeAndFlush(flood);
        assertEnds(node);
        assertEquals(1, edge.door.counters().floods(), name);
    }

    @Test
    void rapidResetsEndTheConnection() throws Exception {
        EdgeFixture edge = open(Ts2021Limits.DEFAULT);
        TestNode node = edge.connect();
        for (int i = 0; i < 400 && node.channel.isOpen(); i++) {
            var opened = new Http2StreamChannelBootstrap(node.channel)
                    .handler(new TestNode.Exchange())
                    .open()
                    .await();
            if (opened.isSuccess()) {
                var _ = opened.getNow()
                        .write(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers()
                                .method("POST")
                                .path(MapRequest.PATH)
                                .scheme("https")));
                var _ = opened.getNow().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL));
            }
        }
        assertEnds(node);
        assertEquals(1, edge.door.counters().floods());
    }

    @Test
    void moreRequestsThanWereOfferedAreRefused() throws Exception {
        EdgeFixture edge = open(Ts2021Limits.DEFAULT);
        RawHttp2 raw = new RawHttp2();
        TestNode node = edge.connect(raw::addTo);
        raw.begin(node.channel);
        for (int i = 0; i <= InnerHttp2.MAX_STREAMS; i++) {
            raw.headers(node.channel, 2 * i + 1, RawHttp2.POST_ROOT);
        }
        int last = 2 * InnerHttp2.MAX_STREAMS + 1;
        assertEquals(Http2Error.REFUSED_STREAM.code(), raw.resetOf(last));
        assertTrue(node.channel.isOpen());
    }

    @Test
    void headerBombIsRefused() throws Exception {
        EdgeFixture edge = open(Ts2021Limits.DEFAULT);
        RawHttp2 raw = new RawHttp2();
        TestNode node = edge.connect(raw::addTo);
        raw.begin(node.channel);
        ByteBuf block = Unpooled.buffer().writeBytes(RawHttp2.POST_ROOT);
        block.writeByte(0x40).writeByte(1).writeByte('x'); // a field for the table
        block.writeByte(0x7f).writeByte(0xb9).writeByte(0x16); // 3000 as HPACK writes it
        block.writeBytes("y".repeat(3000).getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < 1000; i++) {
            block.writeByte(0x80 | 62); // that field again
        }
        raw.headers(node.channel, 1, ByteBufUtil.getBytes(block));

        EdgeFixture.await(() -> edge.door.counters().headersTooLarge() == 1);
        assertEquals(0, edge.door.counters().requests());
    }

    @Test
    void bodyThatIsTooLongIsRefused() throws Exception {
        EdgeFixture edge = open(Ts2021Limits.DEFAULT);
        TestNode node = edge.connect();
        TestNode.Exchange exchange = node.begin("POST", RegisterRequest.PATH, false);
        var _ = exchange.stream()
                .writeAndFlush(
                        new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(new byte[MapRequest.MAX_BYTES + 1]), true));
        assertEquals(413, exchange.status());
        assertEquals(1, edge.door.counters().tooLarge());
        assertEquals(
                404,
                node.send("HEAD", "/machine/ping-response?id=1", new byte[0]).status(),
                "the connection is good");
    }

    @Test
    void bodyThatDoesNotComeToItsEndIsGivenUp() throws Exception {
        EdgeFixture edge = open(limits(SHORT, LONG, LONG, 5));
        TestNode node = edge.connect();
        TestNode.Exchange exchange = node.begin("POST", RegisterRequest.PATH, false);
        exchange.stream()
                .writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(new byte[1000]), false))
                .sync();
        assertEquals(408, exchange.status());
        assertEquals(1, edge.door.counters().slowBodies());
        EdgeFixture.await(() -> edge.door.bodyBytesLeft() == BodyBudget.ALL);
    }

    @Test
    void bodiesOfAConnectionShareItsRoom() throws Exception {
        EdgeFixture edge = open(Ts2021Limits.DEFAULT);
        TestNode node = edge.connect();
        List<TestNode.Exchange> exchanges = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            TestNode.Exchange exchange = node.begin("POST", RegisterRequest.PATH, false);
            exchange.stream()
                    .writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(new byte[400_000]), false))
                    .await();
            exchanges.add(exchange);
        }
        assertEquals(429, exchanges.get(2).status());
        assertFalse(exchanges.get(0).headers.isDone());
        assertEquals(BodyBudget.ALL - 800_000, edge.door.bodyBytesLeft());
        node.close();
        EdgeFixture.await(() -> edge.door.bodyBytesLeft() == BodyBudget.ALL);
    }

    @Test
    void receiverThatDoesNotReadCostsNoQueueAndIsGivenUp() throws Exception {
        EdgeFixture edge = open(limits(LONG, LONG, Duration.ofMillis(700), 5));
        TestNode node = edge.connect();
        TestNode.Exchange poll = node.post(MapRequest.PATH, poll().encode());
        assertEquals(200, poll.status());
        node.channel.config().setAutoRead(false);
        ScriptedMaps.Script script = Objects.requireNonNull(edge.maps.of(node.machine()));
        for (int i = 0; i < 1000; i++) {
            script.say(EdgeTest.frame("\"" + "x".repeat(50_000) + "\""));
        }
        EdgeFixture.await(() -> edge.door.counters().stalled() == 1);
        EdgeFixture.await(script::isClosed);
        assertTrue(script.polls() < 500, script.polls() + " frames of 50 KB were made for nobody");
        assertEquals(0, edge.door.counters().polls());
    }

    @Test
    void slowReceiverOfALargeMapIsServed() throws Exception {
        EdgeFixture edge = open(limits(LONG, LONG, Duration.ofSeconds(1), 5));
        TestNode node = edge.connect();
        TestNode.Exchange poll = node.post(MapRequest.PATH, poll().encode());
        assertEquals(200, poll.status());
        poll.stream().config().setAutoRead(false);
        ByteBuffer frame = EdgeTest.frame("\"" + "x".repeat(24_000_000) + "\"");
        int length = frame.remaining();
        long started = System.nanoTime();
        Objects.requireNonNull(edge.maps.of(node.machine())).say(frame);
        int read = 0;
        while (read < length && edge.door.counters().polls() == 1) {
            Thread.sleep(100);
            for (int i = 0; i < 64; i++) {
                poll.stream().read(); // 16 KB; the window opens once 2 MB were read
            }
            for (byte[] piece = poll.pieces.poll(); piece != null; piece = poll.pieces.poll()) {
                read += piece.length;
            }
        }
        assertEquals(0, edge.door.counters().stalled(), read + " of " + length + " were read");
        assertTrue(System.nanoTime() - started > 2_000_000_000L, "longer than a standstill may be");
    }

    @Test
    void eldestOfTooManyConnectionsOfAMachineGivesWay() throws Exception {
        EdgeFixture edge = open(limits(LONG, LONG, LONG, 5));
        PrivateKey machine = PrivateKey.generate(edge.entropy);
        List<TestNode> nodes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            nodes.add(edge.connect(machine, 131));
        }
        assertEnds(nodes.getFirst());
        assertEquals(1, edge.door.counters().tooManyConnections());
        assertTrue(nodes.get(1).channel.isOpen() && nodes.get(2).channel.isOpen());
        assertEquals(
                404,
                nodes.get(1).send("HEAD", "/machine/ping-response", new byte[0]).status());
    }

    @Test
    void reportThatWasGivenUpIsNotTaken() throws Exception {
        EdgeFixture edge = open(Ts2021Limits.DEFAULT);
        TestNode node = edge.connect();
        RegisterRequest request =
                EdgeTest.request(1).auth(new RegisterAuth(edge.authKey())).build();
        node.post(RegisterRequest.PATH, request.encode()).body();
        edge.maps.hold();
        TestNode.Exchange poll = node.post(MapRequest.PATH, poll().encode()); // has its turn, and does not end it
        EdgeFixture.await(() -> edge.maps.requests.size() == 1);
        TestNode.Exchange given =
                node.post(MapRequest.PATH, EdgeTest.report("old").encode());
        given.stream()
                .writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL))
                .sync();
        TestNode.Exchange kept =
                node.post(MapRequest.PATH, EdgeTest.report("new").encode());
        EdgeFixture.await(() -> edge.door.counters().requests() == 4);
        edge.maps.release();

        assertEquals(200, kept.status());
        assertEquals(200, poll.status());
        assertEquals(1, edge.door.counters().cancelled());
        assertEquals("new", edge.members().getFirst().host().name());
    }

    @Test
    void requestsBeyondThoseThatMayWaitAreSentAway() throws Exception {
        EdgeFixture edge = open(limits(LONG, LONG, LONG, 5));
        TestNode node = edge.connect();
        edge.maps.hold();
        var _ = node.post(MapRequest.PATH, poll().encode());
        EdgeFixture.await(() -> edge.maps.requests.size() == 1);
        List<TestNode.Exchange> waiting = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waiting.add(node.post(MapRequest.PATH, EdgeTest.report("x").encode()));
        }
        TestNode.Exchange last = waiting.getLast();
        assertEquals(429, last.status());
        assertEquals("5", String.valueOf(last.headers.get().get("retry-after")));
        assertEquals(1, edge.door.counters().overloaded());
        edge.maps.release();
        assertEquals(404, waiting.getFirst().status());
    }

    @Test
    void headersThatGoOnAndOnEndTheConnection() throws Exception {
        EdgeFixture edge = open(Ts2021Limits.DEFAULT);
        RawHttp2 raw = new RawHttp2();
        TestNode node = edge.connect(raw::addTo);
        raw.begin(node.channel);
        raw.openHeaders(node.channel, 1);
        ByteBuf more = Unpooled.buffer();
        for (int i = 0; i < 200; i++) {
            more.writeMedium(1).writeByte(9).writeByte(0).writeInt(1).writeByte(0x83);
        }
        var _ = node.channel.writeAndFlush(more);
        assertEnds(node);
        assertEquals(1, edge.door.counters().floods());
    }

    private static MapRequest poll() {
        return MapRequest.builder().version(131).keepAlive(true).stream(true)
                .nodeKey(Samples.nodeKey(1))
                .build();
    }

    private static void assertEnds(TestNode node) throws InterruptedException {
        EdgeFixture.await(() -> !node.channel.isActive());
        assertFalse(node.channel.isOpen());
    }
}
