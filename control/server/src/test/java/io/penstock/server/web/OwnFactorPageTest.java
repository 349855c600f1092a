package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.admin.Caller;
import io.penstock.server.admin.Outcome;
import io.penstock.server.login.FakeProvider;
import io.penstock.server.model.Domain;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.Role;
import io.penstock.server.model.SecondFactor;
import io.penstock.server.model.Token;
import io.penstock.server.model.User;
import io.penstock.server.passkey.SoftAuthenticator;
import io.penstock.server.store.CredentialTable;
import io.penstock.server.store.PasskeyTable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A second factor of the coordinator's own, for those whose provider cannot say that there was one: an app, and passkeys. */
class OwnFactorPageTest {
    private static final String OFF = "/login/with/example";
    private static final String FACTOR = "/second-factor";
    private static final String FACTORS = "/second-factors";
    private static final String ORIGIN = "https://vpn.example.org";

    @TempDir
    private Path parent;

    private PagesFixture fixture;
    private FakeProvider provider;
    private Domain domain;
    private final SoftAuthenticator key = new SoftAuthenticator(ORIGIN, "vpn.example.org", 1);

    @BeforeEach
    void open() throws IOException {
        fixture = new PagesFixture(parent, URI.create(ORIGIN));
        provider = new FakeProvider();
        domain = fixture.store.write(tx -> Samples.domain(tx, "default"));
    }

    @AfterEach
    void close() {
        provider.close();
        fixture.close();
    }

    private void demand(SecondFactor.Use use) {
        provider.secondFactor = new SecondFactor(Set.of(use), List.of(), Set.of());
        fixture.store.write(tx ->
                tx.providers().add(provider.settings(domain.id(), "example", Admits.EVERYBODY), FakeProvider.SECRET));
    }

    private Browser signIn(String from) {
        Browser browser = fixture.browser();
        browser.isSecure = true;
        browser.open(from);
        browser.post(OFF, browser.page().form(OFF).hidden());
        return browser.comeBack(provider.authorize(browser.page().wayToProvider()));
    }

    private Browser step(Browser browser, String step, Map<String, String> more) {
        Map<String, String> fields = new java.util.LinkedHashMap<>(
                Map.of("form_token", browser.page().form(FACTOR).value("form_token"), "step", step));
        fields.putAll(more);
        return browser.post(FACTOR, fields);
    }

    private String now(String seed) {
        return Codes.at(seed, fixture.clock.instant());
    }

    /** Somebody signs in for the first time and sets up an app: its seed. */
    private String enrol(Browser browser) {
        browser.open("/").follow();
        assertEquals("Set up a second factor", browser.page().heading());
        String seed = seed(browser);
        step(browser, "app", Map.of("seed", seed, "code", now(seed)));
        assertEquals("/", browser.location());
        fixture.clock.advance(Codes.STEP);
        return seed;
    }

