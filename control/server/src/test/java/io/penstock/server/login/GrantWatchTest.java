package io.penstock.server.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.admin.Caller;
import io.penstock.server.login.OidcLogin.Answer;
import io.penstock.server.login.OidcLogin.Begun;
import io.penstock.server.login.OidcLogin.Finished;
import io.penstock.server.model.Domain;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Token;
import io.penstock.server.model.User;
import io.penstock.server.store.NodeTable;
import io.penstock.server.store.Store;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who was signed in by a provider that does not vouch for them any more. */
class GrantWatchTest {
    private static final Duration LATER = Duration.ofMinutes(6);

    @TempDir
    private Path parent;

    private final TestClock clock = new TestClock();
    private final Seeded entropy = new Seeded(12);
    private Store store;
    private Providers providers;
    private Administration administration;
    private OidcLogin login;
    private GrantWatch watch;
    private FakeProvider provider;
    private Domain domain;

    @BeforeEach
    void open() throws IOException {
        store = Samples.store(parent, clock);
        providers = new Providers();
        administration = new Administration(store, (text, users, nodes) -> Optional.empty(), providers, entropy);
        login = new OidcLogin(store, providers, administration, URI.create("https://vpn.example.test"), clock, entropy);
        watch = new GrantWatch(store, providers, administration.providerGrants());
        provider = new FakeProvider();
        domain = store.write(tx -> Samples.domain(tx, "default"));
    }

    private void add(Set<String> allowedGroups) {
        store.write(tx -> tx.providers()
                .add(
                        provider.settings(domain.id(), "example", Admits.EVERYBODY, Set.of(), "groups", allowedGroups),
                        FakeProvider.SECRET));
    }

    @AfterEach
    void close() {
        watch.close();
        provider.close();
        providers.close();
        store.close();
    }

    private Token signIn() {
        Begun.GoThere go = assertInstanceOf(Begun.GoThere.class, login.begin("example", null, false));
        Map<String, String> query = FakeProvider.parameters(
                URI.create(provider.authorize(go.there().toString())).getRawQuery());
        Finished finished = login.finish(
                "example",
                new Answer(
                        query.getOrDefault("state", ""),
                        query.getOrDefault("code", ""),
                        "",
                        query.getOrDefault("iss", "")),
                Optional.of(go.browser()));
        return assertInstanceOf(Finished.In.class, finished).signedIn().session();
    }

    private User user() {
        return store.read(tx -> tx.users().list(domain.id())).getFirst();
    }

    private Node device() {
        User carol = user();
        return store.write(tx -> assertInstanceOf(
                        NodeTable.Added.Done.class,
                        tx.nodes().add(domain, Samples.joining(new Owner.OfUser(carol.id()), 1, "laptop")))
                .node());
    }

    private boolean isIn(Token session) {
        return administration.signIn().present(session).isPresent();
    }

    private boolean isExpired(Node node) {
        return store.read(
                tx -> tx.nodes().find(domain.id(), node.id()).orElseThrow().isExpired(tx.now()));
    }

    private void later() {
        clock.advance(LATER);
        watch.runOnce();
    }

    private String lastAudit() {
        var entry = store.read(tx -> tx.audit().list(domain.id(), Long.MAX_VALUE, 1))
                .getFirst();
        return entry.actor() + "|" + entry.action() + "|" + entry.target() + "|" + entry.detail();
    }

    @Test
    void whomTheProviderRefusesIsPutOut() {
        add(Set.of());
        Token session = signIn();
        Node node = device();

        watch.runOnce();
        assertEquals(1, provider.askedFor("/token"), "it is not asked before the time");
        later();
        later();
        assertEquals(3, provider.askedFor("/token"), "each time by the token of the time before");
        assertTrue(isIn(session) && !isExpired(node));

        provider.refreshStatus = 400;
        later();

        assertFalse(isIn(session));
        assertTrue(isExpired(node));
        assertFalse(user().isActive());
        assertEquals(
                "provider example|put out|user 1 carol@example.test|the provider vouches no longer: invalid_grant",
                lastAudit());
        int asked = provider.askedFor("/token");
        later();
        assertEquals(asked, provider.askedFor("/token"), "whoever is out is not asked for");
    }

