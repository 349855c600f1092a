package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.model.AuditEntry;
import io.penstock.server.model.Host;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Role;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.User;
import io.penstock.server.registry.Standing;
import io.penstock.server.store.JoinRequestTable;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevicePageTest {
    private static final Map<String, String> LET_IN = Map.of("decision", "let-in");
    private static final Map<String, String> TURN_AWAY = Map.of("decision", "turn-away");

    @TempDir
    private Path parent;

    private PagesFixture fixture;
    private User alice;
    private Token link;
    private String path;

    @BeforeEach
    void open() {
        fixture = new PagesFixture(parent);
        alice = fixture.member("default", "alice", Role.OWNER);
        link = fixture.device(1, "web-1");
        path = "/register/" + link.reveal();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private Browser alice() {
        return fixture.browserOf(alice);
    }

    private Optional<Node> node() {
        return fixture.store.read(tx -> tx.nodes().find(Samples.nodeKey(1)));
    }

    private List<AuditEntry> audit() {
        return fixture.store.read(
                tx -> tx.audit().list(tx.domains().find("default").orElseThrow().id(), Long.MAX_VALUE, 100));
    }

    @Test
    void showsWhichDeviceAsks() {
        String text = alice().open(path).text();

        for (String part : List.of(
                "web-1",
                "linux debian",
                "203.0.113.9, while this browser is at 198.51.100.7",
                "UTC",
                "default, as a device of alice",
                "no, it is new to this domain",
                Samples.machine(1).toString(),
                Samples.nodeKey(1).toString(),
                "Let it in only if you have just started this yourself")) {
            assertTrue(text.contains(part), part + " in " + text);
        }
    }

    @Test
    void letsTheDeviceInAndSaysSo() {
        Browser browser = alice();
        browser.open(path).submit(LET_IN);

        assertEquals(path, browser.location(), browser.body());
        assertEquals("The device is in", browser.follow().page().heading());
        assertTrue(browser.text().contains("go back to the device"));
        assertEquals(new Owner.OfUser(alice.id()), node().orElseThrow().owner());
        AuditEntry entry = audit().getFirst();
        assertEquals("let device in", entry.action());
        assertTrue(entry.actor().contains("alice") && entry.decision().equals("allowed"));
        assertFalse(entry.target().contains(link.reveal()), "no secret in the log");
    }

    @Test
    void turnsTheDeviceAwayAndSaysSo() {
        Browser browser = alice();
        browser.open(path).submit(TURN_AWAY);

        assertEquals("The device was turned away", browser.follow().page().heading());
        assertTrue(node().isEmpty());
        assertInstanceOf(Standing.TurnedAway.class, fixture.registry.standing(link));
        assertEquals("turn device away", audit().getFirst().action());
    }

    @Test
    void decisionIsMadeOnce() {
        Browser browser = alice().open(path);
        Browser second = alice().open(path);
        browser.submit(TURN_AWAY);

        second.submit(LET_IN);

        assertEquals("The device was turned away", second.follow().page().heading());
        assertTrue(node().isEmpty());
    }

    @Test
    void hostileNameIsShownAndDoesNothing() {
        Token hostile = fixture.device(
                2,
                new Host(
                        "</dd><script>alert(1)</script>\u202egpj.\0",
                        "{\"OS\":\"<img src=x onerror=alert(1)>\",\"Distro\":\"\\\"'><svg/onload=x>\"}",
                        131),
                Tags.NONE);

        Browser browser = alice().open("/register/" + hostile.reveal());

        assertTrue(browser.text().contains("</dd><script>alert(1)</script>\\u{202e}gpj.\\u{0}"), browser.text());
        assertTrue(browser.text().contains("<img src=x onerror=alert(1)> \"'><svg/onload=x>"), browser.text());
    }

    @Test
    void deviceThatSaysNothingIsShownToo() {
        Token silent = fixture.device(2, new Host("", "not json", 131), Tags.NONE);
        String text = alice().open("/register/" + silent.reveal()).text();
        assertTrue(text.contains("(nothing)") && text.contains("told in a form that cannot be read"), text);
    }

    @Test
    void formOfAnotherSessionOrDeviceDecidesNothing() {
        Token other = fixture.device(2, "web-2");
        Browser browser = alice();
        String ofOther =
                browser.open("/register/" + other.reveal()).page().form().value("form_token");
        String ofOtherSession = alice().open(path).page().form().value("form_token");

        for (String token : List.of("", ofOther, ofOtherSession)) {
            browser.post(path, Map.of("form_token", token, "decision", "let-in"));
            assertEquals(403, browser.status());
        }
        assertTrue(node().isEmpty());
        assertInstanceOf(Standing.Open.class, fixture.registry.standing(link));
    }

    @Test
    void formSentByAnotherPageDecidesNothing() {
        Browser browser = alice().open(path);
        Map<String, String> fields = new LinkedHashMap<>(browser.page().form().hidden());
        fields.putAll(LET_IN);
        browser.send(
                "POST",
                path,
                fields,
                new io.penstock.server.http.PageRequest.Initiator("192.168.1.10:8480", "https://evil.example", ""));
        assertEquals(403, browser.status());
        assertTrue(node().isEmpty());
    }

    @Test
    void formWithoutADecisionAsksAgain() {
        Browser browser = alice().open(path);
        assertEquals(422, browser.submit(Map.of()).status());
        assertEquals("Let this device in?", browser.page().heading());
        assertEquals(path, browser.submit(LET_IN).location());
    }

    @Test
    void whoseSessionHasEndedSignsInBeforeAnythingIsDecided() {
        Browser browser = alice().open(path);
        Map<String, String> fields = new LinkedHashMap<>(browser.page().form().hidden());
        fields.putAll(LET_IN);
        browser.cookies.clear();

        browser.post(path, fields);

        assertEquals("Sign in", browser.page().heading());
        assertTrue(node().isEmpty());
    }

    @Test
    void whoWasDisabledMeanwhileDecidesNothing() {
        Browser browser = alice().open(path);
        fixture.store.write(tx -> {
            tx.users().setActive(tx.users().list(1).getFirst(), false);
            return null;
        });
        browser.submit(LET_IN);
        assertEquals("Sign in", browser.page().heading());
        assertTrue(node().isEmpty());
    }

    @Test
    void memberLetsADeviceInAsTheirOwn() {
        User bob = fixture.member("default", "bob", Role.MEMBER);
        assertEquals(path, fixture.browserOf(bob).open(path).submit(LET_IN).location());
        assertEquals(new Owner.OfUser(bob.id()), node().orElseThrow().owner());
    }

    @Test
    void deviceThatIsInAnotherDomainIsNobodyElsesToDecide() {
        Browser carol =
                fixture.browserOf(fixture.member("other", "carol", Role.OWNER)).open(path);
        fixture.store.write(tx -> tx.nodes() // it came in by a key meanwhile
                .add(
                        tx.domains().find("default").orElseThrow(),
                        Samples.joining(new Owner.OfUser(alice.id()), 1, "web-1")));

        for (Map<String, String> decision : List.of(LET_IN, TURN_AWAY)) {
            carol.open(path);
            assertEquals(409, carol.status());
            assertFalse(carol.text().contains("web-1"), carol.text());
            Map<String, String> fields = new LinkedHashMap<>(decision);
            fields.put("form_token", FormTokens.of(carol.cookie("penstock-session"), PagePath.device(link)));
            assertEquals(409, carol.post(path, fields).status());
        }
        assertInstanceOf(Standing.Open.class, fixture.registry.standing(link));
        assertEquals(new Owner.OfUser(alice.id()), node().orElseThrow().owner());

        assertEquals(path, alice().open(path).submit(LET_IN).location());
    }

    @Test
    void deviceThatLogsInAgainIsKnownByItsMachine() {
        alice().open(path).submit(LET_IN);
        Token again = fixture.device(1, 5, new Host("renamed", "{}", 131), Tags.NONE);
        String text = alice().open("/register/" + again.reveal()).text();
        assertTrue(text.contains("yes, as web-1, which logs in again"), text);
    }

    @Test
    void tagsThatThePolicyDoesNotGiveAreRefusedOnThePage() {
        Token tagged = fixture.device(2, new Host("db", "{}", 131), Tags.of(List.of("tag:db")));
        Browser browser = alice().open("/register/" + tagged.reveal());
        assertTrue(browser.text().contains("as nobody's, with tag:db"), browser.text());

        browser.submit(LET_IN);

        assertEquals(409, browser.status());
        assertTrue(browser.text().contains("the policy does not let this user use these tags"), browser.text());
        assertInstanceOf(Standing.Open.class, fixture.registry.standing(tagged));
        assertEquals(
                "conflict: the policy does not let this user use these tags",
                audit().getFirst().detail());
        assertEquals("/register/" + tagged.reveal(), browser.submit(TURN_AWAY).location());
    }

    @Test
    void linkThatHasExpiredSaysSoToAnybody() {
        fixture.clock.advance(JoinRequestTable.LIFETIME);
        assertEquals(410, fixture.browser().open(path).status());
        Browser browser = alice();
        assertEquals(410, browser.open(path).status());
        assertEquals("This link has expired", browser.page().heading());
    }

    @Test
    void decisionAfterTheEndIsNone() {
        Browser browser = alice().open(path);
        fixture.clock.advance(JoinRequestTable.LIFETIME);
        assertEquals(410, browser.submit(LET_IN).follow().status());
        assertTrue(node().isEmpty());
    }

    @Test
    void linkThatNobodyHasGivenSaysSo() {
        assertEquals(404, fixture.browser().open("/register/").status());
        assertEquals(404, fixture.browser().open("/register/<b>x").status());
        assertEquals(
                404,
                alice().open("/register/pnk-link-" + "0".repeat(12) + "-" + "0".repeat(64))
                        .status());
        assertEquals(404, alice().post("/register/x", LET_IN).status());
        Token setup = fixture.invitation(Role.ADMIN);
        assertEquals(404, alice().open("/register/" + setup.reveal()).status(), "another kind of link");
    }
}
