package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.http.PageRequest.Initiator;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.model.User;
import io.penstock.server.store.CredentialTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoginPageTest {
    private static final String SESSION = "penstock-session";

    @TempDir
    private Path parent;

    private PagesFixture fixture;
    private String seed;

    @BeforeEach
    void open() {
        fixture = new PagesFixture(parent);
        seed = fixture.administrator("alice");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private String code() {
        return Codes.at(seed, fixture.clock.instant());
    }

    private User alice() {
        return fixture.store.read(tx -> tx.users().list(1).getFirst());
    }

    private Map<String, String> right() {
        return PagesFixture.credentials("default", "alice", PagesFixture.PASSWORD, code());
    }

    private String metrics() {
        MetricsText out = new MetricsText();
        fixture.pages.write(out);
        return out.toString();
    }

    @Test
    void signsInWithANewSessionAndOutAgain() {
        Browser browser = fixture.browser();
        assertEquals("/login", browser.open("/").location());
        assertFalse(browser.cookies.containsKey(SESSION));

        browser.open("/login").submit(right());

        assertEquals("/", browser.location());
        assertEquals(1, browser.cookies.size(), "the secret of forms has ended");
        assertTrue(browser.follow().text().contains("alice, owner of the domain default"), browser.text());
        assertEquals("/", browser.open("/login").location(), "who is in needs no form");

        String session = browser.cookie(SESSION);
        Markup.Form signOut = browser.open("/").page().signOut();
        assertEquals("/login", browser.post(signOut.action(), signOut.hidden()).location());
        assertFalse(browser.cookies.containsKey(SESSION));
        browser.cookies.put(SESSION, session);
        assertEquals("/login", browser.open("/").location(), "the session itself has ended");
    }

    @Test
    void everyFailureLooksTheSame() {
        Browser browser = fixture.browser();
        browser.open("/login").submit(PagesFixture.credentials("default", "alice", "wrong password!", code()));
        String wrongPassword = shown(browser);

        browser.open("/login").submit(PagesFixture.credentials("default", "alice", PagesFixture.PASSWORD, "000000"));
        assertEquals(wrongPassword, shown(browser));
        browser.open("/login").submit(PagesFixture.credentials("other", "alice", PagesFixture.PASSWORD, code()));
        assertEquals(wrongPassword, shown(browser).replace("value=\"other\"", "value=\"default\""));
        browser.open("/login").submit(PagesFixture.credentials("default", "nobody", PagesFixture.PASSWORD, code()));
        assertEquals(wrongPassword, shown(browser).replace("value=\"nobody\"", "value=\"alice\""));
        browser.open("/login").submit(PagesFixture.credentials("default", "alice", "", ""));
        assertEquals(wrongPassword, shown(browser));

        assertTrue(metrics().contains("{reason=\"failed-sign-in\"} 5"), metrics());
        assertFalse(browser.cookies.containsKey(SESSION));
    }

    private static String shown(Browser browser) {
        assertEquals(403, browser.status());
        assertFalse(browser.body().contains(PagesFixture.PASSWORD));
        return browser.body();
    }

    @Test
    void codeWorksOnceInAllBrowsers() {
        Map<String, String> credentials = right();
        assertEquals("/", fixture.browser().open("/login").submit(credentials).location());

        assertEquals(403, fixture.browser().open("/login").submit(credentials).status());

        fixture.clock.advance(Codes.STEP);
        assertEquals("/", fixture.browser().open("/login").submit(right()).location());
    }

    @Test
    void codeMayHaveAGap() {
        String code = code();
        Map<String, String> credentials = PagesFixture.credentials(
                "default", " alice ", PagesFixture.PASSWORD, code.substring(0, 3) + " " + code.substring(3));
        assertEquals("/", fixture.browser().open("/login").submit(credentials).location());
    }

    @Test
    void wrongCodesCloseTheAccountForAWhile() {
        Browser browser = fixture.browser();
        for (int i = 0; i < CredentialTable.MAX_FAILURES; i++) {
            browser.open("/login")
                    .submit(PagesFixture.credentials("default", "alice", PagesFixture.PASSWORD, "000000"));
        }
        assertEquals(403, browser.open("/login").submit(right()).status());

        fixture.clock.advance(CredentialTable.FAILURE_WINDOW);
        assertEquals("/", browser.open("/login").submit(right()).location());
    }

    @Test
    void formWithoutItsTokenIsRefusedAndTriesNothing() {
        Browser browser = fixture.browser();
        String token = browser.open("/login").page().form().value("form_token");
        Browser other = fixture.browser();
        String others = other.open("/login").page().form().value("form_token");
        assertNotEquals(token, others);

        for (String wrong : List.of("", "x", others, token.substring(1) + "0")) {
            Map<String, String> fields = right();
            fields.put("form_token", wrong);
            browser.post("/login", fields);
            assertEquals(403, browser.status());
            assertEquals("This form is out of date", browser.page().heading());
        }
        assertEquals(403, fixture.browser().post("/login", right()).status(), "nor without any cookie");
        assertTrue(metrics().contains("{reason=\"foreign-form\"} 5"), metrics());
        assertTrue(metrics().contains("{reason=\"failed-sign-in\"} 0"), metrics());

        Map<String, String> fields = right();
        fields.put("form_token", token);
        assertEquals("/", browser.post("/login", fields).location());
    }

    @Test
    void formIsForOneActionInOneSession() {
        Browser browser = fixture.browserOf(alice());
        String mine = browser.open("/").page().signOut().value("form_token");
        Browser second = fixture.browserOf(alice());
        String theirs = second.open("/").page().signOut().value("form_token");

        assertEquals(403, browser.post("/logout", Map.of("form_token", theirs)).status());
        assertEquals(403, browser.post("/login", Map.of("form_token", mine)).status());
        assertEquals("/", browser.open("/login").location(), "still in");
        assertEquals(303, browser.post("/logout", Map.of("form_token", mine)).status());
    }

    @Test
    void formSentByAnotherPageIsRefused() {
        Browser browser = fixture.browser();
        Map<String, String> fields = right();
        fields.putAll(browser.open("/login").page().form().hidden());
        String host = "192.168.1.10:8480";
        for (Initiator foreign : List.of(
                new Initiator(host, "", "cross-site"),
                new Initiator(host, "http://192.168.1.10:8480", "same-site"),
                new Initiator(host, "http://192.168.1.10:9999", ""),
                new Initiator(host, "http://192.168.1.10", ""),
                new Initiator(host, "http://evil.example:8480", ""),
                new Initiator(host, "null", ""))) {
            assertEquals(403, browser.send("POST", "/login", fields, foreign).status(), foreign.toString());
        }
        assertTrue(metrics().contains("{reason=\"foreign-page\"} 6"), metrics());

        browser.send("POST", "/login", fields, new Initiator("127.0.0.1:9", "http://192.168.1.10:8480", ""));
        assertEquals("/", browser.location(), "a proxy may call us otherwise");
    }

    @Test
    void signingInAgainEndsTheSessionOfBefore() {
        Browser browser = fixture.browserOf(alice());
        String before = browser.cookie(SESSION);
        Map<String, String> fields = right();
        // In another tab, whose form was shown in this session.
        fields.put("form_token", FormTokens.of(before, PagePath.LOGIN));
        assertEquals("/", browser.post("/login", fields).location());

        assertNotEquals(before, browser.cookie(SESSION));
        Browser thief = fixture.browser();
        thief.cookies.put(SESSION, before);
        assertEquals("/login", thief.open("/").location());
    }

    @Test
    void sessionThatSomebodyElseHasSetIsNotTakenOver() {
        Browser browser = fixture.browser();
        String planted = "pnk-session-" + "0".repeat(12) + "-" + "0".repeat(64);
        browser.cookies.put(SESSION, planted);

        browser.open("/login").submit(right());

        assertNotEquals(planted, browser.cookie(SESSION));
    }

    @Test
    void sessionEndsByItself() {
        Browser browser = fixture.browserOf(alice());
        fixture.clock.advance(Duration.ofHours(12));
        assertEquals("/login", browser.open("/").location());
    }

    @Test
    void overTlsCookiesAreBoundToTlsAndHost() {
        Browser browser = fixture.browser();
        browser.isSecure = true; // each cookie is held against that
        browser.open("/login").submit(right());
        assertEquals(List.of("__Host-" + SESSION), List.copyOf(browser.cookies.keySet()));
    }

    @Test
    void pagesKeepToThemselves() {
        Browser browser = fixture.browser().open("/login");
        assertEquals(
                "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
                browser.header("Content-Security-Policy"));
        assertEquals("DENY", browser.header("X-Frame-Options"));
        assertEquals("same-origin", browser.header("Referrer-Policy"));
        assertEquals("nosniff", browser.header("X-Content-Type-Options"));
        assertEquals("no-store", browser.header("Cache-Control"));
        assertEquals("text/html; charset=utf-8", browser.header("Content-Type"));
    }

    @Test
    void styleSheetHasItsHashAndMayBeKept() {
        String path =
                fixture.browser().open("/login").page().all("link").getFirst().getAttribute("href");
        assertTrue(path.matches("/style-[0-9a-f]{16}\\.css"), path);
        assertTrue(fixture.pages.serves(path));
        assertFalse(fixture.pages.serves("/style-0000000000000000.css"));
        assertTrue(Asset.style().response().headers().stream()
                .anyMatch(header -> header.value().contains("immutable")));
        assertFalse(Asset.style().response().body().contains("url("), "loads nothing");
    }

    @Test
    void otherMethodsAreNotTaken() {
        Browser browser = fixture.browser();
        assertEquals(405, browser.open("/logout").status());
        assertEquals("POST", browser.header("Allow"));
        assertEquals(405, browser.post("/", Map.of()).status());
        assertEquals(
                405,
                browser.send("DELETE", "/login", Map.of(), PagesFixture.own()).status());
        assertEquals(
                200,
                browser.send("HEAD", "/login", Map.of(), PagesFixture.own()).status());
        assertFalse(fixture.pages.serves("/api/v1/sessions"));
        assertFalse(fixture.pages.serves("/register"));
        assertFalse(fixture.pages.serves("/register/" + "x".repeat(101)));
    }

    @Test
    void waysInAreThoseWhereSomebodyMayGuess() {
        assertTrue(fixture.pages.isWayIn("POST", "/login"));
        assertTrue(fixture.pages.isWayIn("POST", "/setup/x"));
        assertFalse(fixture.pages.isWayIn("GET", "/login"));
        assertFalse(fixture.pages.isWayIn("POST", "/register/x"));
        assertEquals(429, fixture.pages.tooManyAttempts().status());
        Markup.parse(fixture.pages.tooManyAttempts().body());
    }

    @Test
    void whoComesForADeviceLearnsNothingBeforeAndComesBackAfterwards() {
        String path = "/register/" + fixture.device(1, "web-1").reveal();
        Browser browser = fixture.browser().open(path);
        assertEquals("Sign in", browser.page().heading());
        assertFalse(browser.body().contains("web-1"));
        assertFalse(browser.body().contains("mkey"));

        browser.submit(PagesFixture.credentials("default", "alice", "wrong password!", "000000"));
        assertEquals(403, browser.status());
        browser.submit(PagesFixture.credentials(
                "default", "alice", PagesFixture.PASSWORD, Codes.at(seed, fixture.clock.instant())));

        assertEquals(path, browser.location());
        assertEquals("Let this device in?", browser.follow().page().heading());
    }

    @Test
    void signInLeadsNowhereElse() {
        String path = "/register/" + fixture.device(1, "web-1").reveal();
        for (String elsewhere : List.of("https://evil.example", "//evil.example", "../x", "")) {
            Browser browser = fixture.browser().open(path);
            Map<String, String> fields = new LinkedHashMap<>(PagesFixture.credentials(
                    "default", "alice", PagesFixture.PASSWORD, Codes.at(seed, fixture.clock.instant())));
            fields.put("device", elsewhere);
            assertEquals("/", browser.submit(fields).location());
            fixture.clock.advance(Codes.STEP);
        }
    }
}
