package io.penstock.server.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.model.Change;
import io.penstock.server.model.ChangeKind;
import io.penstock.server.model.Contact;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Host;
import io.penstock.server.model.Identity;
import io.penstock.server.model.Node;
import io.penstock.server.model.NodeEndpoint;
import io.penstock.server.model.RegistrationRequest;
import io.penstock.server.model.Role;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.store.Store;
import io.penstock.server.store.Transaction;
import io.penstock.wireguard.route.Prefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two domains with the same users, host names and machines, and overlapping prefixes: over random changes nothing of one is
 * found in the other.
 */
class TwoDomainsTest {
    private static final int CHANGES = 500;

    @TempDir
    private Path parent;

    /** A domain, and what a naive observer believes about it. */
    private static final class Twin {
        final Domain domain;
        final User user;
        final Set<Long> nodeIds = new HashSet<>();
        final Set<Long> keyIds = new HashSet<>();
        final List<String> dns = new ArrayList<>();
        long policies;

        Twin(Domain domain, User user) {
            this.domain = domain;
            this.user = user;
        }
    }

    private final TestClock clock = new TestClock();
    private final Seeded entropy = new Seeded(4);

    @Test
    void showNothingOfEachOther() {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        Random random = new Random(seed);
        try (Store store = Samples.store(parent, clock)) {
            NodeRegistry registry = new NodeRegistry(store, PolicySource.NONE, entropy);
            List<Twin> twins = List.of(twin(store, "red", "100.64.0.0/10"), twin(store, "blue", "100.64.0.0/16"));
            for (int i = 0; i < CHANGES; i++) {
                clock.advance(Duration.ofMinutes(1));
                int which = random.nextInt(2);
                long before = store.read(tx -> tx.changes().last());
                change(store, registry, twins.get(which), random, i);
                int step = i;
                store.read(tx -> {
                    for (int t = 0; t < 2; t++) {
                        check(tx, twins.get(t), twins.get(1 - t), "step " + step + " of seed " + seed);
                    }
                    for (Change change : tx.changes().since(before, 100).orElseThrow()) {
                        // A device that waits is of no domain, and the entry says no more than its number.
                        long of = change.kind() == ChangeKind.JOIN_REQUEST
                                ? 0
                                : twins.get(which).domain.id();
                        assertEquals(of, change.domainId(), "step " + step + " of seed " + seed);
                    }
                    return null;
                });
            }
            for (Twin twin : twins) { // 36 on average, 23 at least in a hundred runs
                assertTrue(twin.nodeIds.size() > 10, twin.domain.name() + " of seed " + seed + " has nodes");
            }
        }
    }

    private Twin twin(Store store, String name, String v4) {
        Domain domain = store.write(tx -> Samples.domain(tx, name, v4));
        User user = store.write(tx -> tx.users()
                .add(
                        domain.id(),
                        new Identity("https://idp.example", "alice"),
                        "alice@example.org",
                        "Alice",
                        Role.MEMBER,
                        false));
        return new Twin(domain, user);
    }

    private void change(Store store, NodeRegistry registry, Twin twin, Random random, int step) {
        @Nullable Node node = anyNode(store, twin, random);
        int choice = random.nextInt(10);
        if (node == null || choice < 3) {
            // The machine may be one that is in the other domain too; node keys are always new.
            Token token = Token.create(TokenKind.PRE_AUTH, entropy);
            twin.keyIds.add(store.write(tx -> tx.preAuthKeys()
                            .add(
                                    twin.domain.id(),
                                    twin.user.id(),
                                    token,
                                    random.nextBoolean(),
                                    false,
                                    Tags.NONE,
                                    tx.now().plus(Duration.ofHours(1))))
                    .id());
            RegistrationRequest request = new RegistrationRequest(
                    Samples.machine(1 + random.nextInt(60)),
                    Samples.nodeKey(1 + step),
                    new Host("web", "{}", 131),
                    Tags.NONE,
                    false,
                    token.reveal(),
                    null,
                    null);
            twin.nodeIds.add(RegistryFixture.joined(registry.register(request)).id());
        } else if (choice == 3) {
            store.write(tx -> {
                tx.nodes().remove(node);
                return null;
            });
            twin.nodeIds.remove(node.id());
        } else if (choice == 4) {
            Token link = ((Registration.LoginNeeded) registry.register(new RegistrationRequest(
                            Samples.machine(1 + random.nextInt(60)),
                            Samples.nodeKey(1 + step),
                            new Host("web", "{}", 131),
                            Tags.NONE,
                            false,
                            null,
                            null,
                            null)))
                    .link();
            Confirmation confirmation = registry.confirm(link, twin.user);
            twin.nodeIds.add(((Confirmation.Joined) confirmation).node().id());
        } else if (choice == 5) {
            twin.policies = store.write(tx -> tx.policies().add(twin.domain.id(), "{}", "alice"))
                    .version();
        } else if (choice == 6) {
            String value = "100.64.0." + (1 + random.nextInt(250));
            String name = "r" + step;
            store.write(tx -> tx.dnsRecords().add(twin.domain.id(), name, "A", value));
            twin.dns.add(name);
        } else if (choice == 7) {
            store.write(tx -> {
                tx.nodes().setRoutes(node, node.routes().approve(Set.of(Prefix.parse("10.0.0.0/8"))));
                return null;
            });
        } else {
            Contact contact =
                    new Contact(null, List.of(NodeEndpoint.parse("192.0.2.1:" + (1 + random.nextInt(65535)), 2)), 900);
            registry.update(
                    node.machineKey(), node.nodeKey(), contact, node.host(), Set.of(Prefix.parse("10.0.0.0/8")));
        }
    }

    private static @Nullable Node anyNode(Store store, Twin twin, Random random) {
        List<Node> nodes = store.read(tx -> tx.nodes().list(twin.domain.id()));
        return nodes.isEmpty() ? null : nodes.get(random.nextInt(nodes.size()));
    }

    private static void check(Transaction tx, Twin twin, Twin other, String where) {
        Domain domain = twin.domain;
        List<Node> nodes = tx.nodes().list(domain.id());
        assertEquals(twin.nodeIds, new HashSet<>(nodes.stream().map(Node::id).toList()), where);
        Set<String> names = new HashSet<>();
        Set<Object> addresses = new HashSet<>();
        for (Node node : nodes) {
            assertEquals(domain.id(), node.domainId(), where);
            assertTrue(node.isOwnedBy(twin.user.id()), where);
            assertTrue(names.add(node.name()), where);
            assertTrue(addresses.add(node.v4()) && addresses.add(node.v6()), where);
            assertTrue(node.v4().isIn(domain.v4()) && node.v6().isIn(domain.v6()), where);
            assertTrue(tx.nodes().find(other.domain.id(), node.id()).isEmpty(), where);
        }
        assertEquals(
                twin.keyIds,
                new HashSet<>(tx.preAuthKeys().list(domain.id()).stream()
                        .map(key -> key.id())
                        .toList()),
                where);
        assertEquals(List.of(twin.user), tx.users().list(domain.id()), where);
        assertTrue(tx.users().find(other.domain.id(), twin.user.id()).isEmpty(), where);
        assertEquals(
                new HashSet<>(twin.dns),
                new HashSet<>(tx.dnsRecords().list(domain.id()).stream()
                        .map(record -> record.name())
                        .toList()),
                where);
        assertEquals(
                twin.policies,
                tx.policies()
                        .current(domain.id())
                        .map(version -> version.version())
                        .orElse(0L),
                where);
    }
}
