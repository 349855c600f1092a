package io.penstock.server.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.admin.Caller;
import io.penstock.server.model.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for all of the API. */
class ApiTest {
    private static final String KEYS = "/api/v1/domains/red/keys";
    private static final String POLICY = "/api/v1/domains/red/policy";

    @TempDir
    private Path parent;

    private ApiFixture fixture;
    private Caller owner = new Caller.Anonymous();

    @BeforeEach
    void open() {
        fixture = new ApiFixture(parent);
        owner = fixture.session(fixture.user("red", Role.OWNER));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void openApiDocumentIsTheCommittedOne() throws IOException {
        Committed.check("openapi.json", new String(OpenApi.document(), StandardCharsets.UTF_8) + "\n");
        assertEquals(
                200,
                fixture.call(Method.GET, "/api/v1/openapi.json", new Caller.Anonymous(), "")
                        .status());
    }

    @Test
    void saysWhatThereIsNot() {
        assertEquals(404, fixture.call(Method.GET, "/api/v1/nothing", owner, "").status());
        assertEquals(404, fixture.call(Method.GET, "/", owner, "").status());
        assertEquals(404, fixture.call(Method.GET, KEYS + "/", owner, "").status());
        assertEquals(405, fixture.call(Method.PUT, KEYS, owner, "{}").status());
        assertEquals(404, fixture.call(Method.DELETE, KEYS + "/x", owner, "").status());
        assertEquals(
                404,
                fixture.call(Method.GET, "/api/v1/domains/green/keys", owner, "")
                        .status());
    }

    /** CVE-2023-32079: fields that were not meant to be set. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{",
                "{}",
                "{\"lifetimeSeconds\":null}",
                "{\"lifetimeSeconds\":\"3600\"}",
                "{\"lifetimeSeconds\":1.5}",
                "{\"lifetimeSeconds\":99999999999999999999999}",
                "{\"lifetimeSeconds\":0}",
                "{\"lifetimeSeconds\":-1}",
                "{\"lifetimeSeconds\":9223372036854775807}",
                "{\"lifetimeSeconds\":3600,\"uses\":-1}",
                "{\"lifetimeSeconds\":3600,\"lifetimeSeconds\":3600}",
                "{\"lifetimeSeconds\":3600} {}",
                "{\"lifetimeSeconds\":3600,\"tags\":[\"web\"]}",
                "{\"lifetimeSeconds\":3600,\"tags\":{}}",
                "{\"lifetimeSeconds\":3600,\"tags\":[null]}",
                "{\"lifetimeSeconds\":3600,\"tags\":[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]}"
            })
    void refusesBodiesThatAreNotWhatTheRouteTakes(String body) {
        ApiResponse answer = fixture.call(Method.POST, KEYS, owner, body);

        assertEquals(422, answer.status(), answer.text());
        assertFalse(answer.text().contains("Exception"), answer.text());
        assertEquals("{\"items\":[]}", fixture.call(Method.GET, KEYS, owner, "").text());
    }

    @Test
    void refusesBodyWhereNoneBelongsAndOneTooLong() {
        assertEquals(422, fixture.call(Method.GET, KEYS, owner, "{}").status());
        assertEquals(
                422,
                fixture.call(Method.PUT, POLICY, owner, "{\"text\":\"" + " ".repeat(Api.MAX_BODY_LENGTH) + "\"}")
                        .status());
    }

    @Test
    void badPolicyNeverReplacesAGoodOne() {
        assertEquals(404, fixture.call(Method.GET, POLICY, owner, "").status());
        assertEquals(
                200,
                fixture.call(Method.PUT, POLICY, owner, "{\"text\":\"{}\"}").status());

        ApiResponse refused = fixture.call(Method.PUT, POLICY, owner, "{\"text\":\"bad\"}");

        assertEquals(422, refused.status());
        assertTrue(refused.text().contains("line 1, column 1"), refused.text());
        assertTrue(fixture.call(Method.GET, POLICY, owner, "").text().contains("\"version\":1"));
        assertEquals(
                409,
                fixture.call(Method.PUT, POLICY, owner, "{\"text\":\"{ }\",\"expectedVersion\":0}")
                        .status());
        assertEquals(
                200,
                fixture.call(Method.PUT, POLICY, owner, "{\"text\":\"{ }\",\"expectedVersion\":1}")
                        .status());
    }

    @Test
    void backupGoesToTheStateFolderOnly() {
        Caller operator = fixture.session(fixture.operator);
        for (String name : List.of("../x", "/tmp/x", "a/b", "", ".", "..", ".hidden")) {
            assertEquals(
                    422,
                    fixture.call(Method.POST, "/api/v1/backups", operator, "{\"name\":\"" + name + "\"}")
                            .status(),
                    name);
        }
        assertEquals(
                200,
                fixture.call(Method.POST, "/api/v1/backups", operator, "{\"name\":\"a.db\"}")
                        .status());
        assertTrue(Files.exists(parent.resolve("state/backups/a.db")));
        assertEquals(
                409,
                fixture.call(Method.POST, "/api/v1/backups", operator, "{\"name\":\"a.db\"}")
                        .status());
    }

    @Test
    void logShowsNothingThatATerminalWouldObey() {
        long node = fixture.addNode(fixture.user("red", Role.OWNER));
        fixture.call(
                Method.PATCH,
                "/api/v1/domains/red/nodes/" + node,
                owner,
                "{\"name\":\"a\\u001b[2J\\n" + "x".repeat(2000) + "\"}");

        String line = fixture.audit("red").getFirst();

        assertTrue(line.contains("to a?[2J?x"), line);
        assertTrue(line.chars().noneMatch(Character::isISOControl), line);
        assertTrue(line.length() < 1500, "cut");
    }

    @Test
    void everyDeedAndEveryDenialIsLogged() {
        long node = fixture.addNode(fixture.user("red", Role.OWNER));
        fixture.call(Method.PATCH, "/api/v1/domains/red/nodes/" + node, owner, "{\"name\":\"web\"}");
        fixture.call(Method.PATCH, "/api/v1/domains/red/nodes/" + node, owner, "{\"name\":\"-\"}");
        fixture.call(Method.GET, "/api/v1/domains/red/nodes", owner, "");
        Caller auditor = fixture.session(fixture.user("red", Role.AUDITOR));
        fixture.call(Method.PUT, POLICY, auditor, "{\"text\":\"{}\"}");

        List<String> log = fixture.audit("red");

        String ownerName = "user " + fixture.user("red", Role.OWNER).id() + " owner";
        String auditorName = "user " + fixture.user("red", Role.AUDITOR).id() + " auditor";
        assertEquals(3, log.size(), log.toString());
        assertEquals(auditorName + "|set policy|red|denied|policy:write", log.get(0));
        assertTrue(log.get(1).startsWith(ownerName + "|rename node|" + node + " to -|allowed|invalid: "), log.get(1));
        assertEquals(ownerName + "|rename node|" + node + " to web|allowed|", log.get(2));
    }
}
