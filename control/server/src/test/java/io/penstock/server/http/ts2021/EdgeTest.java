package io.penstock.server.http.ts2021;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.mapstream.MapFrame;
import io.penstock.protocol.mapstream.Piece;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.NetInfo;
import io.penstock.protocol.message.RegisterAuth;
import io.penstock.protocol.message.RegisterRequest;
import io.penstock.protocol.message.RegisterResponse;
import io.penstock.server.Samples;
import io.penstock.server.ScriptedMaps;
import io.penstock.server.http.TlsIdentity;
import io.penstock.server.model.Node;
import io.penstock.wireguard.Endpoint;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node does from its first connection on, over real sockets. */
class EdgeTest {
    @TempDir
    private Path parent;

    private EdgeFixture edge;

    @BeforeEach
    void open() throws Exception {
        edge = new EdgeFixture(parent, Ts2021Limits.DEFAULT);
    }

    @AfterEach
    void close() {
        edge.close();
    }

    static RegisterRequest.Builder request(int nodeKey) {
        return RegisterRequest.builder()
                .version(131)
                .nodeKey(Samples.nodeKey(nodeKey))
                .hostinfo(Hostinfo.builder().os("linux").hostname("web").build());
    }

    static MapRequest report(String hostname) {
        return MapRequest.builder()
                .version(131)
                .nodeKey(Samples.nodeKey(1))
                .omitPeers(true)
                .hostinfo(Hostinfo.builder().os("linux").hostname(hostname).build())
                .build();
    }

    private RegisterResponse register(TestNode node, RegisterRequest request) throws Exception {
        TestNode.Exchange exchange = node.post(RegisterRequest.PATH, request.encode());
        assertEquals(200, exchange.status());
        return RegisterResponse.decode(exchange.body());
    }

    private NodeKey join(TestNode node) throws Exception {
        RegisterRequest request =
                request(1).auth(new RegisterAuth(edge.authKey())).build();
        assertTrue(register(node, request).machineAuthorized());
        return request.nodeKey();
    }

    @Test
    void nodeJoinsByKey() throws Exception {
        TestNode node = edge.connect();

        RegisterResponse response =
                register(node, request(1).auth(new RegisterAuth(edge.authKey())).build());

        assertEquals("", response.error());
        assertTrue(response.machineAuthorized());
        assertEquals("alice", response.login().loginName());
        assertEquals(edge.user.id(), response.user().id());
        Node member = edge.members().getFirst();
        assertEquals(node.machine(), member.machineKey());
        assertEquals("web", member.name());
        assertEquals(131, member.host().capability());
    }

    @Test
    void nodeJoinsOverTls() throws Exception {
        edge.close();
        Instant now = Instant.now();
        TlsIdentity identity = TlsIdentity.selfSigned(
                List.of("localhost"), List.of(), now.minus(Duration.ofMinutes(5)), now.plus(Duration.ofDays(1)));
        edge = new EdgeFixture(Files.createDirectory(parent.resolve("tls")), Ts2021Limits.DEFAULT, identity);
        TestNode node = edge.connect();
        join(node);
        assertEquals(node.machine(), edge.members().getFirst().machineKey());
    }

    @Test
    void failingRequestIsAFaultOfOursAndTheNextHasItsTurn() throws Exception {
        TestNode node = edge.connect();
        NodeKey nodeKey = join(node);
        byte[] poll = MapRequest.builder().version(131).stream(true)
                .nodeKey(nodeKey)
                .build()
                .encode();
        edge.maps.greeting = () -> {
            throw new IllegalStateException("as the test wants it");
        };
        assertEquals(500, node.post(MapRequest.PATH, poll).status());
        assertEquals(1, edge.door.counters().faults());
        edge.maps.greeting = null;
        assertEquals(200, node.post(MapRequest.PATH, poll).status());
    }

    @Test
    void nodeReportsWhereItIs() throws Exception {
        TestNode node = edge.connect();
        NodeKey nodeKey = join(node);
        DiscoKey disco = DiscoKey.of(new byte[] {
            1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8
        });
        MapRequest report = MapRequest.builder()
                .version(131)
                .nodeKey(nodeKey)
                .discoKey(disco)
                .omitPeers(true)
                .endpoints(List.of(Endpoint.parse("192.0.2.1:41641"), Endpoint.parse("[2001:db8::1]:1")))
                .endpointTypes(List.of(2, 1))
                .hostinfo(Hostinfo.builder()
                        .os("linux")
                        .hostname("web")
                        .netInfo(NetInfo.builder().preferredDerp(900).build())
                        .build())
                .build();

        TestNode.Exchange exchange = node.post(MapRequest.PATH, report.encode());

        assertEquals(200, exchange.status());
        assertEquals(0, exchange.body().length);
        Node member = edge.members().getFirst();
        assertEquals(disco, member.contact().disco());
        assertEquals(900, member.contact().homeRelay());
        assertEquals(
                "[192.0.2.1:41641, [2001:db8::1]:1]",
                member.contact().endpoints().toString());
        assertTrue(!member.host().info().contains("NetInfo"), member.host().info());
    }

    @Test
    void nodeFollowsItsMaps() throws Exception {
        TestNode node = edge.connect();
        NodeKey nodeKey = join(node);
        TestNode.Exchange poll = node.post(
                MapRequest.PATH,
                MapRequest.builder().version(131).compress("zstd").keepAlive(true).stream(true)
                        .nodeKey(nodeKey)
                        .build()
                        .encode());

        assertEquals(200, poll.status());
        ScriptedMaps.Script script = edge.maps.of(node.machine());
        assertNotNull(script);
        for (int i = 0; i < 3; i++) {
            ByteBuffer frame = frame("{\"n\":" + i + "}");
            script.say(frame.duplicate());
            byte[] piece = poll.pieces.poll(20, TimeUnit.SECONDS);
            assertEquals(frame, ByteBuffer.wrap(piece));
        }
        script.end();
        poll.body();
        EdgeFixture.await(script::isClosed);
        assertEquals(0, edge.door.counters().polls());
    }

    static ByteBuffer frame(String json) {
        return new MapFrame()
                .field("x", Piece.stored(json.getBytes(StandardCharsets.US_ASCII)))
                .finish();
    }
}
