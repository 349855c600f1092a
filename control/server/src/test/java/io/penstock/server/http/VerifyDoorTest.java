package io.penstock.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.json.Json;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.relay.VerifyUrl;
import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.api.Api;
import io.penstock.server.store.Store;
import io.penstock.wireguard.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Relays elsewhere ask who is a member, asked here by our own relay's means; and anybody asks which relays there are. */
class VerifyDoorTest {
    private static final NodeKey MEMBER = Samples.nodeKey(1);
    private static final NodeKey FAULT = Samples.nodeKey(99);
    private static final DerpMap RELAYS =
            new DerpMap(null, Map.of(901, new DerpRegion(901, "own", "Own", 0, 0, false, false, List.of())), true);
    private static final Endpoint SOURCE = Endpoint.parse("192.0.2.1:4000");

    @TempDir
    private Path parent;

    private Store store;
    private HttpListener listener;
    private URI url;
    private final VerifyDoor door = new VerifyDoor(key -> {
        if (key.equals(FAULT)) {
            throw new IllegalStateException("as the test wants it");
        }
        return key.equals(MEMBER);
    });

    @BeforeEach
    void open() throws Exception {
        store = Samples.store(parent, new TestClock());
        Api api = new Api(
                new Administration(
                        store, (text, users, nodes) -> Optional.empty(), provider -> Optional.empty(), new Seeded(2)),
                id -> false,
                Samples.noPings());
        listener = HttpListener.open(
                new ListenSettings(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Set.of("coordinator.example"),
                        null,
                        Duration.ofSeconds(30),
                        100),
                new Doors(api, Pages.NONE, List.of(door, new RelaysDoor(() -> RELAYS))));
        url = URI.create("http://127.0.0.1:" + listener.address().getPort() + VerifyDoor.PATH);
    }

    @AfterEach
    void close() {
        listener.close();
        door.close();
        store.close();
    }

    @Test
    void admitsMembersAloneAndNobodyByAFault() {
        try (VerifyUrl relay = new VerifyUrl(url)) {
            assertTrue(relay.admits(MEMBER, SOURCE).toCompletableFuture().join());
            assertFalse(relay.admits(Samples.nodeKey(2), SOURCE)
                    .toCompletableFuture()
                    .join());
            assertThrows(
                    CompletionException.class,
                    () -> relay.admits(FAULT, SOURCE).toCompletableFuture().join());
        }
    }

    @Test
    void refusesWhatIsNoQuestion() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertEquals(405, send(client, HttpRequest.newBuilder(url).GET()));
            assertEquals(400, send(client, HttpRequest.newBuilder(url).POST(HttpRequest.BodyPublishers.ofString("x"))));
            door.close();
            String question = "{\"NodePublic\":\"" + MEMBER + "\",\"Source\":\"192.0.2.1\"}";
            assertEquals(
                    503, send(client, HttpRequest.newBuilder(url).POST(HttpRequest.BodyPublishers.ofString(question))));
        }
    }

    @Test
    void tellsEverybodyWhichRelaysThereAre() throws Exception {
        URI place = url.resolve("/derpmap/default");
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest get = HttpRequest.newBuilder(place)
                    .timeout(Duration.ofSeconds(20))
                    .GET()
                    .build();
            HttpResponse<byte[]> response = client.send(get, HttpResponse.BodyHandlers.ofByteArray());
            assertEquals(200, response.statusCode());
            assertEquals(RELAYS, Json.read(response.body(), 10_000, DerpMap.class));
            assertEquals(
                    405, send(client, HttpRequest.newBuilder(place).POST(HttpRequest.BodyPublishers.ofString("x"))));
        }
    }

    private static int send(HttpClient client, HttpRequest.Builder request) throws Exception {
        return client.send(request.timeout(Duration.ofSeconds(20)).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
