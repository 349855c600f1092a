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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys by the API: those by which nodes join, and those of the API itself. */
class KeyApiTest {
    private static final String KEYS = "/api/v1/domains/red/keys";
    private static final String API_KEYS = "/api/v1/domains/red/api-keys";

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

    /** headscale PR 2853: keys in the clear. */
    @Test
    void secretIsInTheAnswerThatMakesItAndNowhereElse() throws IOException {
        String made = fixture.call(Method.POST, KEYS, owner, "{\"lifetimeSeconds\":3600}")
                .text();
        String madeApi = fixture.call(
                        Method.POST,
                        API_KEYS,
                        owner,
                        "{\"description\":\"d\",\"scopes\":[\"nodes:read\"],\"lifetimeSeconds\":3600}")
                .text();
        for (String secret : List.of(secretIn(made), secretIn(madeApi))) {
            String random = secret.substring(secret.lastIndexOf('-') + 1);
            for (String path : List.of(KEYS, API_KEYS, "/api/v1/domains/red/audit")) {
                assertFalse(fixture.call(Method.GET, path, owner, "").text().contains(random), path);
            }
            fixture.store.backup(parent.resolve("backup" + random));
            String file = Files.readString(parent.resolve("backup" + random), StandardCharsets.ISO_8859_1);
            assertFalse(file.contains(random));
        }
    }

    private static String secretIn(String answer) {
        Matcher matcher = Pattern.compile("\"secret\":\"([^\"]+)\"").matcher(answer);
        assertTrue(matcher.find(), answer);
        return matcher.group(1);
    }

    @Test
    void keyForSomebodyElseIsAnAdministratorsAndForNobodyAbove() {
        long memberId = fixture.user("red", Role.MEMBER).id();
        long ownerId = fixture.user("red", Role.OWNER).id();
        long foreignId = fixture.user("blue", Role.MEMBER).id();
        Caller admin = fixture.session(fixture.user("red", Role.ADMIN));
        Caller member = fixture.session(fixture.user("red", Role.MEMBER));

        assertEquals(200, keyFor(admin, memberId).status());
        assertEquals(200, keyFor(member, memberId).status());
        assertEquals(404, keyFor(member, ownerId).status());
        assertEquals(403, keyFor(admin, ownerId).status());
        assertEquals(404, keyFor(admin, foreignId).status());
        assertEquals(200, keyFor(new Caller.LocalRoot(), ownerId).status());
        fixture.store.write(tx -> {
            tx.users().setActive(fixture.user("red", Role.MEMBER), false);
            return null;
        });
        assertEquals(409, keyFor(admin, memberId).status());
    }

    private ApiResponse keyFor(Caller caller, long userId) {
        return fixture.call(Method.POST, KEYS, caller, "{\"userId\":%d,\"lifetimeSeconds\":3600}".formatted(userId));
    }

    @Test
    void apiKeyActsForWhoeverMakesItButForRootForAnybody() {
        long memberId = fixture.user("red", Role.MEMBER).id();
        String body = "{\"userId\":%d,\"description\":\"d\",\"scopes\":[\"nodes:read\"],\"lifetimeSeconds\":60}";
        String forMember = body.formatted(memberId);
        String forForeigner = body.formatted(fixture.user("blue", Role.MEMBER).id());

        assertEquals(403, fixture.call(Method.POST, API_KEYS, owner, forMember).status());
        assertEquals(
                200,
                fixture.call(Method.POST, API_KEYS, new Caller.LocalRoot(), forMember)
                        .status());
        assertEquals(
                404,
                fixture.call(Method.POST, API_KEYS, new Caller.LocalRoot(), forForeigner)
                        .status());
    }

    @Test
    void keyHasTagsOrAUser() {
        long memberId = fixture.user("red", Role.MEMBER).id();
        String body = "{\"userId\":%d,\"tags\":[\"tag:web\"],\"lifetimeSeconds\":3600}".formatted(memberId);
        assertEquals(422, fixture.call(Method.POST, KEYS, owner, body).status());
        assertEquals(
                422,
                fixture.call(Method.POST, KEYS, new Caller.LocalRoot(), "{\"lifetimeSeconds\":3600}")
                        .status());
    }

    @Test
    void apiKeyMakesNoneThatMayMore() {
        Caller key = fixture.apiKey(fixture.user("red", Role.OWNER), "api-keys:write", "nodes:read");
        String body = "{\"description\":\"d\",\"scopes\":[\"%s\"],\"lifetimeSeconds\":60}";

        assertEquals(
                403,
                fixture.call(Method.POST, API_KEYS, key, body.formatted("users:write"))
                        .status());
        assertEquals(
                422,
                fixture.call(Method.POST, API_KEYS, key, body.formatted("everything"))
                        .status());
        assertEquals(
                200,
                fixture.call(Method.POST, API_KEYS, key, body.formatted("nodes:read"))
                        .status());
    }

    @Test
    void memberMakesNoTaggedKey() {
        Caller member = fixture.session(fixture.user("red", Role.MEMBER));
        String body = "{\"lifetimeSeconds\":60,\"tags\":[\"tag:web\"]}";

        assertEquals(403, fixture.call(Method.POST, KEYS, member, body).status());
        assertEquals(200, fixture.call(Method.POST, KEYS, owner, body).status());
    }
}
