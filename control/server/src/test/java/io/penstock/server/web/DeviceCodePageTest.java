package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.model.Host;
import io.penstock.server.model.RegistrationRequest;
import io.penstock.server.model.Role;
import io.penstock.server.model.Tags;
import io.penstock.server.model.User;
import io.penstock.server.model.UserCode;
import io.penstock.server.registry.Registration;
import io.penstock.server.store.CodeTryTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A code that a terminal without a browser shows, typed in elsewhere (RFC 8628, as far as it is about people). */
class DeviceCodePageTest {
    private static final String PAGE = "/device";

    @TempDir
    private Path parent;

    private PagesFixture fixture;

    @BeforeEach
    void open() {
        fixture = new PagesFixture(parent);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private Registration.LoginNeeded ask(int machine) {
        return assertInstanceOf(
                Registration.LoginNeeded.class,
                fixture.registry.register(new RegistrationRequest(
                        Samples.machine(machine),
                        Samples.nodeKey(machine),
                        new Host("pump-" + machine, "{\"OS\":\"linux\"}", 131),
                        Tags.NONE,
                        false,
                        null,
                        null,
                        null,
                        null)));
    }

    private static Browser enter(Browser browser, String code) {
        return browser.open(PAGE).submit(Map.of("user_code", code));
    }

    private Browser browserOf(String name) {
        return fixture.browserOf(fixture.member("default", name, Role.MEMBER));
    }

    @Test
    void codeLeadsToThePageThatShowsTheDevice() {
        Registration.LoginNeeded asked = ask(1);
        Browser browser = browserOf("carol");
        enter(browser, asked.code().reveal());
        assertEquals(PagePath.device(asked.link()).text(), browser.location());
        browser.follow();
        assertEquals("Let this device in?", browser.page().heading());
        assertTrue(browser.text().contains("pump-1"), "nothing is let in unseen");
        browser.submit(Map.of("decision", "let-in")).follow();
        assertEquals("The device is in", browser.page().heading());
        assertEquals(422, enter(browser, asked.code().reveal()).status(), "once");
    }

    @Test
    void codeIsTypedInAsPeopleDo() {
        String code = ask(1).code().reveal();
        Browser browser = browserOf("carol");
        for (String typed :
                List.of(code.toLowerCase(Locale.ROOT), code.replace("-", ""), " " + code.replace("-", " ") + " ")) {
            assertEquals(303, enter(browser, typed).status(), typed);
        }
    }

    @Test
    void whoeverIsNotSignedInSignsInFirstAndLearnsNothing() {
        String code = ask(1).code().reveal();
        Browser stranger = fixture.browser();
        assertEquals("/login", stranger.open(PAGE).location());
        stranger.open("/login");
        String token = FormTokens.of(stranger.cookie("penstock-forms"), PagePath.DEVICE_CODE);
        stranger.post(PAGE, Map.of("form_token", token, "user_code", code));
        assertEquals("/login", stranger.location(), "right or wrong");
    }

    @Test
    void guessesAreFewForEachUser() {
        String code = ask(1).code().reveal();
        Browser guesser = browserOf("mallory");
        for (int i = 0; i < CodeTryTable.MAX_FAILURES; i++) {
            assertEquals(422, enter(guesser, "BBBB-BBB" + "BCDFG".charAt(i)).status());
        }
        assertEquals(429, enter(guesser, code).status(), "also for a right one");
        assertEquals(303, enter(browserOf("carol"), code).status(), "nobody else waits for that");
        fixture.clock.advance(CodeTryTable.FAILURE_WINDOW);
        assertEquals(303, enter(guesser, ask(2).code().reveal()).status());
        assertTrue(fixture.pages.isWayIn("POST", PAGE), "and few for each address");
    }

    @Test
    void codeEndsWithItsLink() {
        String code = ask(1).code().reveal();
        fixture.clock.advance(Duration.ofMinutes(15));
        assertEquals(422, enter(browserOf("carol"), code).status());
    }

    @Test
    void deviceThatAsksAnewHasAnotherCode() {
        String first = ask(1).code().reveal();
        String second = ask(1).code().reveal();
        Browser browser = browserOf("carol");
        assertEquals(422, enter(browser, first).status());
        assertEquals(303, enter(browser, second).status());
    }

    @Test
    void codesAreOfLettersThatMakeNoWords() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 2000; i++) {
            String code = UserCode.create(fixture.entropy).reveal();
            assertTrue(code.matches("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}"), code);
            seen.add(code);
        }
        assertEquals(2000, seen.size());
        for (String none : List.of("", "BCDF-GHJ", "BCDF-GHJA", "BCDF-GHJK-L", "x".repeat(1000))) {
            assertTrue(UserCode.parse(none).isEmpty(), none);
        }
    }

    @Test
    void formOfSomebodyElseIsRefused() {
        String code = ask(1).code().reveal();
        User carol = fixture.member("default", "carol", Role.MEMBER);
        Browser browser = fixture.browserOf(carol);
        assertEquals(
                403,
                browser.post(PAGE, Map.of("form_token", "0", "user_code", code)).status());
    }
}