    @Test
    void whoSignsInAgainIsLetInAgain() {
        add(Set.of());
        signIn();
        provider.refreshStatus = 400;
        later();
        assertFalse(user().isActive());

        provider.refreshStatus = 200;
        Token session = signIn();

        assertTrue(user().isActive() && isIn(session));
        later();
        assertTrue(isIn(session));
    }

    @Test
    void whomAnAdministratorDisabledStaysOut() {
        add(Set.of());
        signIn();
        provider.refreshStatus = 400;
        later();
        administration.users().change(new Caller.LocalRoot(), "default", user().id(), null, false);
        provider.refreshStatus = 200;

        Begun.GoThere go = assertInstanceOf(Begun.GoThere.class, login.begin("example", null, false));
        Map<String, String> query = FakeProvider.parameters(
                URI.create(provider.authorize(go.there().toString())).getRawQuery());
        Answer answer = new Answer(
                query.getOrDefault("state", ""), query.getOrDefault("code", ""), "", query.getOrDefault("iss", ""));

        assertInstanceOf(Finished.Refused.class, login.finish("example", answer, Optional.of(go.browser())));
        assertFalse(user().isActive());
    }

    @Test
    void providerThatDoesNotAnswerPutsOutNobody() {
        add(Set.of());
        Token session = signIn();
        provider.refreshStatus = 503;
        for (int i = 0; i < 20; i++) {
            later();
        }
        assertTrue(isIn(session) && user().isActive());

        provider.refreshStatus = 400;
        later();
        later();
        assertFalse(user().isActive(), "once it answers, it counts");
    }

    @Test
    void tokenForAnotherSubjectIsNotBelieved() {
        add(Set.of());
        signIn();
        provider.claims.put("sub", "somebody-else");
        provider.claims.put("groups", List.of("admins"));
        later();

        assertTrue(user().isActive());
        assertEquals(Set.of(), user().groups());
    }

    @Test
    void groupsFollowAndStayIfNothingIsSaidOfThem() {
        add(Set.of());
        provider.claims.put("groups", List.of("eng"));
        signIn();
        provider.claims.put("groups", List.of("ops", "eng"));
        later();
        assertEquals(Set.of("group:eng", "group:ops"), user().groups());

        provider.claims.remove("groups");
        later();
        assertEquals(Set.of("group:eng", "group:ops"), user().groups());
    }

    @Test
    void whoLeavesTheGroupsThatGetInIsPutOut() {
        add(Set.of("eng"));
        provider.claims.put("groups", List.of("eng"));
        Token session = signIn();
        later();
        assertTrue(isIn(session));

        provider.claims.put("groups", List.of("sales"));
        later();
        assertFalse(isIn(session));
        assertTrue(lastAudit().endsWith("|you are in none of the groups that get in here"), lastAudit());
    }

    @Test
    void addressThatATokenLeavesOutPutsOutNobody() {
        store.write(tx -> tx.providers()
                .add(
                        provider.settings(
                                domain.id(), "example", Admits.EVERYBODY, Set.of("example.test"), "", Set.of()),
                        FakeProvider.SECRET));
        Token session = signIn();
        provider.claims.remove("email");
        later();
        assertTrue(isIn(session));
    }

    @Test
    void twoWhoLookDoNotAskForTheSame() {
        add(Set.of());
        signIn();
        clock.advance(LATER);
        assertTrue(administration
                .providerGrants()
                .takeDue(Duration.ofSeconds(40), List.of())
                .isPresent());
        assertTrue(administration
                .providerGrants()
                .takeDue(Duration.ofSeconds(40), List.of())
                .isEmpty());
        clock.advance(Duration.ofSeconds(41)); // whoever took it has died
        assertTrue(administration
                .providerGrants()
                .takeDue(Duration.ofSeconds(40), List.of())
                .isPresent());
    }

    @Test
    void refreshTokensAreSealedAtRest() throws IOException {
        add(Set.of());
        signIn();
        User carol = user();
        String token = store.read(tx -> tx.providerGrants().find(carol.id()))
                .orElseThrow()
                .refreshToken();
        assertTrue(token.startsWith("refresh-"));
        try (Stream<Path> files = Files.walk(parent)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertFalse(Files.readString(file, StandardCharsets.ISO_8859_1).contains(token), file.toString());
            }
        }
    }
}
