package io.penstock.server.http.ts2021;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.mapstream.MapFrameDecoder;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.RegisterRequest;
import io.penstock.protocol.message.RegisterResponse;
import io.penstock.server.map.Maps;
import io.penstock.server.map.RelayMap;
import io.penstock.server.model.Node;
import io.penstock.server.model.Routes;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.relay.OwnRegion;
import io.penstock.server.relay.RelayDirectory;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What two unmodified nodes of tailscale 1.102.5 asked in a whole life with a coordinator (joined by a key, were cut from UDP, offered a
 * subnet and an exit, lived through a restart, logged out and in again by a link), asked once more, byte for byte but for the two
 * secrets that a coordinator makes. {@code interop/stock} recorded it; the keys in it were made for that.
 */
class RecordedNodesTest {
    private static final String RECORDING = "tailscale-1.102.5.jsonl";
    private static final int PATIENCE_SECONDS = 20;

    @TempDir
    private Path parent;

    private EdgeFixture edge;
    private final Map<String, Asker> askers = new HashMap<>();
    private final Set<NodeKey> joined = new HashSet<>();

    @BeforeEach
    void open() throws Exception {
        RelayMap relays = new RelayMap();
        new RelayDirectory(relays).setOwn(new OwnRegion("10.99.0.2", 8481, 3478, Optional.empty()));
        edge = new EdgeFixture(parent, Ts2021Limits.DEFAULT, null, (store, clock) -> Maps.follow(store, clock, relays));
    }

    @AfterEach
    void close() {
        askers.values().forEach(Asker::close);
        edge.close();
    }

    /** One of the two, on one connection. */
    private static final class Asker implements AutoCloseable {
        final TestNode node;
        String link = "";
        TestNode.@Nullable Exchange stream;
        MapFrameDecoder decoder = new MapFrameDecoder();

        Asker(TestNode node) {
            this.node = node;
        }

        /** The next frame of its stream that says something. */
        MapResponse next() throws Exception {
            while (true) {
                byte[] piece = Objects.requireNonNull(stream).pieces.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
                assertNotNull(piece, "a frame came in time");
                MapResponse message = decoder.decode(ByteBuffer.wrap(piece));
                if (message != null && !message.isSignOfLife()) {
                    return message;
                }
            }
        }

        void restart(TestNode.Exchange opened) {
            decoder.close();
            decoder = new MapFrameDecoder();
            stream = opened;
        }

        @Override
        public void close() {
            decoder.close();
        }
    }

    private static List<JsonNode> recording() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> requests = new ArrayList<>();
        try (InputStream in = Objects.requireNonNull(RecordedNodesTest.class.getResourceAsStream(RECORDING))) {
            for (String line : new String(in.readAllBytes(), UTF_8).lines().toList()) {
                requests.add(mapper.readTree(line));
            }
        }
        return requests;
    }

    @Test
    void answersAWholeLifeOfTwoNodes() throws Exception {
        List<JsonNode> requests = recording();
        for (JsonNode request : requests) {
            Asker asker = asker(request);
            String body = request.get("body").asText();
            switch (request.get("path").asText()) {
                case RegisterRequest.PATH -> register(asker, body);
                case MapRequest.PATH -> askForMap(asker, body);
                default -> throw new AssertionError("a path that is not known: " + request);
            }
        }

        assertEquals(37, requests.size(), "the whole recording");
        assertEquals(0, edge.door.counters().malformed());
        assertEquals(0, edge.door.counters().unknownNodes());
        assertEquals(0, edge.door.counters().faults());
        assertEquals(0, edge.machineCounters.endpointsDropped());
        assertEquals(0, edge.machineCounters.routesDropped());
        assertEquals(0, edge.machineCounters.hostInfoCut());
        assertKnown();
    }

    private Asker asker(JsonNode request) throws Exception {
        String name = request.get("node").asText();
        Asker known = askers.get(name);
        if (known == null) {
            known = new Asker(edge.connect(
                    PrivateKey.generate(edge.entropy), request.get("version").asInt()));
            askers.put(name, known);
        }
        return known;
    }

    private void register(Asker asker, String recorded) throws Exception {
        String body = recorded.replaceAll("pnk-auth-[0-9a-f-]+", edge.authKey())
                .replaceAll("\"Followup\":\"http[^\"]+\"", "\"Followup\":\"" + asker.link + "\"");
        RegisterRequest request = RegisterRequest.decode(body.getBytes(UTF_8));
        TestNode.Exchange exchange = asker.node.post(RegisterRequest.PATH, body.getBytes(UTF_8));
        if (!request.followup().isEmpty()) {
            String path = URI.create(asker.link).getPath();
            Token link = Token.parse(TokenKind.LINK, path.substring(path.lastIndexOf('/') + 1))
                    .orElseThrow();
            edge.registry.confirm(link, edge.user);
        }
        assertEquals(200, exchange.status(), body);
        RegisterResponse response = RegisterResponse.decode(exchange.body());
        assertEquals("", response.error());
        if (request.expiry().getEpochSecond() > 0) { // long ago: it logs out
            assertTrue(response.nodeKeyExpired());
            joined.remove(request.nodeKey());
        } else if (request.auth() == null && request.followup().isEmpty()) {
            assertFalse(response.machineAuthorized());
            asker.link = response.authUrl();
            assertTrue(asker.link.startsWith(EdgeFixture.PUBLIC_URL), asker.link);
        } else {
            assertTrue(response.machineAuthorized());
            assertEquals("alice", response.login().loginName());
            joined.add(request.nodeKey());
        }
    }

    private void askForMap(Asker asker, String body) throws Exception {
        MapRequest request = MapRequest.decode(body.getBytes(UTF_8));
        TestNode.Exchange exchange = asker.node.post(MapRequest.PATH, body.getBytes(UTF_8));
        assertEquals(200, exchange.status(), body);
        if (!request.stream()) {
            assertEquals(0, exchange.body().length, "a report is answered by nothing");
            return;
        }
        asker.restart(exchange);
        MapResponse first = asker.next();
        assertEquals(request.nodeKey(), Objects.requireNonNull(first.node()).key());
        Set<NodeKey> told = new HashSet<>(Set.of(request.nodeKey()));
        first.peers().forEach(peer -> told.add(peer.key()));
        assertEquals(joined, told, "everybody who is in, and nobody else");
        assertEquals(
                Set.of(OwnRegion.ID),
                Objects.requireNonNull(Objects.requireNonNull(first.derpMap()).regions())
                        .keySet());
        assertNotNull(first.dnsConfig());
        assertNotNull(first.packetFilters());
    }

    /** What they said last is what the coordinator knows. */
    private void assertKnown() {
        Map<String, Node> members = new HashMap<>();
        edge.members().forEach(member -> members.put(member.name(), member));
        assertEquals(Set.of("n1", "n2"), members.keySet());
        Node gateway = Objects.requireNonNull(members.get("n1"));
        assertEquals(Set.of(Prefix.parse("192.168.77.0/24")), gateway.routes().advertised());
        assertEquals(900, gateway.contact().homeRelay());
        assertEquals(
                Set.of("10.99.0.11:41641", "192.168.77.1:41641"),
                Set.copyOf(gateway.contact().endpoints().stream()
                        .map(endpoint -> endpoint.address() + ":" + endpoint.port())
                        .toList()));
        Node exit = Objects.requireNonNull(members.get("n2"));
        assertEquals(Routes.NONE, exit.routes(), "who logged out and in again offers nothing until it says so");
    }
}
