package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.admin.Caller;
import io.penstock.server.admin.Outcome;
import io.penstock.server.model.Host;
import io.penstock.server.model.Node;
import io.penstock.server.model.Role;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.registry.Confirmation;
import io.penstock.wireguard.route.Prefix;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages of machines, users, keys and the policy, each as those who may and those who may not. */
class AdminPagesTest {
    @TempDir
    private Path parent;

    private PagesFixture fixture;
    private User boss;
    private User carol;
    private Browser admin;
    private Browser member;

    @BeforeEach
    void open() {
        fixture = new PagesFixture(parent);
        boss = fixture.member("default", "boss", Role.OWNER);
        carol = fixture.member("default", "carol", Role.MEMBER);
        admin = fixture.browserOf(boss);
        member = fixture.browserOf(carol);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private Node node(int number, String name, User owner) {
        Token link = fixture.device(number, new Host(name, "{}", 131), Tags.NONE);
        return ((Confirmation.Joined) fixture.registry.confirm(link, owner)).node();
    }

    private static String page(Node node) {
        return PagePath.machine(node.id()).text();
    }

    private static Browser act(Browser browser, String page, String what, Map<String, String> more) {
        Map<String, String> fields =
                new LinkedHashMap<>(browser.open(page).page().form(page).hidden());
        fields.put("do", what);
        fields.putAll(more);
        return browser.post(page, fields);
    }

    private String audit() {
        return fixture.store
                .read(tx -> tx.audit().list(boss.domainId(), Long.MAX_VALUE, 100))
                .toString();
    }

    @Test
    void memberSeesAndKeepsTheirOwnDevicesAndNoOthers() {
        Node own = node(1, "laptop", carol);
        Node other = node(2, "pump", boss);
        assertTrue(member.open("/").text().contains("laptop"));
        assertFalse(member.text().contains("pump"));
        assertEquals(404, member.open(page(other)).status());

        assertEquals(
                page(own),
                act(member, page(own), "rename", Map.of("name", "desk")).location());
        assertTrue(member.open("/").text().contains("desk"));
        assertEquals(422, act(member, page(own), "remove", Map.of()).status(), "not without saying which");
        assertEquals("/", act(member, page(own), "remove", Map.of("sure", "1")).location());
        assertTrue(member.open("/").text().contains("None yet"));
        assertTrue(audit().contains("rename node") && audit().contains("remove node"));
    }

    @Test
    void memberMayNothingThatIsAnAdministrators() {
        Node own = node(1, "laptop", carol);
        assertEquals(403, member.open("/policy").status());
        assertFalse(member.open("/").body().contains("href=\"/machines\""));
        Browser refused = act(member, page(own), "set-expiry", Map.of("lifetime", "never"));
        assertEquals(403, refused.status());
        assertEquals(
                403,
                act(member, page(own), "routes", Map.of("route", "10.0.0.0/8")).status());
        String token = FormTokens.of(member.cookie("penstock-session"), PagePath.user(carol.id()));
        assertEquals(
                403,
                member.post("/users/" + carol.id(), Map.of("form_token", token, "do", "role", "role", "owner"))
                        .status());
        String ofUsers = FormTokens.of(member.cookie("penstock-session"), PagePath.USERS);
        assertEquals(
                403,
                member.post("/users", Map.of("form_token", ofUsers, "do", "link", "role", "owner"))
                        .status());
        String ofPolicy = FormTokens.of(member.cookie("penstock-session"), PagePath.POLICY);
        assertEquals(
                403,
                member.post("/policy", Map.of("form_token", ofPolicy, "do", "set", "text", "{}"))
                        .status());
    }

    @Test
    void administratorRenamesExpiresAndApprovesRoutes() {
        Node node = node(1, "pump", carol);
        fixture.registry.update(
                node.machineKey(),
                node.nodeKey(),
                node.contact(),
                node.host(),
                Set.of(Prefix.parse("10.1.0.0/24"), Prefix.parse("10.2.0.0/24")));
        assertTrue(admin.open("/machines").text().contains("2 to approve"));
        assertTrue(admin.text().contains("carol"));

        act(admin, page(node), "routes", Map.of("route", "10.1.0.0/24"));
        assertEquals(Set.of(Prefix.parse("10.1.0.0/24")), read(node).routes().serving());
        act(admin, page(node), "set-expiry", Map.of("lifetime", "never"));
        assertEquals(null, read(node).expires());
        act(admin, page(node), "rename", Map.of("name", "Not a name"));
        assertEquals(422, admin.status());
        assertEquals("pump", read(node).name());
        act(admin, page(node), "expire", Map.of("sure", "1"));
        assertTrue(read(node).isExpired(fixture.clock.instant()));
        assertTrue(admin.open("/machines").text().contains("ended"));
        assertEquals(
                "/machines",
                act(admin, page(node), "remove", Map.of("sure", "1")).location());
        assertTrue(audit().contains("approve routes") && audit().contains("set expiry"));
    }

    private Node read(Node node) {
        return ((Outcome.Done<Node>) fixture.administration.nodes().get(new Caller.LocalRoot(), "default", node.id()))
                .value();
    }

    @Test
    void usersAreAddedChangedAndKeptOut() {
        assertTrue(admin.open("/users").text().contains("carol"));
        act(admin, "/users", "add", Map.of("login_name", "dave"));
        String dave = admin.location();
        assertTrue(admin.follow().text().contains("dave"));
        act(admin, dave, "role", Map.of("role", "auditor"));
        assertTrue(admin.follow().text().contains("auditor"));
        assertEquals(422, act(admin, dave, "disable", Map.of()).status());
        act(admin, dave, "disable", Map.of("sure", "1"));
        assertTrue(admin.follow().text().contains("disabled"));
        act(admin, dave, "enable", Map.of());
        act(admin, dave, "rename", Map.of("login_name", "david"));
        assertTrue(admin.follow().text().contains("david"));
        assertEquals("/users", act(admin, dave, "remove", Map.of("sure", "1")).location());
        assertEquals(
                409,
                act(admin, "/users/" + boss.id(), "disable", Map.of("sure", "1"))
                        .status(),
                "the last owner");

        act(admin, "/users", "link", Map.of("role", "admin"));
        assertEquals(200, admin.status());
        String link = admin.page().all("code").getFirst().getTextContent();
        assertEquals("Set up your account", fixture.browser().open(link).page().heading());
    }

    @Test
    void keyIsShownOnceAndRevoked() {
        act(admin, "/keys", "add", Map.of("tags", "tag:router", "lifetime", "30", "reusable", "1"));
        String secret = admin.page().all("code").getFirst().getTextContent();
        assertTrue(Token.parse(TokenKind.PRE_AUTH, secret).isPresent());
        assertFalse(admin.open("/keys").body().contains(secret));
        assertTrue(admin.text().contains("tag:router") && admin.text().contains("good"));
        Markup.Form revoke = admin.page().form("/keys");
        admin.post(
                "/keys", Map.of("form_token", revoke.value("form_token"), "key", revoke.value("key"), "do", "revoke"));
        assertTrue(admin.follow().text().contains("revoked"));
        assertEquals(
                422,
                act(admin, "/keys", "add", Map.of("tags", "router", "lifetime", "30"))
                        .status());

        act(member, "/keys", "add", Map.of("tags", "tag:router", "lifetime", "7"));
        assertEquals(403, member.status());
        act(member, "/keys", "add", Map.of("lifetime", "7"));
        assertEquals("A new key", member.page().heading());
    }

    @Test
    void policyIsCheckedBeforeItIsInForce() {
        admin.open("/policy");
        act(admin, "/policy", "check", Map.of("text", "{\n}"));
        assertTrue(admin.text().contains("its tests pass"));
        assertTrue(admin.open("/policy").text().contains("There is none yet"), "to check puts nothing into force");
        act(admin, "/policy", "set", Map.of("text", "{}"));
        assertTrue(admin.follow().text().contains("Version 1 is in force"));
        Map<String, String> old = Map.of("text", "{ }", "version", "0");
        assertEquals(409, act(admin, "/policy", "set", old).status(), "somebody was quicker");
        assertTrue(
                admin.text().contains("version 1 is in force") || admin.text().contains("Version 1 is in force"));
    }

    @Test
    void everyFormIsRefusedWithoutItsToken() {
        Node node = node(1, "pump", boss);
        for (String page : List.of(
                page(node),
                "/users",
                "/users/" + carol.id(),
                "/keys",
                "/policy",
                "/second-factor",
                "/second-factors",
                "/device")) {
            for (String token : List.of("", FormTokens.of(member.cookie("penstock-session"), new OwnPath(page)))) {
                Browser refused = admin.post(page, Map.of("form_token", token, "do", "remove", "sure", "1"));
                assertEquals(403, refused.status(), page);
                assertEquals("This form is out of date", refused.page().heading());
            }
        }
        assertEquals("pump", read(node).name());
    }

    @Test
    void namesThatMachinesGiveThemselvesAreText() {
        Node node = node(1, "<script>alert(1)</script>", boss);
        assertTrue(admin.open(page(node)).text().contains("<script>alert(1)</script>"));
    }
}
