package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.login.FakeProvider;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Identity;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.Role;
import io.penstock.server.model.Token;
import io.penstock.server.model.User;
import io.penstock.server.store.Transaction;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProviderPageTest {
    private static final String SESSION = "penstock-session";
    private static final String OFF = "/login/with/example";

    @TempDir
    private Path parent;

    private PagesFixture fixture;
    private FakeProvider provider;
    private Domain domain;

    @BeforeEach
    void open() throws IOException {
        fixture = new PagesFixture(parent);
        provider = new FakeProvider();
        domain = fixture.store.write(tx -> Samples.domain(tx, "default"));
    }

    @AfterEach
    void close() {
        provider.close();
        fixture.close();
    }

    private void add(IdentityProvider settings) {
        fixture.store.write(tx -> tx.providers().add(settings, FakeProvider.SECRET));
    }

    private void addOpen() {
        add(provider.settings(domain.id(), "example", Admits.EVERYBODY));
    }

    private static Browser leave(Browser browser, String from) {
        Markup.Form form = browser.open(from).page().form(OFF);
        return browser.post(OFF, form.hidden());
    }

    private Browser signIn(Browser browser) {
        return browser.comeBack(
                provider.authorize(leave(browser, "/login").page().wayToProvider()));
    }

    private List<User> users() {
        return fixture.store.read(tx -> tx.users().list(domain.id()));
    }

    private String lastAudit() {
        var entry = fixture.store
                .read(tx -> tx.audit().list(domain.id(), Long.MAX_VALUE, 10))
                .getFirst();
        return entry.actor() + "|" + entry.action() + "|" + entry.decision() + "|" + entry.detail();
    }

    @Test
    void letsSomebodyInAndKnowsThemAgain() {
        addOpen();
        Browser browser = fixture.browser();

        signIn(browser);

        assertEquals("/", browser.location());
        assertTrue(
                browser.follow().text().contains("carol@example.test, member of the domain default"), browser.text());
        assertEquals(Set.of(SESSION), browser.cookies.keySet(), "nothing else is left in the browser");
        assertEquals(
                new Identity(provider.issuer(), "subject-of-carol"),
                users().getFirst().identity());
        assertTrue(lastAudit().endsWith("|sign in|allowed|for the first time"), lastAudit());

        provider.claims.put("email", "carol@other.test");
        signIn(fixture.browser());
        assertEquals(1, users().size());
        assertEquals("carol@example.test", users().getFirst().loginName(), "policies go on to know her");
    }

    @Test
    void leavesByAPageWithTheWholeRequest() {
        addOpen();
        Browser browser = leave(fixture.browser(), "/login");

        assertEquals(200, browser.status());
        String there = browser.page().wayToProvider();
        assertEquals("0; url=" + there, browser.header("Refresh"));
        assertTrue(there.startsWith(provider.issuer() + "/authorize?"), there);
        for (String part : List.of(
                "response_type=code",
                "code_challenge_method=S256",
                "scope=openid+profile+email+offline_access",
                "nonce=")) {
            assertTrue(there.contains(part), there);
        }
        assertTrue(there.contains("redirect_uri=http%3A%2F%2F192.168.1.10%3A8480%2Flogin%2Ffrom%2Fexample"), there);
        assertEquals("same-origin", browser.header("Referrer-Policy"), "the provider learns no page of ours");
    }

    @Test
    void deviceComesInByProvider() {
        addOpen();
        Token link = fixture.device(1, "laptop");
        String page = PagePath.device(link).text();
        Browser browser = fixture.browser();
        String back = provider.authorize(leave(browser, page).page().wayToProvider());
        assertFalse(back.contains(link.reveal()), "the provider learns nothing of the device");

        browser.comeBack(back).follow();

        assertEquals("Let this device in?", browser.page().heading());
        browser.submit(Map.of("decision", "let-in")).follow();
        assertEquals("The device is in", browser.page().heading());
        User carol = users().getFirst();
        assertTrue(fixture.store
                .read(tx -> tx.nodes().list(domain.id()))
                .getFirst()
                .isOwnedBy(carol.id()));
        assertEquals("The device is in", fixture.browser().open(page).page().heading(), "the link works once");
    }

    @Test
    void wayOverTheProviderIsNoLongerThanTheLink() {
        addOpen();
        Browser browser = fixture.browser();
        String back = provider.authorize(leave(browser, "/login").page().wayToProvider());
        fixture.clock.advance(Duration.ofMinutes(15));

        browser.comeBack(back);

        assertEquals(400, browser.status());
        assertEquals("Sign in once more", browser.page().heading());
    }

    @Test
    void strangersStayOutWhereOnlyUsersGetIn() {
        add(provider.settings(domain.id(), "example", Admits.USERS));
        Browser browser = signIn(fixture.browser());

        assertEquals(403, browser.status());
        assertTrue(browser.text().contains("an administrator has to add you"), browser.text());
        assertTrue(users().isEmpty());
        assertFalse(browser.cookies.containsKey(SESSION));
        assertTrue(lastAudit().contains("subject subject-of-carol|sign in|denied|you are no user here"), lastAudit());

        fixture.store.write(tx -> tx.users()
                .add(
                        domain.id(),
                        new Identity(provider.issuer(), "subject-of-carol"),
                        "carol",
                        "Carol",
                        Role.ADMIN,
                        false));
        assertEquals("/", signIn(browser).location());
    }

    @Test
    void anAddressOfMailIsNobodysIdentity() {
        addOpen();
        User alice = fixture.store.write(tx -> tx.users()
                .add(
                        domain.id(),
                        new Identity("https://other.example", "a"),
                        "carol@example.test",
                        "C",
                        Role.OWNER,
                        false));

        Browser browser = signIn(fixture.browser()).follow();

        assertTrue(browser.text().contains("subject-of-carol@example, member"), browser.text());
        assertEquals(2, users().size());
        assertEquals(alice, users().getFirst(), "who has that name stays who they are");
    }

    @Test
    void mailFilterTakesVerifiedAddressesOnly() {
        add(provider.settings(domain.id(), "example", Admits.EVERYBODY, Set.of("example.test"), "", Set.of()));
        provider.claims.put("email_verified", false);
        assertTrue(signIn(fixture.browser()).text().contains("is verified, which is needed here"));
        provider.claims.put("email_verified", "true");
        assertEquals(403, signIn(fixture.browser()).status(), "text is not true");

        provider.claims.put("email_verified", true);
        provider.claims.put("email", "carol@notexample.test");
        assertTrue(signIn(fixture.browser()).text().contains("in none of the domains"));
        assertTrue(users().isEmpty());

        provider.claims.put("email", "Carol@Example.Test");
        assertEquals("/", signIn(fixture.browser()).location());
        provider.claims.put("email", "carol@elsewhere.test");
        assertEquals(403, signIn(fixture.browser()).status(), "the filter holds for users too");
    }

    @Test
    void groupsFilterAndGoToPolicies() {
        add(provider.settings(domain.id(), "example", Admits.EVERYBODY, Set.of(), "groups", Set.of("eng")));
        assertTrue(signIn(fixture.browser()).text().contains("in none of the groups"));
        provider.claims.put("groups", List.of("sales"));
        assertEquals(403, signIn(fixture.browser()).status());

        provider.claims.put("groups", List.of("sales", "eng"));
        assertEquals("/", signIn(fixture.browser()).location());
        assertEquals(Set.of("group:sales", "group:eng"), users().getFirst().groups());

        provider.claims.remove("groups");
        assertEquals("/", signIn(fixture.browser()).location(), "nothing said is nothing changed");
        assertEquals(Set.of("group:sales", "group:eng"), users().getFirst().groups());

        provider.claims.put("groups", "eng");
        signIn(fixture.browser());
        assertEquals(Set.of("group:eng"), users().getFirst().groups());
    }

    @Test
    void disabledUsersStayOut() {
        addOpen();
        signIn(fixture.browser());
        fixture.store.write(tx -> {
            tx.users().setActive(users(tx, domain), false);
            return null;
        });

        assertTrue(signIn(fixture.browser()).text().contains("disabled here"));
    }

    private static User users(Transaction tx, Domain domain) {
        return tx.users().list(domain.id()).getFirst();
    }

    @Test
    void saysThatTheProviderDoesNotAnswerAndKeepsThePassword() {
        addOpen();
        provider.close();
        Browser browser = leave(fixture.browser(), "/login");

        assertEquals(503, browser.status());
        assertTrue(browser.text().contains("Example does not answer at the moment"), browser.text());
        assertTrue(browser.page().has("password"), "local administrators still get in");
    }

    @Test
    void formOfAnotherSiteSendsNobodyOff() {
        addOpen();
        Browser browser = fixture.browser();
        browser.open("/login");

        assertEquals(403, browser.post(OFF, Map.of("form_token", "0")).status());
        assertEquals("/login", browser.open(OFF).location(), "to open the address does nothing");
    }

    @Test
    void eachSignInMakesANewSessionAndEndsTheOneBefore() {
        addOpen();
        Browser browser = signIn(fixture.browser());
        String first = browser.cookie(SESSION);
        String back = provider.authorize(leave2(browser));
        browser.comeBack(back);

        assertNotEquals(first, browser.cookie(SESSION));
        browser.cookies.put(SESSION, first);
        assertEquals("/login", browser.open("/").location(), "the former session has ended");
    }

    /** Of somebody who is signed in, whose page of signing in leads home: the form of another tab. */
    private String leave2(Browser browser) {
        String token = FormTokens.of(browser.cookie(SESSION), PagePath.loginWith("example"));
        return browser.post(OFF, Map.of("form_token", token)).page().wayToProvider();
    }
}
