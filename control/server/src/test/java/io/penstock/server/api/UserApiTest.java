package io.penstock.server.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.admin.Caller;
import io.penstock.server.model.Identity;
import io.penstock.server.model.Role;
import io.penstock.server.model.User;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users by the API: who makes whom what, and what becomes of those who go. */
class UserApiTest {
    private static final String KEYS = "/api/v1/domains/red/keys";
    private static final String USERS = "/api/v1/domains/red/users";

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

    private ApiResponse rename(Caller caller, long id, String body) {
        return fixture.call(Method.PUT, USERS + "/" + id + "/name", caller, body.replace('\'', '"'));
    }

    @Test
    void renamesWhoKeepsTheirIdentity() {
        User user = fixture.user("red", Role.MEMBER);

        String renamed = rename(owner, user.id(), "{'loginName':'Zoë Ω'}").text();

        assertTrue(renamed.contains("\"loginName\":\"Zoë Ω\",\"displayName\":\"Zoë Ω\""), renamed);
        assertEquals(
                user.identity(),
                fixture.store
                        .read(tx -> tx.users().find(user.domainId(), user.id()))
                        .orElseThrow()
                        .identity());
        assertTrue(rename(owner, user.id(), "{'loginName':'zoe','displayName':'Z'}")
                .text()
                .contains("\"loginName\":\"zoe\",\"displayName\":\"Z\""));
        assertTrue(
                rename(owner, user.id(), "{'loginName':'zed'}").text().contains("\"displayName\":\"Z\""),
                "a name of its own stays");
    }

    @Test
    void renamesLocalUsersAsTheySignIn() {
        long domain = fixture.user("red", Role.OWNER).domainId();
        User local = fixture.store.write(
                tx -> tx.users().add(domain, new Identity(Identity.LOCAL, "bob"), "bob", "Bob", Role.MEMBER, false));

        assertEquals(
                422, rename(owner, local.id(), "{'loginName':'Not A Login'}").status());
        assertEquals(200, rename(owner, local.id(), "{'loginName':'robert'}").status());

        assertTrue(fixture.store
                .read(tx -> tx.users().find(domain, new Identity(Identity.LOCAL, "robert")))
                .isPresent());
        assertTrue(fixture.store
                .read(tx -> tx.users().find(domain, new Identity(Identity.LOCAL, "bob")))
                .isEmpty());
    }

    @Test
    void renamesNobodyToANameThatMeansSomebodyElseNorAboveOneself() {
        User member = fixture.user("red", Role.MEMBER);

        assertEquals(409, rename(owner, member.id(), "{'loginName':'admin'}").status());
        assertEquals(422, rename(owner, member.id(), "{'loginName':' '}").status());
        assertEquals(404, rename(owner, 999, "{'loginName':'x'}").status());
        assertEquals(
                403,
                rename(
                                fixture.session(fixture.user("red", Role.ADMIN)),
                                fixture.user("red", Role.OWNER).id(),
                                "{'loginName':'x'}")
                        .status());
        assertEquals(200, rename(owner, member.id(), "{'loginName':'member'}").status(), "their own name again");
    }

    @Test
    void aLinkSaysThatItVoidsAnEarlierOne() {
        String invitations = "/api/v1/domains/red/invitations";

        assertTrue(invite(invitations, "admin").contains("\"voided\":0"));
        assertTrue(invite(invitations, "auditor").contains("\"voided\":0"), "for another role");
        assertTrue(invite(invitations, "admin").contains("\"voided\":1"));
        fixture.clock.advance(Duration.ofHours(25));
        owner = fixture.session(fixture.user("red", Role.OWNER));
        assertTrue(invite(invitations, "admin").contains("\"voided\":0"), "the earlier one was good no longer");
    }

    private String invite(String path, String role) {
        return fixture.call(Method.POST, path, owner, "{\"role\":\"" + role + "\"}")
                .text();
    }
}
