package io.penstock.server.registry;

import static io.penstock.server.registry.RegistryFixture.joined;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Refusal;
import io.penstock.server.model.Tags;
import io.penstock.server.model.User;
import io.penstock.server.registry.RegistryFixture.Issued;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Joining by pre-auth key. */
class AuthKeyTest {
    private static final Tags WEB = Tags.of(List.of("tag:web"));

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
    void admitsOneNodeByAKeyForOneUse() {
        Issued key = fixture.oneOff();

        Node node = fixture.joined(key, 1);

        assertEquals("100.64.0.1", node.v4().toString());
        assertEquals("fd7a:115c:a1e0::1", node.v6().toString());
        assertEquals("web", node.name());
        assertEquals(new Owner.OfUser(fixture.user.id()), node.owner());
        assertEquals(fixture.clock.instant().plus(Duration.ofDays(180)), node.expires());
        assertRefused(Refusal.AUTH_KEY_USED, fixture.byKey(key, 2));
        assertEquals(1, fixture.nodes().size());
        assertEquals(1, fixture.reread(key).uses());
    }

    /** TS-2025-007: a key for one use that two used at the same time. */
    @Test
    void exactlyOneOf64ThreadsGetsAKeyForOneUse() throws Exception {
        int threads = 64;
        Issued key = fixture.oneOff();
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Future<Registration>> answers = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (int i = 1; i <= threads; i++) {
                int machine = i;
                answers.add(executor.submit(() -> {
                    start.await();
                    return fixture.byKey(key, machine);
                }));
            }
        }

