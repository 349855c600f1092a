package io.penstock.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.ts2021.KeyReply;
import io.penstock.server.admin.SignIn;
import io.penstock.server.http.ListenSettings;
import io.penstock.server.http.Pages;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Identity;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Role;
import io.penstock.server.model.User;
import io.penstock.server.registry.NodeRegistry;
import io.penstock.server.registry.PolicySource;
import io.penstock.server.store.NodeTable;
import io.penstock.server.store.Store;
import io.penstock.server.store.StoreException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator from its first start on, over its listener. */
class CoordinatorTest {
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final URI PUBLIC_URL = URI.create("https://coordinator.example");

    @TempDir
    private Path parent;

    private final TestClock clock = new TestClock();

    private static Coordinator.Seams seams() {
        return new Coordinator.Seams(
                PolicySource.NONE,
                (text, users, nodes) -> Optional.empty(),
                store -> new ScriptedMaps(),
                (administration, registry, store, login) -> Pages.NONE,
                Coordinator.RelayMaker.NONE);
    }

    private Coordinator start() throws IOException {
        ListenSettings listen = new ListenSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Set.of("127.0.0.1"),
                null,
                ListenSettings.DEFAULT_READ_TIMEOUT,
                ListenSettings.DEFAULT_MAX_CONNECTIONS);
        return Coordinator.start(
                new CoordinatorSettings(parent.resolve("state"), listen, PUBLIC_URL, Duration.ofMinutes(1)),
                seams(),
                clock,
                new Seeded(11));
    }

    @Test
    void firstAdministratorComesInByTheLinkAndStaysOverARestart() throws Exception {
        String session;
        try (Coordinator coordinator = start();
                HttpClient client = HttpClient.newHttpClient()) {
            String link = coordinator.firstLink().orElseThrow().reveal();
            assertEquals(
                    401,
                    send(client, coordinator, "GET", "/domains/default/nodes", "", "")
                            .statusCode());
            String seed = field(
                    "seed",
                    send(client, coordinator, "POST", "/administrators/seed", "", "{\"link\":\"" + link + "\"}"));
            String body = "{\"link\":\"%s\",\"loginName\":\"alice\",\"password\":\"correct horse battery\","
                    + "\"seed\":\"%s\",\"code\":\"%s\"}";
            HttpResponse<String> made =
                    send(client, coordinator, "POST", "/administrators", "", body.formatted(link, seed, codeOf(seed)));
            assertEquals(200, made.statusCode(), made.body());
            session = field("session", made);
            assertEquals(
                    404,
                    send(client, coordinator, "POST", "/administrators", "", body.formatted(link, seed, codeOf(seed)))
                            .statusCode());
            assertEquals(
                    "{\"items\":[]}",
                    send(client, coordinator, "GET", "/domains/default/nodes", session, "")
                            .body());
        }
        try (Coordinator coordinator = start();
                HttpClient client = HttpClient.newHttpClient()) {
            assertEquals(Optional.empty(), coordinator.firstLink());
            HttpResponse<String> self = send(client, coordinator, "GET", "/self", session, "");
            assertEquals(200, self.statusCode());
            assertTrue(self.body().contains("\"loginName\":\"alice\""), self.body());
            assertTrue(self.body().contains("\"operator\":true"), self.body());
        }
    }

    @Test
    void nodesFindTheSameKeyOverARestart() throws Exception {
        MachineKey before;
        try (Coordinator coordinator = start()) {
            before = keyOf(coordinator);
        }
        try (Coordinator coordinator = start()) {
            assertEquals(before, keyOf(coordinator));
            assertEquals(0, coordinator.machines().connectionCounters().handshakes());
        }
    }

    /** As a node asks for it, by the address that it was given and no name that the listener knows. */
    private static MachineKey keyOf(Coordinator coordinator) throws Exception {
        int port = coordinator.listener().address().getPort();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            String request = "GET /key?v=131 HTTP/1.1\r\nHost: 198.51.100.1\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return KeyReply.decode(
                            answer.substring(answer.indexOf("\r\n\r\n") + 4).getBytes(StandardCharsets.US_ASCII))
                    .publicKey();
        }
    }

    @Test
    void isCalledByItsPublicName() throws Exception {
        try (Coordinator coordinator = start();
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(),
                        coordinator.listener().address().getPort())) {
            socket.setSoTimeout(20_000);
            String request = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: " + PUBLIC_URL.getHost()
                    + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
        }
    }

    @Test
    void refusesAFolderThatOthersCanRead() throws Exception {
        Path folder = Files.createDirectory(parent.resolve("state"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));

        StoreException refusal = assertThrows(StoreException.class, this::start);

        assertTrue(refusal.toString().endsWith("chmod 700 " + folder), refusal.toString());
    }

    @Test
    void failedStartLeavesTheStateFree() throws Exception {
        try (Coordinator running = start()) {
            ListenSettings taken = new ListenSettings(
                    running.listener().address(), Set.of("127.0.0.1"), null, Duration.ofSeconds(1), 1);
            CoordinatorSettings settings =
                    new CoordinatorSettings(parent.resolve("other"), taken, PUBLIC_URL, Duration.ofMinutes(1));
            Coordinator.Seams seams = seams();
            assertThrows(IOException.class, () -> Coordinator.start(settings, seams));
            assertThrows(
                    IOException.class,
                    () -> Coordinator.start(settings, seams),
                    "the folder is free, or this would be about it");
        }
    }

    private Coordinator startIn(String folder, ScriptedMaps maps, Coordinator.PageMaker pages) throws IOException {
        ListenSettings listen = new ListenSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Set.of("127.0.0.1"),
                null,
                ListenSettings.DEFAULT_READ_TIMEOUT,
                ListenSettings.DEFAULT_MAX_CONNECTIONS);
        Coordinator.Seams seams = new Coordinator.Seams(
                PolicySource.NONE,
                (text, users, nodes) -> Optional.empty(),
                store -> maps,
                pages,
                Coordinator.RelayMaker.NONE);
        return Coordinator.start(
                new CoordinatorSettings(parent.resolve(folder), listen, PUBLIC_URL, Duration.ofMinutes(1)), seams);
    }

    @Test
    void startInAFolderOfTooLongAPathClosesTheMaps() {
        ScriptedMaps maps = new ScriptedMaps();

        assertThrows(
                IOException.class,
                () -> startIn("x".repeat(120), maps, (administration, registry, store, login) -> Pages.NONE));

        assertTrue(maps.isClosed);
    }

    @Test
    void startThatFailsAtThePagesClosesEverything() throws Exception {
        ScriptedMaps maps = new ScriptedMaps();
        Coordinator.PageMaker failing = (administration, registry, store, login) -> {
            throw new IllegalStateException("no pages, as the test wants it");
        };

        assertThrows(IllegalStateException.class, () -> startIn("failing", maps, failing));

        assertTrue(maps.isClosed);
        assertFalse(Files.exists(parent.resolve("failing").resolve("admin.sock")), "the local listener is closed");
        ScriptedMaps others = new ScriptedMaps();
        try (Coordinator again = startIn("failing", others, (administration, registry, store, login) -> Pages.NONE)) {
            assertTrue(again.firstLink().isPresent());
            assertFalse(others.isClosed);
        }
        assertTrue(others.isClosed);
    }

    @Test
    void forgetsWhatIsDue() {
        try (Store store = Samples.store(parent, clock)) {
            NodeRegistry registry = new NodeRegistry(store, PolicySource.NONE, new Seeded(1));
            Domain domain = store.write(tx -> Samples.domain(tx, "home"));
            store.write(tx -> {
                User user = tx.users()
                        .add(domain.id(), new Identity("https://idp.example", "a"), "a", "a", Role.MEMBER, false);
                NodeTable.Joining joining = Samples.joining(new Owner.OfUser(user.id()), 1, "web");
                tx.nodes()
                        .add(
                                domain,
                                new NodeTable.Joining(
                                        joining.owner(),
                                        null,
                                        joining.machineKey(),
                                        joining.nodeKey(),
                                        "web",
                                        joining.host(),
                                        true,
                                        null));
                tx.audit().add(domain.id(), "a", "b", "c", true, "");
                return null;
            });
            try (Maintenance maintenance = new Maintenance(store, registry, id -> false)) {
                maintenance.runOnce();
                assertEquals(1, count(store, domain));
                clock.advance(Duration.ofHours(25));
                maintenance.runOnce();
                assertEquals(0, count(store, domain));
                assertTrue(store.read(tx -> tx.changes().since(0, 10)).isEmpty(), "old changes are gone");
                assertEquals(
                        1,
                        store.read(tx -> tx.audit().list(domain.id(), Long.MAX_VALUE, 10))
                                .size());
                clock.advance(Duration.ofDays(400));
                maintenance.runOnce();
                assertEquals(List.of(), store.read(tx -> tx.audit().list(domain.id(), Long.MAX_VALUE, 10)));
            }
        }
    }

    private static int count(Store store, Domain domain) {
        return store.read(tx -> tx.nodes().list(domain.id())).size();
    }

    private static HttpResponse<String> send(
            HttpClient client, Coordinator coordinator, String method, String path, String session, String body)
            throws IOException, InterruptedException {
        URI uri = URI.create(
                "http://127.0.0.1:" + coordinator.listener().address().getPort() + "/api/v1" + path);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30));
        if (!session.isEmpty()) {
            request.header("Authorization", "Bearer " + session);
        }
        return client.send(
                request.method(
                                method,
                                body.isEmpty()
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String field(String name, HttpResponse<String> answer) {
        Matcher matcher = Pattern.compile("\"" + name + "\":\"([^\"]+)\"").matcher(answer.body());
        assertTrue(matcher.find(), answer.body());
        return matcher.group(1);
    }

    /** As an authenticator app computes it, written a second time from the RFCs. */
    private String codeOf(String seed) throws Exception {
        StringBuilder bits = new StringBuilder();
        seed.chars()
                .forEach(c -> bits.append(String.format("%5s", Integer.toBinaryString(BASE32.indexOf(c)))
                        .replace(' ', '0')));
        byte[] key = new byte[bits.length() / 8];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) Integer.parseInt(bits.substring(8 * i, 8 * i + 8), 2);
        }
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(key, "HmacSHA1"));
        byte[] hash = mac.doFinal(ByteBuffer.allocate(8)
                .putLong(clock.instant().getEpochSecond() / 30)
                .array());
        int number = ByteBuffer.wrap(hash).getInt(hash[19] & 15) & Integer.MAX_VALUE;
        assertTrue(SignIn.otpauthUri("alice", seed).contains("secret=" + seed));
        return String.format("%06d", number % 1_000_000);
    }
}
