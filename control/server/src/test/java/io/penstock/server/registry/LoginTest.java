package io.penstock.server.registry;

import static io.penstock.server.registry.RegistryFixture.joined;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.model.Change;
import io.penstock.server.model.ChangeKind;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Host;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Refusal;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.model.UserCode;
import io.penstock.server.store.JoinRequestTable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Joining by a link that somebody opens, and what else a registration can be. */
class LoginTest {
    @TempDir
    private Path parent;

    private RegistryFixture fixture;

    @BeforeEach
    void open() {
        fixture = new RegistryFixture(parent);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void joinsOnceSomebodyConfirms() {
        Token link = ask(1);
        assertInstanceOf(Registration.Waiting.class, follow(1, link));
        assertEquals("web", fixture.registry.waiting(link).orElseThrow().host().name());

        Node node = assertInstanceOf(Confirmation.Joined.class, fixture.registry.confirm(link, fixture.user))
                .node();

        assertEquals(node, joined(follow(1, link)));
        assertEquals(node, joined(fixture.registry.register(fixture.request(1, 1, null, null, null))));
        assertEquals(new Owner.OfUser(fixture.user.id()), node.owner());
    }

    @Test
    void linkWorksOnce() {
        Token link = ask(1);
        fixture.registry.confirm(link, fixture.user);

        assertInstanceOf(Confirmation.Gone.class, fixture.registry.confirm(link, fixture.user));
        assertInstanceOf(Confirmation.Gone.class, fixture.registry.deny(link));
        assertEquals(Optional.empty(), fixture.registry.waiting(link));
        assertEquals(1, fixture.nodes().size());
    }

    @Test
    void linkIsGoodForFifteenMinutes() {
        Token link = ask(1);
        fixture.clock.advance(Duration.ofMinutes(15));

        assertInstanceOf(Confirmation.Gone.class, fixture.registry.confirm(link, fixture.user));
        Registration.LoginNeeded again = assertInstanceOf(Registration.LoginNeeded.class, follow(1, link));
        assertNotEquals(link.prefix(), again.link().prefix());
        assertEquals(List.of(), fixture.nodes());
    }

    @Test
    void linkIsForTheDeviceThatGotIt() {
        Token link = ask(1);
        fixture.registry.confirm(link, fixture.user);

        assertInstanceOf(Registration.LoginNeeded.class, follow(2, link));
    }

    @Test
    void deniedDeviceIsToldSo() {
        Token link = ask(1);

        assertInstanceOf(Confirmation.Denied.class, fixture.registry.deny(link));

        assertRefused(Refusal.LOGIN_DENIED, follow(1, link));
        assertEquals(List.of(), fixture.nodes());
    }

    @Test
    void decisionStandsInTheChangeLogEitherWay() {
        Token confirmed = ask(1);
        Token denied = ask(2);
        long first = fixture.registry.waiting(confirmed).orElseThrow().id();
        long second = fixture.registry.waiting(denied).orElseThrow().id();
        long before = fixture.store.read(tx -> tx.changes().last());

        fixture.registry.confirm(confirmed, fixture.user);
        fixture.registry.deny(denied);

        assertEquals(
                List.of(first, second),
                fixture.store.read(tx -> tx.changes().since(before, 100).orElseThrow()).stream()
                        .filter(change -> change.kind() == ChangeKind.JOIN_REQUEST)
                        .map(Change::subjectId)
                        .toList());
    }

    @Test
    void deviceThatAsksAgainHasOneOpenLink() {
        Token first = ask(1);
        Token second = ask(1);

        assertEquals(Optional.empty(), fixture.registry.waiting(first));
        assertTrue(fixture.registry.waiting(second).isPresent());
    }

    @Test
    void disabledUserConfirmsNothing() {
        Token link = ask(1);
        fixture.store.write(tx -> {
            tx.users().setActive(fixture.user, false);
            return null;
        });

        Confirmation.Refused refused =
                assertInstanceOf(Confirmation.Refused.class, fixture.registry.confirm(link, fixture.user));

        assertEquals(Refusal.OWNER_DISABLED, refused.refusal());
        assertTrue(fixture.registry.waiting(link).isPresent(), "somebody else may");
    }

    @Test
    void tagsNeedThePolicy() {
        Token web = ask(1, Tags.of(List.of("tag:web")));
        Token db = ask(2, Tags.of(List.of("tag:db")));

        Node node = assertInstanceOf(Confirmation.Joined.class, fixture.registry.confirm(web, fixture.user))
                .node();
        Confirmation.Refused refused =
                assertInstanceOf(Confirmation.Refused.class, fixture.registry.confirm(db, fixture.user));

        assertEquals(Tags.of(List.of("tag:web")), node.tags());
        assertEquals(Refusal.TAGS_NOT_ALLOWED, refused.refusal());
    }

    @Test
    void domainIsThatOfWhoConfirms() {
        Domain other = fixture.store.write(tx -> Samples.domain(tx, "other"));
        User bob = fixture.addUser(other, "bob");
        Token link = ask(1);

        Node node = assertInstanceOf(Confirmation.Joined.class, fixture.registry.confirm(link, bob))
                .node();

        assertEquals(other.id(), node.domainId());
        assertEquals(List.of(), fixture.nodes());
    }

    @Test
    void nodeCannotBeTakenIntoAnotherDomainWithItsKey() {
        Node node = fixture.joined(fixture.oneOff(), 1);
        Domain other = fixture.store.write(tx -> Samples.domain(tx, "other"));
        User bob = fixture.addUser(other, "bob");

        assertRefused(
                Refusal.NODE_KEY_OF_ANOTHER_DOMAIN, fixture.byKey(fixture.issue(bob, false, false, Tags.NONE), 1));

        assertEquals(Optional.of(node), fixture.find(node.id()));
    }

    @Test
    void logoutEndsTheKeyNowAndKeepsTheNode() {
        Node node = fixture.joined(fixture.oneOff(), 1);
        Instant longAgo = Instant.ofEpochSecond(123); // as stock clients send it

        assertInstanceOf(
                Registration.LoggedOut.class, fixture.registry.register(fixture.request(1, 1, null, null, longAgo)));

        assertEquals(
                fixture.clock.instant(), fixture.find(node.id()).orElseThrow().expires());
        assertInstanceOf(
                Registration.KeyExpired.class, fixture.registry.register(fixture.request(1, 1, null, null, null)));
    }

    @Test
    void logoutOfAnEphemeralNodeRemovesIt() {
        fixture.joined(fixture.issue(fixture.user, false, true, Tags.NONE), 1);

        fixture.registry.register(fixture.request(1, 1, null, null, Instant.ofEpochSecond(123)));

        assertEquals(List.of(), fixture.nodes());
    }

    @Test
    void logoutOfSomebodyElsesNodeOrOfNobodyDoesNothing() {
        Node node = fixture.joined(fixture.oneOff(), 1);

        assertRefused(
                Refusal.NODE_KEY_OF_ANOTHER_MACHINE,
                fixture.registry.register(fixture.request(2, 1, null, null, Instant.EPOCH)));
        assertInstanceOf(
                Registration.LoggedOut.class,
                fixture.registry.register(fixture.request(2, 2, null, null, Instant.EPOCH)));

        assertEquals(Optional.of(node), fixture.find(node.id()));
    }

    @Test
    void nodeCannotChooseItsExpiry() {
        Node node = fixture.joined(fixture.oneOff(), 1);

        assertRefused(
                Refusal.EXPIRY_CANNOT_BE_CHOSEN,
                fixture.registry.register(fixture.request(
                        1, 1, null, null, fixture.clock.instant().plusSeconds(60))));

        assertEquals(Optional.of(node), fixture.find(node.id()));
    }

    @Test
    void expiredNodeMakesANewKeyAndIsTheSameNode() {
        Node before = fixture.joined(fixture.oneOff(), 1);
        fixture.clock.advance(Duration.ofDays(180));
        assertInstanceOf(
                Registration.KeyExpired.class, fixture.registry.register(fixture.request(1, 1, null, null, null)));

        Token link = assertInstanceOf(
                        Registration.LoginNeeded.class,
                        fixture.registry.register(fixture.request(1, 2, null, null, null)))
                .link();
        Node after = assertInstanceOf(Confirmation.Joined.class, fixture.registry.confirm(link, fixture.user))
                .node();

        assertEquals(before.id(), after.id());
        assertEquals(Samples.nodeKey(2), after.nodeKey());
    }

    @Test
    void openRequestsHaveABound() {
        fixture.store.write(tx -> {
            for (int i = 0; i < JoinRequestTable.MAX_OPEN; i++) {
                tx.joinRequests()
                        .add(
                                Token.create(TokenKind.LINK, fixture.entropy),
                                UserCode.create(fixture.entropy),
                                Samples.machine(1000 + i),
                                Samples.nodeKey(1000 + i),
                                new Host("h", "{}", 131),
                                Tags.NONE,
                                false,
                                null);
            }
            return null;
        });

        assertRefused(Refusal.TOO_MANY_REQUESTS, fixture.registry.register(fixture.request(1, 1, null, null, null)));

        fixture.clock.advance(Duration.ofMinutes(15));
        ask(1);
    }

    private Token ask(int machine) {
        return ask(machine, Tags.NONE);
    }

    private Token ask(int machine, Tags wanted) {
        return assertInstanceOf(
                        Registration.LoginNeeded.class,
                        fixture.registry.register(fixture.request(
                                Samples.machine(machine), Samples.nodeKey(machine), wanted, null, null, null)))
                .link();
    }

    private Registration follow(int machine, Token link) {
        return fixture.registry.register(fixture.request(machine, machine, null, link.reveal(), null));
    }

    private static void assertRefused(Refusal refusal, Registration answer) {
        assertEquals(
                refusal, assertInstanceOf(Registration.Refused.class, answer).refusal());
    }
}