    private static String seed(Browser browser) {
        return browser.page().all("input").stream()
                .filter(input -> input.getAttribute("name").equals("seed"))
                .map(input -> input.getAttribute("value"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void appIsSetUpAtTheFirstSignInAndAskedForAfterwards() {
        demand(SecondFactor.Use.ALWAYS);
        Browser browser = signIn("/login");
        assertEquals(
                FACTOR,
                browser.open("/machines/1").location().isEmpty()
                        ? ""
                        : browser.open("/").location());
        String seed = enrol(browser);
        assertTrue(browser.follow().text().contains("member of the domain default"));

        Browser again = signIn("/login");
        assertEquals("Second factor", again.open("/").follow().page().heading());
        String code = now(seed);
        assertEquals("/", step(again, "code", Map.of("code", code)).location());

        Browser replay = signIn("/login");
        replay.open(FACTOR);
        assertEquals(422, step(replay, "code", Map.of("code", code)).status(), "a code works once");
        fixture.clock.advance(Codes.STEP);
        assertEquals("/", step(replay, "code", Map.of("code", now(seed))).location());
    }

    @Test
    void recoveryCodeStandsForTheAppOnce() {
        demand(SecondFactor.Use.ALWAYS);
        Browser browser = signIn("/login");
        String seed = enrol(browser);
        browser.open("/recovery").submit(Map.of("code", now(seed)));
        String code = browser.page().all("code").getFirst().getTextContent();

        Browser lost = signIn("/login");
        lost.open(FACTOR);
        assertEquals("/", step(lost, "code", Map.of("code", code)).location());
        Browser twice = signIn("/login");
        twice.open(FACTOR);
        assertEquals(422, step(twice, "code", Map.of("code", code)).status());
    }

    @Test
    void sessionBeforeTheProofIsGoodForNothingAndAnotherComesBehindIt() {
        demand(SecondFactor.Use.ALWAYS);
        Browser browser = signIn("/login");
        String before = browser.cookie("__Host-penstock-session");
        Caller halfway = Caller.bearer(before);
        assertTrue(fixture.administration.nodes().list(halfway, "default") instanceof Outcome.Unauthenticated<?>);
        for (String page : List.of("/machines", "/users", "/keys", "/policy", FACTORS, "/recovery")) {
            assertEquals(303, browser.open(page).status(), page);
        }
        enrol(browser);
        assertFalse(browser.cookie("__Host-penstock-session").equals(before), "no session is handed on");
        assertTrue(fixture.administration.nodes().list(halfway, "default") instanceof Outcome.Unauthenticated<?>);
    }

    @Test
    void whoeverIsHalfwayForTooLongBeginsAnew() {
        demand(SecondFactor.Use.ALWAYS);
        Browser browser = signIn("/login");
        fixture.clock.advance(Duration.ofMinutes(15));
        assertEquals("/login", browser.open(FACTOR).location());
    }

    @Test
    void nobodyAddsAFactorBesideOneThatIsNotProven() {
        demand(SecondFactor.Use.ALWAYS);
        enrol(signIn("/login"));
        Browser thief = signIn("/login"); // has the password of the provider alone
        thief.open(FACTOR);
        assertEquals(409, step(thief, "make", Map.of()).status());
        String seed = fixture.administration.secondFactors().proposeSeed();
        assertEquals(
                409, step(thief, "app", Map.of("seed", seed, "code", now(seed))).status());
    }

    @Test
    void wrongCodesCloseTheAccountForAWhileAndNobodyElses() {
        demand(SecondFactor.Use.ALWAYS);
        String seed = enrol(signIn("/login"));
        provider.claims.put("sub", "subject-of-dave");
        provider.claims.put("email", "dave@example.test");
        String seedOfDave = enrol(signIn("/login"));
        provider.claims.put("sub", "subject-of-carol");
        Browser guesser = signIn("/login");
        guesser.open(FACTOR);
        for (int i = 0; i < CredentialTable.MAX_FAILURES; i++) {
            assertEquals(422, step(guesser, "code", Map.of("code", "000000")).status());
        }
        assertEquals(403, step(guesser, "code", Map.of("code", now(seed))).status());

        provider.claims.put("sub", "subject-of-dave");
        Browser dave = signIn("/login");
        dave.open(FACTOR);
        assertEquals("/", step(dave, "code", Map.of("code", now(seedOfDave))).location());
        fixture.clock.advance(CredentialTable.FAILURE_WINDOW);
        provider.claims.put("sub", "subject-of-carol");
        Browser later = signIn("/login");
        later.open(FACTOR);
        assertEquals("/", step(later, "code", Map.of("code", now(seed))).location());
    }

    private String options(Browser browser) {
        assertTrue(browser.header("Content-Security-Policy").contains("script-src 'self'"));
        return browser.page().form(FACTOR).value("options");
    }

    private Browser addKey(Browser browser, SoftAuthenticator authenticator, String name) {
        step(browser, "make", Map.of());
        return step(browser, "made", Map.of("name", name, "answer", authenticator.make(options(browser))));
    }

    @Test
    void passkeyIsMadeAskedForRenamedAndRemoved() {
        demand(SecondFactor.Use.ALWAYS);
        Browser browser = signIn("/login");
        browser.open(FACTOR);
        assertEquals("/", addKey(browser, key, "blue key").location());
        assertEquals(
                FACTORS,
                addKey(browser.open(FACTORS), new SoftAuthenticator(ORIGIN, "vpn.example.org", 2), "phone")
                        .location());

        Browser again = signIn("/login");
        step(again.open(FACTOR), "ask", Map.of());
        String answer = key.prove(options(again));
        assertEquals("/", step(again, "prove", Map.of("answer", answer)).location());

        again.open(FACTORS);
        assertTrue(again.text().contains("blue key") && again.text().contains("phone"));
        String id = again.page().form(FACTORS).value("passkey");
        change(again, id, "rename", "red key");
        assertTrue(again.follow().text().contains("red key"));
        change(again, id, "remove", "");
        assertFalse(again.follow().text().contains("red key"));
        String audit = fixture.store
                .read(tx -> tx.audit().list(domain.id(), Long.MAX_VALUE, 100))
                .toString();
        for (String action :
                List.of("add second factor", "prove second factor", "rename second factor", "remove second factor")) {
            assertTrue(audit.contains(action), action);
        }
    }

    private static void change(Browser browser, String id, String what, String name) {
        String token = browser.page().form(FACTORS).value("form_token");
        browser.post(FACTORS, Map.of("form_token", token, "passkey", id, "step", what, "name", name));
    }

    @Test
    void challengeIsForOneAnswerOfOneSessionAndFiveMinutes() {
        demand(SecondFactor.Use.ALWAYS);
        Browser browser = signIn("/login");
        addKey(browser.open(FACTOR), key, "key");

        Browser first = signIn("/login");
        step(first.open(FACTOR), "ask", Map.of());
        String answer = key.prove(options(first));
        Browser other = signIn("/login");
        step(other.open(FACTOR), "ask", Map.of());
        assertEquals(422, step(other, "prove", Map.of("answer", answer)).status(), "another session's");
        assertEquals(
                422,
                step(other, "prove", Map.of("answer", key.prove("{\"challenge\":\"\"}")))
                        .status(),
                "none is open");
        step(first, "ask", Map.of());
        assertEquals(422, step(first, "prove", Map.of("answer", answer)).status(), "of before");
        step(first, "ask", Map.of());
        String late = key.prove(options(first));
        fixture.clock.advance(PasskeyTable.CHALLENGE_LIFETIME);
        assertEquals(422, step(first, "prove", Map.of("answer", late)).status(), "too late");
    }

    @Test
    void passkeyOfSomebodyElseProvesNothing() {
        demand(SecondFactor.Use.ALWAYS);
        addKey(signIn("/login").open(FACTOR), key, "key");
        provider.claims.put("sub", "subject-of-dave");
        provider.claims.put("email", "dave@example.test");
        addKey(signIn("/login").open(FACTOR), new SoftAuthenticator(ORIGIN, "vpn.example.org", 2), "other");
        Browser dave = signIn("/login");
        step(dave.open(FACTOR), "ask", Map.of());
        assertEquals(
                422,
                step(dave, "prove", Map.of("answer", key.prove(options(dave)))).status());
    }

    @Test
    void newDeviceAsksForItAndGoesOnThere() {
        demand(SecondFactor.Use.NEW_DEVICES);
        Token link = fixture.device(1, "laptop");
        String page = PagePath.device(link).text();
        Browser browser = signIn(page).follow();
        assertFalse(browser.body().contains("let-in"));
        browser.post(FACTOR, browser.page().form(FACTOR).hidden());
        assertEquals("Set up a second factor", browser.page().heading());
        addKey2(browser, link);
        assertEquals(page, browser.location());
        browser.follow().submit(Map.of("decision", "let-in")).follow();
        assertEquals("The device is in", browser.page().heading());
    }

    private void addKey2(Browser browser, Token link) {
        step(browser, "make", Map.of("device", link.reveal()));
        assertEquals(link.reveal(), browser.page().form(FACTOR).value("device"));
        step(browser, "made", Map.of("device", link.reveal(), "name", "key", "answer", key.make(options(browser))));
    }

    @Test
    void administratorOfThisCoordinatorHasAPasskeyInThePlaceOfACode() {
        String seed = fixture.administrator("root");
        fixture.clock.advance(Codes.STEP);
        Browser browser = fixture.browser();
        browser.isSecure = true;
        browser.open("/login")
                .post(
                        "/login",
                        with(browser, PagesFixture.credentials("default", "root", PagesFixture.PASSWORD, now(seed))));
        assertEquals("/", browser.location());
        addKey(browser.open(FACTORS), key, "key");

        Browser again = fixture.browser();
        again.isSecure = true;
        again.open("/login")
                .post("/login", with(again, PagesFixture.credentials("default", "root", "wrong password!", "")));
        assertEquals(403, again.status());
        again.open("/login")
                .post("/login", with(again, PagesFixture.credentials("default", "root", PagesFixture.PASSWORD, "")));
        again.follow().follow();
        assertEquals("Second factor", again.page().heading());
        step(again, "ask", Map.of());
        assertEquals(
                "/",
                step(again, "prove", Map.of("answer", key.prove(options(again))))
                        .location());
        assertTrue(again.follow().text().contains("owner of the domain"));
    }

    private static Map<String, String> with(Browser browser, Map<String, String> fields) {
        Map<String, String> all =
                new java.util.LinkedHashMap<>(browser.page().form("/login").hidden());
        all.putAll(fields);
        return all;
    }

    @Test
    void administratorTakesFactorsAway() {
        demand(SecondFactor.Use.ALWAYS);
        Browser browser = signIn("/login");
        addKey(browser.open(FACTOR), key, "key");
        User carol = fixture.store.read(tx -> tx.users().list(domain.id())).getFirst();
        Browser admin = fixture.browserOf(fixture.member("default", "boss", Role.OWNER));
        String page = "/users/" + carol.id();
        admin.open(page);
        assertTrue(admin.text().contains("passkeys: key"), admin.text());
        String token = admin.page().form(page).value("form_token");
        admin.post(page, Map.of("form_token", token, "do", "reset")).follow();
        assertFalse(admin.text().contains("passkeys: key"));
        assertEquals("/login", browser.open("/").location(), "sessions have ended");
        signIn("/login").open(FACTOR).page().form(FACTOR);
    }
}
