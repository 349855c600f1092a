package io.penstock.server.http.ts2021;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.RegisterRequest;
import io.penstock.protocol.ts2021.ClientHandshake;
import io.penstock.protocol.ts2021.KeyReply;
import io.penstock.protocol.ts2021.Upgrade;
import io.penstock.server.map.MapSource;
import io.penstock.transport.UpgradeException;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the door says to those who come wrongly, and which paths there are behind it. */
class DoorTest {
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

    private String exchange(String... lines) throws IOException {
        try (Socket socket = new Socket(
                edge.listener.address().getAddress(), edge.listener.address().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(String.join("\r\n", lines).getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private String initiation(MachineKey key, int version) {
        ClientHandshake handshake =
                new ClientHandshake(TestNode.DH, edge.entropy, PrivateKey.generate(edge.entropy), key, version);
        return Upgrade.encodeInitiation(handshake.initiation());
    }

    private String upgrade(String initiation) throws IOException {
        return exchange(
                "POST /ts2021 HTTP/1.1",
                "Host: 192.0.2.7",
                "Content-Length: 0",
                "Connection: upgrade",
                "Upgrade: tailscale-control-protocol",
                "X-Tailscale-Handshake: " + initiation,
                "",
                "");
    }

    @Test
    void keyIsShownUnderAnyName() throws Exception {
        String answer = exchange("GET /key?v=145 HTTP/1.1", "Host: 192.0.2.7:8080", "", "");
        assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
        assertTrue(answer.contains("content-type: application/json"), answer);
        byte[] body = answer.substring(answer.indexOf("\r\n\r\n") + 4).getBytes(StandardCharsets.UTF_8);
        assertEquals(edge.key, KeyReply.decode(body).publicKey());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/key", "/key?v=", "/key?v=x", "/key?v=-1", "/key?v=99999999999", "/key?v=112"})
    void keyIsForVersionsThatAreAdmitted(String path) throws Exception {
        assertTrue(exchange("GET " + path + " HTTP/1.1", "Host: x", "", "").startsWith("HTTP/1.1 400 "));
        assertEquals(1, edge.door.counters().tooOld());
    }

    @Test
    void keyIsReadAndNotWritten() throws Exception {
        assertTrue(exchange("POST /key?v=131 HTTP/1.1", "Host: x", "Content-Length: 0", "", "")
                .startsWith("HTTP/1.1 405 "));
    }

    @Test
    void olderNodeIsToldInTheHandshakesOwnWords() {
        UpgradeException refusal =
                assertThrows(UpgradeException.class, () -> edge.connect(PrivateKey.generate(edge.entropy), 112));
        assertTrue(String.valueOf(refusal.getMessage()).contains("release 1.80"), refusal.toString());
        assertEquals(1, edge.door.counters().tooOld());
        assertEquals(0, edge.door.counters().handshakes());
    }

    @Test
    void newerNodeIsAdmitted() throws Exception {
        edge.connect(PrivateKey.generate(edge.entropy), 60_000);
        assertEquals(1, edge.door.counters().handshakes());
    }

    @Test
    void upgradeWithoutItsHeadersIsRefused() throws Exception {
        String good = initiation(edge.key, 131);
        String[][] requests = {
            {"GET /ts2021 HTTP/1.1", "Connection: upgrade", "Upgrade: tailscale-control-protocol"},
            {"POST /ts2021 HTTP/1.1", "Connection: upgrade", "Upgrade: websocket"},
            {"POST /ts2021 HTTP/1.1", "Upgrade: tailscale-control-protocol"},
            {"POST /ts2021 HTTP/1.1", "Connection: close", "Upgrade: tailscale-control-protocol"},
            {"POST /ts2021 HTTP/1.1", "Connection: upgrade"},
        };
        for (String[] request : requests) {
            String head = String.join("\r\n", request);
            String answer = exchange(head, "Host: x", "Content-Length: 0", "X-Tailscale-Handshake: " + good, "", "");
            assertTrue(answer.startsWith("HTTP/1.1 400 "), head + " got " + answer);
        }
        assertEquals(requests.length, edge.door.counters().badHandshakes());
    }

    @Test
    void badInitiationIsRefused() throws Exception {
        String good = initiation(edge.key, 131);
        String[] bad = {
            "",
            "x",
            good.substring(4),
            good + "AAAA",
            "!" + good.substring(1),
            good.substring(0, 40) + (good.charAt(40) == 'A' ? 'B' : 'A') + good.substring(41),
            initiation(new MachineKey(PrivateKey.generate(edge.entropy).publicKey(TestNode.DH)), 131),
            "AIMC" + good.substring(4), // a message of type 2
        };
        for (String initiation : bad) {
            String answer = upgrade(initiation);
            assertTrue(answer.startsWith("HTTP/1.1 400 "), initiation + " got " + answer);
        }
        assertEquals(bad.length, edge.door.counters().badHandshakes());
        assertTrue(upgrade("x").contains("handshake header"), "says why");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /machine/register, 405",
        "GET, /machine/map, 405",
        "HEAD, /machine/ping-response?id=1, 404",
        "POST, /machine/ping-response?id=1, 404",
        "POST, /machine/set-dns, 501",
        "PATCH, /machine/set-device-attr, 501",
        "GET, /machine/whoami, 501",
        "GET, /machine/ssh/action/1/to/2, 501",
        "GET, /machine/tka/init/begin, 501",
        "GET, /, 404",
        "GET, /api/v1/openapi.json, 404",
    })
    void pathsBehindTheDoor(String method, String path, int status) throws Exception {
        assertEquals(status, edge.connect().send(method, path, new byte[0]).status());
    }

    @Test
    void malformedMessageIsRefused() throws Exception {
        TestNode node = edge.connect();
        for (String path : new String[] {RegisterRequest.PATH, MapRequest.PATH}) {
            for (String body : new String[] {"{", "[]", "null", "{\"NodeKey\":1}", "{\"Version\":131}x"}) {
                TestNode.Exchange exchange = node.post(path, body.getBytes(StandardCharsets.UTF_8));
                assertEquals(400, exchange.status(), path + " " + body);
            }
        }
        assertEquals(10, edge.door.counters().malformed());
    }

    @Test
    void messageOfAnOlderVersionIsRefused() throws Exception {
        TestNode.Exchange exchange =
                edge.connect().post(MapRequest.PATH, "{\"Version\":112}".getBytes(StandardCharsets.UTF_8));
        assertEquals(400, exchange.status());
        assertTrue(exchange.text().contains("release 1.80"));
    }

    @Test
    void mapOfNobodyIsNotFound() throws Exception {
        edge.maps.answer = new MapSource.Opened.UnknownNode();
        TestNode.Exchange exchange =
                edge.connect().post(MapRequest.PATH, "{\"Version\":131}".getBytes(StandardCharsets.UTF_8));
        assertEquals(404, exchange.status());
        assertEquals("node not found", exchange.text());
    }

    @Test
    void moreStreamsThanAreBorneComeBackLater() throws Exception {
        edge.maps.answer = new MapSource.Opened.Overloaded();
        TestNode.Exchange exchange =
                edge.connect().post(MapRequest.PATH, "{\"Version\":131}".getBytes(StandardCharsets.UTF_8));
        assertEquals(429, exchange.status());
        assertNotNull(exchange.headers.get().get("retry-after"));
    }

    @Test
    void silentStreamIsKeptAliveByTheBytesThatNodesKnow() throws Exception {
        edge.close();
        Duration soon = Duration.ofMillis(100);
        edge = new EdgeFixture(
                Files.createDirectory(parent.resolve("b")),
                new Ts2021Limits(
                        Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(10), 5, soon, soon, 2, 4));
        TestNode.Exchange poll = edge.connect()
                .post(
                        MapRequest.PATH,
                        "{\"Version\":131,\"Stream\":true,\"KeepAlive\":true}".getBytes(StandardCharsets.UTF_8));
        byte[] keepAlive = HexFormat.of().parseHex("1b00000028b52ffd20129100007b224b656570416c697665223a747275657d");
        for (int i = 0; i < 3; i++) {
            assertArrayEquals(keepAlive, poll.pieces.poll(20, TimeUnit.SECONDS));
        }
    }
}
