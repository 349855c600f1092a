package io.penstock.server.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.admin.Caller;
import io.penstock.server.model.Host;
import io.penstock.server.model.Role;
import io.penstock.server.model.User;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nodes by the API. */
class NodeApiTest {
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
    void tellsWhichNodesAreConnectedAndWhatTheyRun() {
        User member = fixture.user("red", Role.MEMBER);
        long here = fixture.addNode(member);
        long away = fixture.addNode(member);
        fixture.connected.add(here);
        fixture.setHost(
                member.domainId(),
                here,
                new Host("web\u001b[2J", "{\"OS\":\"linux\\u001b\",\"IPNVersion\":\"1.80.0\",\"Later\":1}", 113));
        fixture.setHost(member.domainId(), away, new Host("old", "no JSON", 0));

        String shown = node(here);
        assertTrue(shown.contains("\"online\":true"), shown);
        assertTrue(shown.contains("\"os\":\"linux?\",\"release\":\"1.80.0\",\"capability\":113"), shown);
        String other = node(away);
        assertTrue(other.contains("\"online\":false"), other);
        assertTrue(other.contains("\"os\":\"\",\"release\":\"\",\"capability\":0"), other);
        String all =
                fixture.call(Method.GET, "/api/v1/domains/red/nodes", owner, "").text();
        assertEquals("{\"items\":[" + shown + "," + other + "]}", all);
        fixture.connected.remove(here);
        assertEquals(shown.replace("\"online\":true", "\"online\":false"), node(here));
    }

    private String node(long id) {
        return fixture.call(Method.GET, "/api/v1/domains/red/nodes/" + id, owner, "")
                .text();
    }

    @Test
    void renamesToValidFreeNamesOnly() {
        User user = fixture.user("red", Role.OWNER);
        long first = fixture.addNode(user);
        long second = fixture.addNode(user);
        String path = "/api/v1/domains/red/nodes/";

        assertEquals(
                200,
                fixture.call(Method.PATCH, path + first, owner, "{\"name\":\"web\"}")
                        .status());
        assertEquals(
                409,
                fixture.call(Method.PATCH, path + second, owner, "{\"name\":\"web\"}")
                        .status());
        assertEquals(
                200,
                fixture.call(Method.PATCH, path + first, owner, "{\"name\":\"web\"}")
                        .status());
        for (String name : List.of("", "Web", "a b", "-a", "a\\u001b[2J", "a.b", "x".repeat(64))) {
            assertEquals(
                    422,
                    fixture.call(Method.PATCH, path + second, owner, "{\"name\":\"" + name + "\"}")
                            .status(),
                    name);
        }
    }

    private ApiResponse expiry(long node, String body) {
        return fixture.call(
                Method.PUT, "/api/v1/domains/red/nodes/" + node + "/expiry", owner, body.replace('\'', '"'));
    }

    private @Nullable Instant endOf(long node) {
        long domain = fixture.user("red", Role.OWNER).domainId();
        return fixture.store
                .read(tx -> tx.nodes().find(domain, node))
                .orElseThrow()
                .expires();
    }

    @Test
    void setsWhenAKeyEnds() {
        long node = fixture.addNode(fixture.user("red", Role.MEMBER));
        Instant now = fixture.clock.instant();

        String in = expiry(node, "{'inSeconds':3600}").text();
        assertEquals(now.plusSeconds(3600), endOf(node));
        assertTrue(in.contains("\"expires\":\"" + now.plusSeconds(3600) + "\""), in);

        Instant then = now.plus(Duration.ofDays(30));
        assertEquals(
                200,
                expiry(node, "{'at':'" + then.atOffset(ZoneOffset.ofHours(2)) + "'}")
                        .status());
        assertEquals(then, endOf(node));

        assertEquals(200, expiry(node, "{'never':true}").status());
        assertNull(endOf(node));
        assertTrue(
                fixture.audit("red").getFirst().endsWith("|set expiry|" + node + " never|allowed|"),
                fixture.audit("red").getFirst());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{} | one of 'at', 'inSeconds' and 'never'",
                "{'never':false} | one of 'at', 'inSeconds' and 'never'",
                "{'never':true,'inSeconds':5} | one of 'at', 'inSeconds' and 'never'",
                "{'at':'2000-01-01T00:00:00Z'} | has passed; to end the key now",
                "{'at':'9999-01-01T00:00:00Z'} | more than 3660 days",
                "{'at':'tomorrow'} | 'tomorrow' is not a time such as",
                "{'at':'2030-01-01'} | is not a time such as",
                "{'inSeconds':0} | 'inSeconds' is 1 to",
                "{'inSeconds':9223372036854775807} | 'inSeconds' is 1 to"
            })
    void refusesEndsThatMakeNoSense(String body, String why) {
        long node = fixture.addNode(fixture.user("red", Role.MEMBER));
        Instant before = endOf(node);

        ApiResponse answer = expiry(node, body);

        assertEquals(422, answer.status());
        assertTrue(answer.text().contains(why), answer.text());
        assertEquals(before, endOf(node));
    }

    @Test
    void bringsNoKeyBackThatHasEnded() {
        long node = fixture.addNode(fixture.user("red", Role.MEMBER));
        expiry(node, "{'inSeconds':60}");
        fixture.clock.advance(Duration.ofMinutes(2));

        ApiResponse answer = expiry(node, "{'never':true}");

        assertEquals(409, answer.status());
        assertTrue(answer.text().contains("somebody has to log it in again"), answer.text());
    }
}
