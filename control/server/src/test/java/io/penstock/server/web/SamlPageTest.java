package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.login.SamlForms;
import io.penstock.server.model.Domain;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.IdentityProvider.OffBoarding;
import io.penstock.server.model.SamlSettings;
import io.penstock.server.model.SamlSettings.NameIds;
import io.penstock.server.model.SecondFactor;
import io.penstock.server.model.Token;
import io.penstock.server.saml.FakeIdp;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A browser that comes back from a provider of SAML by a form of the provider's. */
class SamlPageTest {
    private static final String OFF = "/login/with/corp";
    private static final String BACK = "/login/from/corp";
    private static final String US = PagesFixture.PUBLIC_URL.toString();

    @TempDir
    private Path parent;

    private PagesFixture fixture;
    private Domain domain;

    @BeforeEach
    void open() {
        fixture = new PagesFixture(parent);
        domain = fixture.store.write(tx -> Samples.domain(tx, "default"));
        SamlSettings settings = new SamlSettings(
                "", FakeIdp.SIGN_ON, List.of(FakeIdp.text(FakeIdp.KEY)), false, NameIds.PERSISTENT, "", "", "", "");
        fixture.store.write(tx -> tx.providers()
                .add(
                        new IdentityProvider(
                                0,
                                domain.id(),
                                "corp",
                                "Corp",
                                FakeIdp.ENTITY_ID,
                                "",
                                List.of(),
                                Set.of("RS256"),
                                Admits.EVERYBODY,
                                Set.of(),
                                "",
                                Set.of(),
                                false,
                                IdentityProvider.DEFAULT_WORD,
                                OffBoarding.NODES,
                                SecondFactor.NONE,
                                null,
                                settings,
                                Instant.EPOCH),
                        ""));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static Browser leave(Browser browser, String from) {
        Markup.Form form = browser.open(from).page().form(OFF);
        return browser.post(OFF, form.hidden());
    }

    /** The form that the provider's page sends. */
    private Map<String, String> answer(Browser browser, boolean isForged) {
        String there = browser.page().wayToProvider();
        FakeIdp idp = new FakeIdp(
                SamlForms.requestId(there), US + "/login/metadata/corp", US + BACK, fixture.clock.instant());
        if (isForged) {
            idp.key = FakeIdp.OTHER_KEY;
        }
        return Map.of("SAMLResponse", FakeIdp.inForm(idp.answer()), "RelayState", SamlForms.relayState(there));
    }

    @Test
    void deviceComesInByAFormOfTheProviders() {
        Token link = fixture.device(1, "laptop");
        Browser browser = leave(fixture.browser(), PagePath.device(link).text());
        assertFalse(
                browser.page().wayToProvider().contains(link.reveal()), "the provider learns nothing of the device");

        browser.postFromElsewhere(BACK, answer(browser, false));
        assertEquals(303, browser.status());
        assertTrue(browser.location().startsWith("/login/back/pnk-state-"), browser.location());
        browser.follow().follow();

        assertEquals("Let this device in?", browser.page().heading());
        browser.submit(Map.of("decision", "let-in")).follow();
        assertEquals("The device is in", browser.page().heading());
        assertEquals(Set.of("penstock-session"), browser.cookies.keySet(), "nothing else is left in the browser");
    }

    /** Somebody who makes another browser send their own answer, to have it signed in as themselves. */
    @Test
    void otherBrowserIsNotSignedIn() {
        Browser mallory = leave(fixture.browser(), "/login");
        Map<String, String> answer = answer(mallory, false);
        Browser victim = leave(fixture.browser(), "/login");

        victim.postFromElsewhere(BACK, answer).follow();

        assertEquals(400, victim.status());
        assertEquals("Sign in once more", victim.page().heading());
        assertFalse(victim.cookies.containsKey("penstock-session"));
    }

    @Test
    void forgedAnswerIsRefusedAndSaysNothingOfTheDevice() {
        Token link = fixture.device(1, "laptop");
        Browser browser = leave(fixture.browser(), PagePath.device(link).text());
        browser.postFromElsewhere(BACK, answer(browser, true));

        assertEquals(403, browser.status());
        assertTrue(browser.text().contains("its answer is not to be believed"), browser.text());
        assertFalse(browser.body().contains(link.reveal()), "whoever brings it may be anybody");
    }

    @Test
    void answerThatNobodyAwaitsIsStale() {
        Browser browser = fixture.browser();
        browser.postFromElsewhere(BACK, Map.of("SAMLResponse", "PHgvPg==", "RelayState", "x"));
        assertEquals(400, browser.status());
        assertEquals(400, browser.postFromElsewhere(BACK, Map.of()).status());
        assertEquals(400, browser.open("/login/back/x").status());
        assertEquals(405, browser.post("/login/back/x", Map.of()).status());
    }

    @Test
    void describesItself() {
        Browser browser = fixture.browser();
        browser.open("/login/metadata/corp");
        assertEquals(200, browser.status());
        assertTrue(browser.header("Content-Type").startsWith("application/samlmetadata+xml"));
        assertTrue(browser.body().contains(US + BACK), browser.body());
        assertEquals(404, browser.open("/login/metadata/other").status());
    }

    @Test
    void onlyTheFormOfAProviderMayComeFromElsewhere() {
        assertTrue(fixture.pages.takesFormsFromElsewhere("POST", BACK));
        for (String path : List.of("/login", OFF, "/login/back/x", "/login/out/corp", "/", "/logout")) {
            assertFalse(fixture.pages.takesFormsFromElsewhere("POST", path), path);
        }
        assertFalse(fixture.pages.takesFormsFromElsewhere("GET", BACK));
    }
}
