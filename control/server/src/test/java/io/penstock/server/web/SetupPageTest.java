package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.model.Role;
import io.penstock.server.model.Token;
import io.penstock.server.model.User;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SetupPageTest {
    @TempDir
    private Path parent;

    private PagesFixture fixture;
    private Token link;
    private String path;
    private Browser browser;

    @BeforeEach
    void open() {
        fixture = new PagesFixture(parent);
        link = fixture.firstLink();
        path = "/setup/" + link.reveal();
        browser = fixture.browser();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private Map<String, String> account(String name, String code) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("login_name", name);
        fields.put("password", PagesFixture.PASSWORD);
        fields.put("password_again", PagesFixture.PASSWORD);
        fields.put("code", code);
        return fields;
    }

    private String seed() {
        return browser.page().form().value("seed");
    }

    private String code() {
        return Codes.at(seed(), fixture.clock.instant());
    }

    @Test
    void holderOfTheLinkBecomesAdministratorAndIsIn() {
        browser.open(path).submit(account("alice", code()));

        assertEquals("/", browser.location(), browser.body());
        assertTrue(browser.follow().text().contains("alice, owner of the domain default"), browser.text());
        User user = fixture.store.read(tx -> tx.users().list(1).getFirst());
        assertEquals(Role.OWNER, user.role());
        assertTrue(user.operator());
    }

    @Test
    void lookingUsesNothingUp() {
        for (int i = 0; i < 5; i++) {
            assertEquals(200, fixture.browser().open(path).status());
        }
        assertEquals("/", browser.open(path).submit(account("alice", code())).location());
    }

    @Test
    void showsTheSeedAsTextAsAnAddressForTheAppAndAsACode() throws Exception {
        browser.open(path);
        assertTrue(browser.text().replace(" ", "").contains(seed()));
        assertTrue(
                browser.body()
                        .contains("href=\"otpauth://totp/Penstock:192.168.1.10?secret=" + seed()
                                + "&amp;issuer=Penstock\""),
                browser.body());
        assertEquals(
                "otpauth://totp/Penstock:192.168.1.10?secret=" + seed() + "&issuer=Penstock",
                QrPictureTest.read(browser.body()));
    }

    @Test
    void linkWorksOnce() {
        browser.open(path);
        Browser second = fixture.browser().open(path);
        Map<String, String> late =
                account("mallory", Codes.at(second.page().form().value("seed"), fixture.clock.instant()));
        browser.submit(account("alice", code()));

        assertEquals(404, second.submit(late).status());
        assertEquals(404, fixture.browser().open(path).status());
        assertEquals(List.of("alice"), fixture.store.read(tx -> tx.users().list(1).stream()
                .map(User::loginName)
                .toList()));
    }

    @Test
    void linkIsGoodForADay() {
        browser.open(path);
        fixture.clock.advance(Duration.ofHours(24));
        assertEquals(404, browser.submit(account("alice", code())).status());
        assertEquals(404, browser.open(path).status());
        assertEquals("This link is not good", browser.page().heading());
    }

    @Test
    void whatIsNoLinkIsOneThatIsNotGood() {
        assertEquals(404, browser.open("/setup/").status());
        assertEquals(404, browser.open("/setup/<script>").status());
        assertEquals(404, browser.post("/setup/x", Map.of()).status());
        Token device = fixture.device(1, "web");
        assertEquals(404, browser.open("/setup/" + device.reveal()).status(), "a device's link makes nobody anything");
    }

    @Test
    void saysBesideTheFieldWhatIsWrongAndKeepsTheSeed() {
        browser.open(path);
        String seed = seed();
        Map<String, String> fields = account("Alice Liddell", "000000");
        fields.put("password", "short");
        browser.submit(fields);

        assertEquals(422, browser.status());
        assertEquals("true", browser.page().byId("login_name").getAttribute("aria-invalid"));
        assertEquals("Alice Liddell", browser.page().byId("login_name").getAttribute("value"));
        assertEquals(
                "A password has 12 to 200 characters.",
                browser.page().byId("password-fault").getTextContent());
        assertEquals(
                "The two are not the same.",
                browser.page().byId("password_again-fault").getTextContent());
        assertFalse(browser.page().byId("password").hasAttribute("value"));
        assertEquals(seed, seed());

        browser.submit(account("alice", "000000"));
        assertEquals(422, browser.status());
        assertTrue(browser.page().has("code-fault"));
        assertFalse(browser.page().has("password-fault"));
        assertEquals(seed, seed());

        assertEquals("/", browser.submit(account("alice", code())).location());
    }

    @Test
    void seedThatWasChangedIsReplaced() {
        browser.open(path);
        String seed = seed();
        Map<String, String> fields = account("alice", code());
        fields.put("seed", "AAAA\"><b>");
        browser.submit(fields);
        assertEquals(422, browser.status());
        assertNotEquals(seed, seed());
        assertEquals(32, seed().length());
    }

    @Test
    void nameIsTakenOnce() {
        browser.open(path).submit(account("alice", code()));
        browser = fixture.browser()
                .open("/setup/" + fixture.invitation(Role.ADMIN).reveal());
        browser.submit(account("alice", code()));
        assertEquals(409, browser.status());
        assertEquals(
                "Somebody has this name.",
                browser.page().byId("login_name-fault").getTextContent());
        assertEquals("/", browser.submit(account("bob", code())).location());
    }

    @Test
    void formOfAnotherBrowserIsRefusedAndUsesNothingUp() {
        browser.open(path);
        Map<String, String> fields = account("alice", code());
        fields.putAll(browser.page().form().hidden());
        assertEquals(403, fixture.browser().post(path, fields).status());
        assertEquals("/", browser.post(path, fields).location());
    }
}
