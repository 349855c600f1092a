package io.penstock.server.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.admin.Caller;
import io.penstock.server.model.Role;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pings by the API. */
class PingApiTest {
    @TempDir
    private Path parent;

    private ApiFixture fixture;
    private long node;
    private Caller monitor;

    @BeforeEach
    void open() {
        fixture = new ApiFixture(parent);
        node = fixture.addNode(fixture.user("red", Role.ADMIN));
        monitor = fixture.apiKey(fixture.user("red", Role.AUDITOR), "nodes:ping");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private String path() {
        return "/api/v1/domains/red/nodes/" + node + "/ping";
    }

    private ApiResponse ping(String body) {
        return fixture.call(Method.POST, path(), monitor, body);
    }

    @ParameterizedTest
    @CsvSource({"head, '{}'", "head, '{\"way\":\"head\"}'", "echo, '{\"way\":\"echo\",\"timeoutSeconds\":30}'"})
    void tellsThatItAnswered(String way, String body) {
        String answer = ping(body).text();

        assertTrue(
                answer.matches("\\{\"node\":" + node + ",\"name\":\"node-1\",\"way\":\"" + way
                        + "\",\"answered\":true,\"roundTripMicros\":[0-9]+,\"problem\":null}"),
                answer);
        String line = fixture.audit("red").getFirst();
        assertTrue(line.endsWith("|ping node|" + node + " by " + way + "|allowed|"), line);
    }

    @Test
    void tellsThatItIsSilent() {
        fixture.silent.add(node);

        assertEquals(
                "{\"node\":" + node
                        + ",\"name\":\"node-1\",\"way\":\"head\",\"answered\":false,\"roundTripMicros\":null,"
                        + "\"problem\":\"no answer within 1 s, though it is connected\"}",
                ping("{\"timeoutSeconds\":1}").text());
    }

    @Test
    void saysAtOnceThatItIsAway() {
        fixture.away.add(node);

        ApiResponse answer = ping("{\"timeoutSeconds\":30}");

        assertEquals(409, answer.status());
        assertTrue(answer.text().contains("node node-1 is not connected"), answer.text());
        assertTrue(fixture.audit("red").getFirst().endsWith("|conflict: node node-1 is not connected"));
    }

    @Test
    void blocksNobodyWhileItWaits() {
        fixture.silent.add(node);
        byte[] body = "{\"timeoutSeconds\":1}".getBytes(StandardCharsets.UTF_8);

        CompletableFuture<ApiResponse> waiting = fixture.api.handle(Method.POST, path(), Map.of(), monitor, body);

        assertFalse(waiting.isDone(), "the call has returned before the answer is there");
        assertEquals(409, ping("{}").status(), "one at a time");
        assertEquals(200, waiting.join().status());
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"way\":\"icmp\"}', way",
        "'{\"timeoutSeconds\":0}', 1 to 30 seconds",
        "'{\"timeoutSeconds\":31}', 1 to 30 seconds",
        "'{\"timeoutSeconds\":9223372036854775807}', 1 to 30 seconds",
        "'{\"to\":\"x\"}', to"
    })
    void refusesWhatMakesNoSense(String body, String named) {
        ApiResponse answer = ping(body);

        assertEquals(422, answer.status());
        assertTrue(answer.text().contains(named), answer.text());
    }

    @Test
    void needsItsOwnScope() {
        for (String scope : List.of("nodes:read", "nodes:write")) {
            Caller other = fixture.apiKey(fixture.user("red", Role.OWNER), scope);
            assertEquals(403, fixture.call(Method.POST, path(), other, "{}").status(), scope);
        }
    }
}
