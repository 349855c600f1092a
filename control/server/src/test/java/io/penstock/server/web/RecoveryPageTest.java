package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.model.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Codes for the day when an administrator's authenticator app is gone. */
class RecoveryPageTest {
    private static final Pattern CODE = Pattern.compile("[0-9]{4}(-[0-9]{4}){5}");

    @TempDir
    private Path parent;

    private PagesFixture fixture;
    private String seed = "";

    @BeforeEach
    void open() {
        fixture = new PagesFixture(parent);
        fixture.firstLink();
        seed = fixture.administrator("admin");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private String code() {
        fixture.clock.advance(Codes.STEP); // each works once
        return Codes.at(seed, fixture.clock.instant());
    }

    private Browser signIn(String code) {
        Browser browser = fixture.browser().open("/login");
        return browser.submit(PagesFixture.credentials("default", "admin", PagesFixture.PASSWORD, code));
    }

    private List<String> made(Browser browser) {
        browser.open("/recovery").submit(Map.of("code", code()));
        assertEquals(200, browser.status());
        return CODE.matcher(browser.text()).results().map(MatchResult::group).toList();
    }

    @Test
    void eachOpensOnceWithThePassword() {
        Browser browser = signIn(code()).follow();
        assertTrue(browser.text().contains("You have no recovery codes"), browser.text());

        List<String> codes = made(browser);
        assertEquals(10, codes.stream().distinct().count());
        assertTrue(browser.open("/").text().contains("You have 10 recovery codes left"), browser.text());

        assertEquals("/", signIn(codes.getFirst()).location());
        assertEquals(403, signIn(codes.getFirst()).status(), "once");
        assertEquals("/", signIn(codes.get(1).replace("-", " ")).location(), "as it is typed");
        assertTrue(browser.open("/").text().contains("You have 8 recovery codes left"), browser.text());
    }

    @Test
    void newOnesEndTheOld() {
        Browser browser = signIn(code());
        List<String> old = made(browser);
        List<String> codes = made(browser);
        assertEquals(403, signIn(old.getFirst()).status());
        assertEquals("/", signIn(codes.getFirst()).location());
    }

    @Test
    void anOpenSessionIsNotEnoughToMakeThem() {
        Browser browser = signIn(code());
        String used = Codes.at(seed, fixture.clock.instant());
        assertEquals(422, browser.open("/recovery").submit(Map.of("code", used)).status(), "a code works once");
        assertEquals(
                422, browser.open("/recovery").submit(Map.of("code", "000000")).status());
        assertTrue(browser.open("/").text().contains("You have no recovery codes"));
        assertEquals(403, browser.post("/recovery", Map.of("code", code())).status(), "no form of ours");
    }

    @Test
    void guessesCloseTheAccountForAWhile() {
        List<String> codes = made(signIn(code()));
        for (int i = 0; i < 5; i++) {
            assertEquals(403, signIn("0000-0000-0000-0000-0000-0000").status());
        }
        assertEquals(403, signIn(codes.getFirst()).status(), "closed");
        fixture.clock.advance(Duration.ofMinutes(16));
        assertEquals("/", signIn(codes.getFirst()).location(), "and it was not used up");
    }

    @Test
    void anothersCodeIsNoCode() {
        List<String> codes = made(signIn(code()));
        String first = seed;
        seed = fixture.administrator("second");
        Browser browser = fixture.browser().open("/login");
        browser.submit(PagesFixture.credentials("default", "second", PagesFixture.PASSWORD, codes.getFirst()));
        assertEquals(403, browser.status());
        seed = first;
        assertEquals("/", signIn(codes.getFirst()).location());
    }

    @Test
    void whoHasNoPasswordHereHasNone() {
        Browser browser = fixture.browserOf(fixture.member("default", "carol", Role.MEMBER));
        assertFalse(browser.open("/").text().contains("recovery"));
        assertEquals("/", browser.open("/recovery").location());
        assertEquals("/login", fixture.browser().open("/recovery").follow().location());
    }

    @Test
    void theyAreNotInTheStore() throws IOException {
        List<String> codes = made(signIn(code()));
        try (Stream<Path> files = Files.walk(parent)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertFalse(text.contains(codes.getFirst())
                        || text.contains(codes.getFirst().replace("-", "")));
            }
        }
    }
}
