package io.penstock.server.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.admin.Caller;
import io.penstock.server.model.Host;
import io.penstock.server.model.Role;
import io.penstock.server.model.User;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
