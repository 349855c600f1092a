package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.admin.Caller;
import io.penstock.server.admin.KeyOperations;
import io.penstock.server.admin.Outcome;
import io.penstock.server.login.FakeProvider;
import io.penstock.server.model.Domain;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.Role;
import io.penstock.server.model.SecondFactor;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A provider that has to have asked for more than a password: always, of administrators, for new devices. */
class SecondFactorPageTest {
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

    private void demand(SecondFactor.Use use) {
        provider.secondFactor = new SecondFactor(Set.of(use), List.of("mfa"), Set.of("otp", "hwk"));
        fixture.store.write(tx ->
                tx.providers().add(provider.settings(domain.id(), "example", Admits.EVERYBODY), FakeProvider.SECRET));
    }

    private static Browser leave(Browser browser, String from) {
        Markup.Form form = browser.open(from).page().form(OFF);
        return browser.post(OFF, form.hidden());
    }

    private Browser comeBack(Browser browser) {
        return browser.comeBack(provider.authorize(browser.page().wayToProvider()));
    }

    private Browser signIn(Browser browser) {
        return comeBack(leave(browser, "/login"));
    }

    private void prove() {
        provider.claims.put("acr", "mfa");
        provider.claims.put("amr", List.of("pwd", "otp"));
    }

    private static boolean asksFactor(Browser browser) {
        String request = URLDecoder.decode(browser.page().wayToProvider(), StandardCharsets.UTF_8);
        return request.contains("claims={\"id_token\":{\"acr\":")
                && request.contains("\"essential\":true")
                && request.contains("\"mfa\"");
    }

    @Test
    void isAskedForAndCheckedAlways() {
        demand(SecondFactor.Use.ALWAYS);
        Browser browser = leave(fixture.browser(), "/login");
        assertTrue(asksFactor(browser), browser.page().wayToProvider());
        comeBack(browser);
        assertEquals(403, browser.status());
        assertTrue(browser.text().contains("a second factor is needed here"), browser.text());

        prove();
        assertEquals("/", signIn(fixture.browser()).location());
    }

    @Test
    void wordsThatSayNothingProveNothing() {
        demand(SecondFactor.Use.ALWAYS);
        for (List<String> amr : List.of(List.<String>of(), List.of("pwd"), List.of("OTP"))) {
            provider.claims.put("acr", "mfa");
            provider.claims.put("amr", amr);
            assertEquals(403, signIn(fixture.browser()).status(), amr.toString());
        }
        provider.claims.put("amr", "otp");
        assertEquals(403, signIn(fixture.browser()).status(), "a text is no list");
        provider.claims.put("amr", List.of("otp"));
        for (Object acr : List.<Object>of("1", "pwd", "mfa ", List.of("mfa"))) {
            provider.claims.put("acr", acr);
            assertEquals(403, signIn(fixture.browser()).status(), acr.toString());
        }
        provider.claims.remove("acr");
        assertEquals(403, signIn(fixture.browser()).status(), "nothing is said");
        assertTrue(fixture.store.read(tx -> tx.users().list(domain.id())).isEmpty());
    }

    @Test
    void administratorsAreSentOnceMoreAndMembersAreNot() {
        demand(SecondFactor.Use.ADMINISTRATORS);
        Browser browser = leave(fixture.browser(), "/login");
        assertFalse(asksFactor(browser));
        assertEquals("/", comeBack(browser).location(), "a member");

        User carol = fixture.store.read(tx -> tx.users().list(domain.id())).getFirst();
        fixture.store.write(tx -> {
            tx.users().setRole(carol, Role.ADMIN);
            return null;
        });
        assertEquals("/login", browser.open("/").location(), "who became an administrator signs in once more");
        signIn(browser);
        assertEquals(200, browser.status());
        assertTrue(asksFactor(browser), "sent off at once");
        comeBack(browser);
        assertEquals(403, browser.status(), "not sent to and fro for ever");

        signIn(browser);
        prove();
        assertEquals("/", comeBack(browser).location());
        assertTrue(browser.follow().text().contains("admin of the domain"));
    }

    @Test
    void newDevicesNeedIt() {
        demand(SecondFactor.Use.NEW_DEVICES);
        Token link = fixture.device(1, "laptop");
        String page = PagePath.device(link).text();
        Browser browser = comeBack(leave(fixture.browser(), page)).follow();

        assertEquals("Let this device in?", browser.page().heading());
        assertFalse(browser.body().contains("let-in"));
        Browser forged = browser.post(
                page,
                Map.of(
                        "form_token",
                        FormTokens.of(browser.cookie("penstock-session"), PagePath.device(link)),
                        "decision",
                        "let-in"));
        assertEquals(403, forged.status(), "a form that was not given is refused by the operation itself");

        browser.open(page);
        browser.post(OFF, browser.page().form(OFF).hidden());
        assertTrue(asksFactor(browser));
        prove();
        comeBack(browser).follow();
        browser.submit(Map.of("decision", "let-in")).follow();
        assertEquals("The device is in", browser.page().heading());
    }

    @Test
    void keysThatLetDevicesInNeedItToo() {
        demand(SecondFactor.Use.NEW_DEVICES);
        Browser browser = signIn(fixture.browser());
        User carol = fixture.store.read(tx -> tx.users().list(domain.id())).getFirst();
        KeyOperations.NewPreAuthKey wanted =
                new KeyOperations.NewPreAuthKey(carol.id(), false, false, Tags.NONE, Duration.ofHours(1));

        assertInstanceOf(
                Outcome.Denied.class, fixture.administration.keys().addPreAuth(caller(browser), "default", wanted));
        prove();
        Browser proven = signIn(fixture.browser());
        assertInstanceOf(
                Outcome.Done.class, fixture.administration.keys().addPreAuth(caller(proven), "default", wanted));
    }

    private static Caller caller(Browser browser) {
        return new Caller.WithSession(Token.parse(TokenKind.SESSION, browser.cookie("penstock-session"))
                .orElseThrow());
    }

    @Test
    void demandsNothingThatCouldNotBeKnown() {
        assertTrue(new SecondFactor(Set.of(SecondFactor.Use.ALWAYS), List.of(), Set.of()).isOurs());
        assertThrows(IllegalArgumentException.class, () -> new SecondFactor(Set.of(), List.of("mfa"), Set.of()));
    }
}