        int admitted = 0;
        for (Future<Registration> answer : answers) {
            if (answer.get() instanceof Registration.Joined) {
                admitted++;
            } else {
                assertRefused(Refusal.AUTH_KEY_USED, answer.get());
            }
        }
        assertEquals(1, admitted);
        assertEquals(1, fixture.nodes().size());
        assertEquals(1, fixture.reread(key).uses());
    }

    @Test
    void sameRegistrationTwiceIsNoSecondUse() {
        Issued key = fixture.oneOff();
        Node node = fixture.joined(key, 1);

        assertEquals(node, fixture.joined(key, 1));

        assertEquals(1, fixture.reread(key).uses());
    }

    @Test
    void usedKeyDoesNotBringBackARemovedOrExpiredNodeOrANewKey() {
        Issued key = fixture.oneOff();
        Node node = fixture.joined(key, 1);
        assertRefused(Refusal.AUTH_KEY_USED, fixture.byKey(key, 1, 2));

        fixture.store.write(tx -> {
            tx.nodes().setExpiry(node, tx.now());
            return null;
        });
        assertRefused(Refusal.AUTH_KEY_USED, fixture.byKey(key, 1));

        fixture.store.write(tx -> {
            tx.nodes().remove(node);
            return null;
        });
        assertRefused(Refusal.AUTH_KEY_USED, fixture.byKey(key, 1));
    }

    @Test
    void nodeThatIsInComesBackWithTheKeyThatAdmittedItThoughItIsPastItsTime() {
        Issued key = fixture.reusable();
        Node node = fixture.joined(key, 1);
        fixture.clock.advance(Duration.ofHours(1));

        assertEquals(node, fixture.joined(key, 1));

        assertEquals(1, fixture.reread(key).uses());
        assertRefused(Refusal.AUTH_KEY_EXPIRED, fixture.byKey(key, 2));
        assertRefused(Refusal.AUTH_KEY_EXPIRED, fixture.byKey(key, 1, 2));
    }

    @Test
    void nodeThatIsInComesBackWithTheKeyThatAdmittedItThoughItIsRevoked() {
        for (Issued key : List.of(fixture.reusable(), fixture.oneOff())) {
            int machine = key.key().reusable() ? 1 : 2;
            Node node = fixture.joined(key, machine);
            fixture.store.write(tx -> tx.preAuthKeys().revoke(key.key().id()));

            assertEquals(node, fixture.joined(key, machine));

            assertEquals(1, fixture.reread(key).uses());
            assertRefused(Refusal.AUTH_KEY_REVOKED, fixture.byKey(key, machine, 9));
        }
    }

    @Test
    void taggedNodeComesBackThoughItsKeyWentWithTheUserWhoMadeIt() {
        User bob = fixture.addUser(fixture.domain, "bob");
        Issued key = fixture.issue(bob, true, false, WEB);
        Node node = fixture.joined(key, 1);
        fixture.store.write(tx -> {
            tx.users().remove(bob);
            return null;
        });

        assertEquals(node.id(), fixture.joined(key, 1).id());
        assertRefused(Refusal.AUTH_KEY_UNKNOWN, fixture.byKey(key, 2));
    }

    @Test
    void deadKeyBringsBackNoNodeThatExpiredOrThatAnotherKeyAdmitted() {
        Issued late = fixture.reusable();
        Issued revoked = fixture.reusable();
        fixture.joined(fixture.oneOff(), 1);
        Node expired = fixture.joined(late, 2);
        Node shut = fixture.joined(revoked, 3);
        fixture.store.write(tx -> {
            tx.nodes().setExpiry(expired, tx.now());
            tx.nodes().setExpiry(shut, tx.now());
            return tx.preAuthKeys().revoke(revoked.key().id());
        });
        fixture.clock.advance(Duration.ofHours(1));

        assertRefused(Refusal.AUTH_KEY_EXPIRED, fixture.byKey(late, 1));
        assertRefused(Refusal.AUTH_KEY_EXPIRED, fixture.byKey(late, 2));
        assertRefused(Refusal.AUTH_KEY_REVOKED, fixture.byKey(revoked, 3));
    }

    @Test
    void deadKeyBringsBackNoNodeOfADisabledUser() {
        Issued key = fixture.reusable();
        fixture.joined(key, 1);
        fixture.clock.advance(Duration.ofHours(1));
        fixture.store.write(tx -> {
            tx.users().setActive(fixture.user, false);
            return null;
        });

        assertRefused(Refusal.OWNER_DISABLED, fixture.byKey(key, 1));
    }

    @Test
    void reusableKeyAdmitsManyUntilItExpires() {
        Issued key = fixture.reusable();
        for (int i = 1; i <= 5; i++) {
            fixture.joined(key, i);
        }
        assertEquals(5, fixture.reread(key).uses());
        assertEquals(
                List.of("web", "web-1", "web-2", "web-3", "web-4"),
                fixture.nodes().stream().map(Node::name).toList());

        fixture.clock.advance(Duration.ofHours(1));
        assertRefused(Refusal.AUTH_KEY_EXPIRED, fixture.byKey(key, 6));
    }

    @Test
    void revokedUnknownAndForeignKeysAdmitNobody() {
        Issued key = fixture.reusable();
        fixture.store.write(tx -> tx.preAuthKeys().revoke(key.key().id()));

        assertRefused(Refusal.AUTH_KEY_REVOKED, fixture.byKey(key, 1));
        String secret = key.token().reveal();
        String forged = secret.substring(0, secret.length() - 1) + (secret.endsWith("0") ? "1" : "0");
        for (String text : List.of(forged, "pnk-auth-", "", secret.replace("auth", "api"))) {
            assertRefused(Refusal.AUTH_KEY_UNKNOWN, fixture.registry.register(fixture.request(1, 1, text, null, null)));
        }
        assertEquals(List.of(), fixture.nodes());
    }

    @Test
    void keyOfADisabledUserAdmitsNobodyAndTheirNodesStayOut() {
        Issued key = fixture.reusable();
        fixture.joined(key, 1);
        fixture.store.write(tx -> {
            tx.users().setActive(fixture.user, false);
            return null;
        });

        assertRefused(Refusal.OWNER_DISABLED, fixture.byKey(key, 2));
        assertRefused(Refusal.OWNER_DISABLED, fixture.registry.register(fixture.request(1, 1, null, null, null)));
    }

    @Test
    void taggedKeyMakesNodesThatBelongToNoUserAndDoNotExpire() {
        Node node = fixture.joined(fixture.issue(null, false, false, WEB), 1);

        assertEquals(new Owner.OfTags(WEB), node.owner());
        assertNull(node.expires());
    }

    @Test
    void nodeMayAskForTheTagsOfItsKeyAndForNoOthers() {
        Tags both = Tags.of(List.of("tag:db", "tag:web"));
        Issued key = fixture.issue(null, true, false, both);

        assertEquals(new Owner.OfTags(both), joined(asking(key, 1, both)).owner());
        assertEquals(new Owner.OfTags(both), joined(asking(key, 2, WEB)).owner(), "the key says which");
        assertRefused(Refusal.TAGS_NOT_OF_KEY, asking(key, 3, Tags.of(List.of("tag:web", "tag:x"))));

        assertEquals(2, fixture.reread(key).uses());
    }

    @Test
    void nodeMayAskForTheTagsThatTheUserOfItsKeyMayGive() {
        Issued key = fixture.oneOff();
        assertRefused(Refusal.TAGS_NOT_ALLOWED, asking(key, 1, Tags.of(List.of("tag:x"))));
        assertEquals(0, fixture.reread(key).uses());

        assertEquals(new Owner.OfTags(WEB), joined(asking(key, 1, WEB)).owner());
    }

    private Registration asking(Issued key, int machine, Tags wanted) {
        return fixture.registry.register(fixture.request(
                Samples.machine(machine),
                Samples.nodeKey(machine),
                wanted,
                key.token().reveal(),
                null,
                null));
    }

    @Test
    void machineThatLogsInAgainIsTheSameNode() {
        Node before = fixture.joined(fixture.oneOff(), 1);
        fixture.clock.advance(Duration.ofMinutes(10));

        Node after = joined(fixture.byKey(fixture.oneOff(), 1, 2));

        assertEquals(before.id(), after.id());
        assertEquals(before.v4(), after.v4());
        assertEquals(before.name(), after.name());
        assertNotEquals(before.nodeKey(), after.nodeKey());
        assertEquals(fixture.clock.instant().plus(Duration.ofDays(180)), after.expires());
        assertEquals(1, fixture.nodes().size());
    }

    @Test
    void anotherUserOnTheSameMachineIsAnotherNode() {
        Node first = fixture.joined(fixture.oneOff(), 1);
        Issued key = fixture.issue(fixture.addUser(fixture.domain, "bob"), false, false, Tags.NONE);

        Node second = joined(fixture.byKey(key, 1, 2));

        assertNotEquals(first.id(), second.id());
        assertNotEquals(first.v4(), second.v4());
    }

    @Test
    void nodeKeyOfAnotherMachineIsRefusedAndTheKeyIsNotUsed() {
        Node node = fixture.joined(fixture.oneOff(), 1);
        Issued key = fixture.oneOff();

        assertRefused(Refusal.NODE_KEY_OF_ANOTHER_MACHINE, fixture.byKey(key, 2, 1));

        assertEquals(0, fixture.reread(key).uses());
        assertEquals(node, fixture.find(node.id()).orElseThrow());
    }

    @Test
    void fullDomainAdmitsNobodyAndUsesNoKey() {
        fixture.close();
        fixture = new RegistryFixture(parent.resolve("small"), "100.64.0.0/30");
        fixture.joined(fixture.oneOff(), 1);
        Node second = fixture.joined(fixture.oneOff(), 2);
        Issued key = fixture.oneOff();

        Registration.Refused refused = assertRefused(Refusal.NO_ADDRESS_LEFT, fixture.byKey(key, 3));
        assertTrue(refused.detail().contains("100.64.0.0/30"), refused.detail());
        assertTrue(refused.detail().contains("2 are in use"), refused.detail());
        assertEquals(2, fixture.nodes().size());
        assertEquals(0, fixture.reread(key).uses());

        fixture.store.write(tx -> {
            tx.nodes().remove(second);
            return null;
        });
        refused = assertRefused(Refusal.NO_ADDRESS_LEFT, fixture.byKey(key, 3));
        assertTrue(refused.detail().contains("1 are in use and 1 rest"), refused.detail());

        fixture.clock.advance(Duration.ofHours(24).plusMillis(1));
        assertEquals(second.v4(), fixture.joined(fixture.oneOff(), 3).v4());
    }

    private static Registration.Refused assertRefused(Refusal refusal, Registration answer) {
        Registration.Refused refused = assertInstanceOf(Registration.Refused.class, answer);
        assertEquals(refusal, refused.refusal());
        return refused;
    }
}
