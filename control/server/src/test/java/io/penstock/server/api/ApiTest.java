package io.penstock.server.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.admin.Caller;
import io.penstock.server.model.Host;
import io.penstock.server.model.Role;
import io.penstock.server.model.User;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiTest {
    private static final String KEYS = "/api/v1/domains/red/keys";
    private static final String API_KEYS = "/api/v1/domains/red/api-keys";
    private static final String USERS = "/api/v1/domains/red/users";
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
    void removedUserLeavesNothingByWhichTheyAct() {
        User member = fixture.user("red", Role.MEMBER);
        Caller session = fixture.session(member);
        Caller key = fixture.apiKey(member, "nodes:read");
        fixture.addKey(member);
        long node = fixture.addNode(member);
        String path = USERS + "/" + member.id();

        assertEquals(409, fixture.call(Method.DELETE, path, owner, "").status(), "owns a node");
        assertEquals(
                200,
                fixture.call(Method.DELETE, "/api/v1/domains/red/nodes/" + node, owner, "")
                        .status());
        assertEquals(200, fixture.call(Method.DELETE, path, owner, "").status());

        for (Caller caller : List.of(session, key)) {
            assertEquals(
                    401,
                    fixture.call(Method.GET, "/api/v1/domains/red/nodes", caller, "")
                            .status());
        }
        assertEquals("{\"items\":[]}", fixture.call(Method.GET, KEYS, owner, "").text());
        assertEquals(404, fixture.call(Method.DELETE, path, owner, "").status());
        String self = USERS + "/" + fixture.user("red", Role.OWNER).id();
        assertEquals(409, fixture.call(Method.DELETE, self, owner, "").status(), "the last owner");
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
    void localUserWithoutALinkIsAMemberAndNoMore() {
        String body = "{\"issuer\":\"local\",\"subject\":\"carol\",\"loginName\":\"carol\",\"role\":\"%s\"}";
        assertEquals(
                422,
                fixture.call(Method.POST, USERS, owner, body.formatted("admin")).status());
        assertEquals(
                200,
                fixture.call(Method.POST, USERS, owner, body.formatted("member"))
                        .status());
        assertEquals(
                409,
                fixture.call(Method.POST, USERS, owner, body.formatted("member"))
                        .status());
        String signIn = "{\"domain\":\"red\",\"loginName\":\"carol\",\"password\":\"\",\"code\":\"000000\"}";
        assertEquals(
                401,
                fixture.call(Method.POST, "/api/v1/sessions", new Caller.Anonymous(), signIn)
                        .status());
    }

    /** CVE-2022-36110, GHSA-rxmp-8h9v-56cx: those who make themselves more than they are. */
    @Test
    void nobodyMakesAnybodyMoreThanThemselves() {
        Caller admin = fixture.session(fixture.user("red", Role.ADMIN));
        long adminId = fixture.user("red", Role.ADMIN).id();
        long ownerId = fixture.user("red", Role.OWNER).id();

        assertEquals(403, patchUser(admin, adminId, "{\"role\":\"owner\"}"));
        assertEquals(403, patchUser(admin, ownerId, "{\"role\":\"member\"}"));
        assertEquals(403, patchUser(admin, ownerId, "{\"active\":false}"));
        assertEquals(
                403,
                fixture.call(Method.POST, "/api/v1/domains/red/invitations", admin, "{\"role\":\"owner\"}")
                        .status());
        assertEquals(
                403,
                fixture.call(
                                Method.POST,
                                USERS,
                                admin,
                                "{\"issuer\":\"i\",\"subject\":\"s\",\"loginName\":\"l\",\"role\":\"owner\"}")
                        .status());
        assertEquals(200, patchUser(owner, adminId, "{\"role\":\"owner\"}"));
    }

    @Test
    void domainKeepsAnOwner() {
        long ownerId = fixture.user("red", Role.OWNER).id();

        assertEquals(409, patchUser(owner, ownerId, "{\"role\":\"admin\"}"));
        assertEquals(409, patchUser(owner, ownerId, "{\"active\":false}"));

        assertEquals(200, patchUser(owner, fixture.user("red", Role.ADMIN).id(), "{\"role\":\"owner\"}"));
        assertEquals(200, patchUser(owner, ownerId, "{\"role\":\"admin\"}"));
    }

    private int patchUser(Caller caller, long id, String body) {
        return fixture.call(Method.PATCH, USERS + "/" + id, caller, body).status();
    }

    @Test
    void disabledUserIsOutAtOnce() {
        User admin = fixture.user("red", Role.ADMIN);
        Caller session = fixture.session(admin);
        Caller key = fixture.apiKey(admin, "nodes:read");
        assertEquals(200, fixture.call(Method.GET, USERS, session, "").status());

        long node = fixture.addNode(admin);
        patchUser(owner, admin.id(), "{\"active\":false}");

        assertTrue(fixture.store
                .read(tx -> tx.nodes().find(admin.domainId(), node))
                .orElseThrow()
                .isExpired(fixture.clock.instant()));
        assertEquals(401, fixture.call(Method.GET, USERS, session, "").status());
        assertEquals(
                401,
                fixture.call(Method.GET, "/api/v1/domains/red/nodes", key, "").status());
        patchUser(owner, admin.id(), "{\"active\":true}");
        assertEquals(401, fixture.call(Method.GET, USERS, session, "").status(), "sessions do not come back");
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
    void dnsRecordsAreChecked() {
        String path = "/api/v1/domains/red/dns-records";
        String body = "{\"name\":\"%s\",\"type\":\"%s\",\"value\":\"%s\"}";
        assertEquals(
                200,
                fixture.call(Method.POST, path, owner, body.formatted("Db.Example", "A", "192.0.2.1"))
                        .status());
        assertEquals(
                409,
                fixture.call(Method.POST, path, owner, body.formatted("db.example", "A", "192.0.2.1"))
                        .status());
        assertEquals(
                422,
                fixture.call(Method.POST, path, owner, body.formatted("db.example", "AAAA", "192.0.2.1"))
                        .status());
        assertEquals(
                422,
                fixture.call(Method.POST, path, owner, body.formatted("db.example", "TXT", "192.0.2.1"))
                        .status());
        assertEquals(
                422,
                fixture.call(Method.POST, path, owner, body.formatted("db", "A", "192.0.2.1"))
                        .status());
        assertEquals(
                422,
                fixture.call(Method.POST, path, owner, body.formatted("d b.example", "A", "192.0.2.1"))
                        .status());
        assertEquals(
                422,
                fixture.call(Method.POST, path, owner, body.formatted("db.example", "A", "host"))
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
