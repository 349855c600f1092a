package io.penstock.node.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.coordination.core.CoordinationEvent.LoggedOut;
import io.penstock.node.coordination.core.CoordinationEvent.LoginNeeded;
import io.penstock.node.coordination.core.CoordinationEvent.MapChanged;
import io.penstock.node.coordination.core.CoordinationEvent.Registered;
import io.penstock.protocol.key.NodeKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A coordinator that shares no code with ours, in Python with the distribution's libraries for the ciphers and HTTP/2. Our client
 * could be wrong only where the description that both were written from is.
 */
@Tag("live")
class ForeignCoordinatorTest {
    private static final Path PROGRAM = Path.of("src/test/python/foreign_coordinator.py");

    /** The program while it runs. */
    private static final class Foreign implements AutoCloseable {
        private final Process process;
        private final List<String> lines = new ArrayList<>(); // guarded by itself
        final CoordinatorAddress address;

        Foreign(String... options) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    "/usr/bin/python3", // the distribution's, which has the libraries
                    PROGRAM.toString()));
            command.addAll(List.of(options));
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            String first = out.readLine();
            assertTrue(first != null && first.contains("listening"), first);
            address = CoordinatorAddress.of(first.substring(first.indexOf("http"), first.lastIndexOf('"')));
            Thread.ofVirtual().start(() -> out.lines().forEach(line -> {
                synchronized (lines) {
                    lines.add(line);
                }
            }));
        }

        boolean said(String part) {
            synchronized (lines) {
                return lines.stream().anyMatch(line -> line.contains(part));
            }
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @Test
    void letsOurNodeInAndTellsItsMap() throws Exception {
        try (Foreign coordinator = new Foreign();
                NodeUnderTest node = NodeUnderTest.start(coordinator.address, "a-key")) {
            assertEquals("Alice", node.await(Registered.class).response().user().displayName());
            MapChanged map = node.await(MapChanged.class);
            assertEquals("laptop.example.", map.map().self().name());
            assertEquals(Set.of(77L), map.map().peers().keySet());
            NodeUnderTest.until(() -> coordinator.said("\"endpoints\": [\"127.0.0.1:1\"]"));
        }
    }

    @Test
    void mayBeginWithAnEarlyPayloadAndCutItsMessagesAnywhere() throws Exception {
        try (Foreign coordinator = new Foreign("--early", "--cut", "7");
                NodeUnderTest node = NodeUnderTest.start(coordinator.address, "a-key")) {
            assertEquals(Set.of(77L), node.await(MapChanged.class).map().peers().keySet());
        }
    }

    @Test
    void waitsForTheLogin() throws Exception {
        try (Foreign coordinator = new Foreign("--login");
                NodeUnderTest node = NodeUnderTest.start(coordinator.address, "");
                HttpClient browser = HttpClient.newHttpClient()) {
            URI login = URI.create(node.await(LoginNeeded.class).url());
            NodeUnderTest.until(() -> coordinator.said("\"followup\": \"http"));
            assertEquals(
                    200,
                    browser.send(HttpRequest.newBuilder(login).build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode());
            node.await(MapChanged.class);
        }
    }

    @Test
    void getsItsPingsAnswered() throws Exception {
        try (Foreign coordinator = new Foreign("--ping");
                NodeUnderTest node = NodeUnderTest.start(coordinator.address, "a-key")) {
            node.await(MapChanged.class);
            NodeUnderTest.until(
                    () -> coordinator.said("\"method\": \"HEAD\", \"path\": \"/machine/ping-response?id=1\""));
            NodeUnderTest.until(() -> coordinator.said("/machine/c2n/2") && coordinator.said("200 OK"));
            assertTrue(coordinator.said("hello"));
        }
    }

    @Test
    void followsARenewalAndALogout() throws Exception {
        try (Foreign coordinator = new Foreign("--keep-alive", "0.1");
                NodeUnderTest node = NodeUnderTest.start(coordinator.address, "a-key")) {
            node.await(MapChanged.class);
            NodeKey other = node.newKey();
            node.client.rotateTo(other, "");
            assertEquals(other, node.await(MapChanged.class).map().self().key());
            assertTrue(coordinator.said("\"old\": \"" + node.key));

            node.client.logout();
            node.await(LoggedOut.class);
        }
    }
}
