package io.penstock.server.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.admin.Caller;
import io.penstock.server.admin.Permission;
import io.penstock.server.admin.Permission.Reach;
import io.penstock.server.model.Change;
import io.penstock.server.model.Passkey;
import io.penstock.server.model.Role;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every route as everybody, in their own domain and in another; made from the table of routes. */
class AuthorizationTest {
    @TempDir
    private Path parent;

    private ApiFixture fixture;

    @BeforeEach
    void open() {
        fixture = new ApiFixture(parent);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    static Stream<Route> guarded() {
        return RouteTable.ALL.stream().filter(route -> route.access() instanceof Access.Needs);
    }

    /** Of a domain, whose log has them. */
    static Stream<Route> deniedToMembers() {
        return guarded()
                .filter(route -> permission(route).reach(Role.MEMBER) == Reach.NONE
                        && !permission(route).isOfOperators());
    }

    private static Permission permission(Route route) {
        return ((Access.Needs) route.access()).permission();
    }

    @ParameterizedTest
    @MethodSource("guarded")
    void rolesMayWhatTheTableGrants(Route route) {
        for (Role role : Role.values()) {
            User caller = fixture.user("red", role);
            Reach reach = permission(route).reach(role);
            check(route, fixture.session(caller), caller, reach, role + " by session");
            check(route, fixture.apiKey(caller, permission(route).scope()), caller, reach, role + " by API key");
        }
    }

    /** Calls with an object of the caller's and with one of somebody else's. */
    private void check(Route route, Caller caller, User user, Reach reach, String who) {
        User somebody = user.role() == Role.ADMIN ? fixture.user("red", Role.MEMBER) : fixture.user("red", Role.ADMIN);
        int own = call(route, "red", caller, user).status();
        int others = call(route, "red", caller, somebody).status();
        boolean names = route.parameters().size() > 1;
        switch (reach) {
            case NONE -> {
                assertEquals(403, own, who + " own");
                assertEquals(403, others, who + " others'");
            }
            case OWN -> {
                assertEquals(200, own, who + " own");
                assertEquals(names ? 404 : 200, others, who + " others'");
            }
            case ALL -> {
                assertEquals(200, own, who + " own");
                // An administrator changes nobody who is more than they are; an owner is.
                assertEquals(200, others, who + " others'");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("guarded")
    void nobodyReachesAnotherDomain(Route route) {
        boolean isOfDomain = route.parameters().contains("domain");
        for (Role role : Role.values()) {
            User caller = fixture.user("red", role);
            User victim = fixture.user("blue", Role.MEMBER);
            int made = isOfDomain ? 0 : 403;
            for (Caller by : List.of(
                    fixture.session(caller),
                    fixture.apiKey(caller, permission(route).scope()))) {
                ApiResponse elsewhere = call(route, "blue", by, victim);
                assertNothingChangedIn("blue");
                assertEquals(isOfDomain ? 404 : made, elsewhere.status(), role + ": " + elsewhere.text());
                if (route.parameters().size() > 1) {
                    // Their own domain in the path, and an id of the other.
                    int status = call(route, "red", by, victim).status();
                    assertNothingChangedIn("blue");
                    assertTrue(status == 404 || status == 403, role + " with a foreign id: " + status);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("guarded")
    void unknownCallersMayNothing(Route route) {
        User owner = fixture.user("red", Role.OWNER);
        Caller disabled = fixture.session(fixture.user("red", Role.ADMIN));
        Caller revoked = fixture.session(owner);
        Caller expired = fixture.apiKey(owner, permission(route).scope());
        fixture.store.write(tx -> {
            tx.users().setActive(fixture.user("red", Role.ADMIN), false);
            tx.sessions().revokeAll(owner.id());
            return null;
        });
        fixture.clock.advance(Duration.ofHours(2));
        Caller forged = new Caller.WithSession(Token.create(TokenKind.SESSION, fixture.entropy));

        for (Caller caller : List.of(new Caller.Anonymous(), disabled, revoked, expired, forged)) {
            assertEquals(
                    401,
                    call(route, "red", caller, fixture.user("red", Role.MEMBER)).status());
        }
        assertEquals(5, fixture.administration.unauthenticatedCalls());
        assertEquals(List.of(), fixture.audit("red"), "nobody cannot fill the log");
    }

    @ParameterizedTest
    @MethodSource("guarded")
    void apiKeyMayOnlyWhatItsScopesSay(Route route) {
        User owner = fixture.user("red", Role.OWNER);
        String[] others = Arrays.stream(Permission.values())
                .filter(permission -> permission != permission(route))
                .map(Permission::scope)
                .toArray(String[]::new);

        ApiResponse refused = call(route, "red", fixture.apiKey(owner, others), owner);

        assertEquals(403, refused.status());
        assertTrue(refused.text().contains(permission(route).scope()), refused.text());
    }

    @ParameterizedTest
    @MethodSource("guarded")
    void operatorsMayRunTheCoordinatorAndNoMore(Route route) {
        Reach reach = permission(route).isOfOperators()
                ? Reach.ALL
                : permission(route).reach(Role.MEMBER);

        check(route, fixture.session(fixture.operator), fixture.operator, reach, "operator");
    }

    @ParameterizedTest
    @MethodSource("deniedToMembers")
    void denialsAreLogged(Route route) {
        User member = fixture.user("red", Role.MEMBER);

        call(route, "red", fixture.session(member), member);

        String line = fixture.audit("red").getFirst();
        assertTrue(line.contains("|denied|") && line.contains("user " + member.id()), line);
    }

    @Test
    void openRoutesAreTheWayInAndNothingElse() {
        List<String> open = RouteTable.ALL.stream()
                .filter(route -> route.access() instanceof Access.Open)
                .map(Route::path)
                .sorted()
                .toList();
        assertEquals(List.of("/api/v1/administrators", "/api/v1/administrators/seed", "/api/v1/sessions"), open);
    }

    @Test
    void routesAboutOneselfNeedSomebody() {
        for (Route route : RouteTable.ALL) {
            if (route.access() instanceof Access.SignedIn) {
                String body = route.body() == Void.class ? "" : "{\"code\":\"000000\"}";
                assertEquals(
                        401,
                        fixture.call(route.method(), route.path(), new Caller.Anonymous(), body)
                                .status(),
                        route.path());
            }
        }
    }

    @Test
    void everyPermissionGuardsSomething() {
        Set<Permission> used =
                new TreeSet<>(guarded().map(AuthorizationTest::permission).toList());
        assertEquals(new TreeSet<>(List.of(Permission.values())), used);
    }

    @Test
    void noTwoRoutesTakeTheSameRequest() {
        for (Route route : RouteTable.ALL) {
            String path = route.path().replaceAll("\\{[^}]*}", "1");
            long takers = RouteTable.ALL.stream()
                    .filter(other -> other.method() == route.method()
                            && other.match(path).isPresent())
                    .count();
            assertEquals(1, takers, path);
        }
    }

    @Test
    void documentSaysWhoMayDoWhat() throws IOException {
        StringBuilder table = new StringBuilder("""
                # Who may do what

                Made from the table of routes; a test compares it. *own*: themselves and what belongs to them; *all*: everything of their domain. What
                is in another domain does not exist for anybody. An API key may do what both its scopes and the role of its user allow. Operators run the
                coordinator, whatever their role in their domain.

                | request | scope | member | auditor | admin | owner | operator |
                | --- | --- | --- | --- | --- | --- | --- |
                """);
        for (Route route : guarded().toList()) {
            Permission permission = permission(route);
            table.append("| `")
                    .append(route.method())
                    .append(' ')
                    .append(route.path())
                    .append("` | ")
                    .append(permission.scope());
            for (Role role : Role.values()) {
                table.append(" | ").append(text(permission.reach(role)));
            }
            table.append(" | ").append(permission.isOfOperators() ? "yes" : "").append(" |\n");
        }
        Committed.check("authorization.md", table.toString());
    }

    private static String text(Reach reach) {
        return switch (reach) {
            case NONE -> "";
            case OWN -> "own";
            case ALL -> "all";
        };
    }

    /** A request that is right in every way, about something that belongs to {@code owner}. */
    private ApiResponse call(Route route, String domain, Caller caller, User owner) {
        String path = route.path().replace("{domain}", domain);
        path = path.contains("{node}") ? path.replace("{node}", Long.toString(fixture.addNode(owner))) : path;
        path = path.contains("{key}") ? path.replace("{key}", Long.toString(fixture.addKey(owner))) : path;
        path = path.contains("{apiKey}") ? path.replace("{apiKey}", Long.toString(fixture.addApiKey(owner))) : path;
        path = path.contains("{user}")
                ? path.replace(
                        "{user}",
                        Long.toString(fixture.addUser(owner.domainId(), "u" + unique(), Role.MEMBER, false)
                                .id()))
                : path;
        path = path.contains("{record}")
                ? path.replace(
                        "{record}",
                        Long.toString(fixture.store
                                .write(tx -> tx.dnsRecords()
                                        .add(owner.domainId(), "r" + unique() + ".example", "A", "192.0.2.1"))
                                .id()))
                : path;
        path = path.contains("{passkey}") ? path.replace("{passkey}", Long.toString(addPasskey(owner))) : path;
        path = path.contains("{provider}") ? path.replace("{provider}", fixture.addProvider(owner.domainId())) : path;
        if (route.path().endsWith("/policy") && route.method() == Method.GET) {
            fixture.store.write(tx -> tx.policies().add(owner.domainId(), "{}", "test"));
        }
        String body = body(route);
        beforeCall = fixture.store.read(tx -> tx.changes().last());
        return fixture.call(route.method(), path, caller, body);
    }

    /** Of somebody in the same domain. */
    private long addPasskey(User owner) {
        User user = fixture.addUser(owner.domainId(), "u" + unique(), Role.MEMBER, false);
        Passkey.Made made = new Passkey.Made("p" + unique(), "", 0, Set.of(), false, false, false);
        return fixture.store
                .write(tx -> tx.passkeys().add(user.id(), made, "key"))
                .orElseThrow()
                .id();
    }

    /** Since the samples for the last call were made. */
    private void assertNothingChangedIn(String domain) {
        long domainId = fixture.user(domain, Role.MEMBER).domainId();
        List<Change> changes =
                fixture.store.read(tx -> tx.changes().since(beforeCall, 100)).orElseThrow();
        assertTrue(changes.stream().noneMatch(change -> change.domainId() == domainId), changes.toString());
    }

    private long beforeCall;

    private int count;

    private String unique() {
        return Integer.toString(count++);
    }

    private String body(Route route) {
        return switch (route.body().getSimpleName()) {
            case "Void" -> "";
            case "NewUser" ->
                "{\"issuer\":\"https://idp.example\",\"subject\":\"s" + unique()
                        + "\",\"loginName\":\"new\",\"role\":\"member\"}";
            case "UserChange" -> "{\"role\":\"auditor\",\"active\":true}";
            case "Invitation" -> "{\"role\":\"member\"}";
            case "Name" -> "{\"name\":\"renamed-" + unique() + "\"}";
            case "ApprovedRoutes" -> "{\"prefixes\":[\"10.0.0.0/8\"]}";
            case "NewExpiry" -> "{\"inSeconds\":3600}";
            case "NewUserName" -> "{\"loginName\":\"called-" + unique() + "\"}";
            case "NewPing" -> "{\"way\":\"echo\",\"timeoutSeconds\":1}";
            case "TagNames" -> "{\"tags\":[\"tag:web\"]}";
            case "NewKey" -> "{\"lifetimeSeconds\":3600}";
            case "NewApiKey" -> "{\"description\":\"new\",\"scopes\":[\"api-keys:write\"],\"lifetimeSeconds\":3600}";
            case "NewPolicy" -> "{\"text\":\"{}\"}";
            case "ChangedSettings" -> "{\"nameservers\":[\"9.9.9.9\"]}";
            case "NewRecord" -> "{\"name\":\"n" + unique() + ".example\",\"type\":\"A\",\"value\":\"192.0.2.1\"}";
            case "NewDomain" -> "{\"name\":\"d" + unique() + "\",\"dnsSuffix\":\"d.example\"}";
            case "NewProvider" ->
                "{\"name\":\"p" + unique()
                        + "\",\"issuer\":\"https://idp.example\",\"clientId\":\"penstock\",\"domain\":\"red\"}";
            case "NewBackup" -> "{\"name\":\"b" + unique() + ".db\"}";
            default -> throw new AssertionError("no sample for " + route.body());
        };
    }
}
