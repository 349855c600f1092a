package io.penstock.server.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.protocol.key.DiscoKey;
import io.penstock.server.Samples;
import io.penstock.server.model.Change;
import io.penstock.server.model.ChangeKind;
import io.penstock.server.model.Contact;
import io.penstock.server.model.Host;
import io.penstock.server.model.Node;
import io.penstock.server.model.NodeEndpoint;
import io.penstock.server.model.Tags;
import io.penstock.wireguard.route.Prefix;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What nodes tell, and how they go. */
class NodeLifeTest {
    private static final Contact CONTACT = new Contact(
            DiscoKey.of(ByteBuffer.allocate(32).putInt(9).array()),
            List.of(NodeEndpoint.parse("192.0.2.1:41641", 2), NodeEndpoint.parse("[2001:db8::1]:41641", 1)),
            900);

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
    void takesWhatANodeTells() {
        Node node = fixture.joined(fixture.oneOff(), 1);
        Host host = new Host("renamed", "{\"OS\":\"linux\"}", 133);
        Set<Prefix> routes = Set.of(Prefix.parse("10.1.2.0/24"), Prefix.parse("10.9.0.0/24"));

        Node told = update(node, CONTACT, host, routes).orElseThrow();

        assertEquals(CONTACT, told.contact());
        assertEquals(host, told.host());
        assertEquals("web", told.name(), "a name in use does not change by itself");
        assertEquals(Set.of(Prefix.parse("10.1.2.0/24")), told.routes().serving(), "what the policy approves");
        assertEquals(Optional.of(told), fixture.find(node.id()));
    }

    @Test
    void tellsOthersOnlyWhatDiffers() {
        Node node = fixture.joined(fixture.oneOff(), 1);
        long before = lastChange();

        update(node, CONTACT, node.host(), Set.of());
        assertEquals(List.of(ChangeKind.NODE_CONTACT), kindsSince(before));
        update(node, CONTACT, node.host(), Set.of());
        assertEquals(List.of(ChangeKind.NODE_CONTACT), kindsSince(before));

        update(node, CONTACT, node.host(), Set.of(Prefix.parse("10.1.0.0/24")));
        assertEquals(List.of(ChangeKind.NODE_CONTACT, ChangeKind.NODE_ROUTES), kindsSince(before));
        update(node, CONTACT, new Host("web", "{\"OS\":\"linux\"}", 131), Set.of(Prefix.parse("10.1.0.0/24")));
        assertEquals(
                List.of(ChangeKind.NODE_CONTACT, ChangeKind.NODE_ROUTES, ChangeKind.NODE_CHANGED), kindsSince(before));
    }

    @Test
    void newKeyOfTheSameHostIsAPatch() {
        fixture.joined(fixture.oneOff(), 1);
        long before = lastChange();

        fixture.byKey(fixture.oneOff(), 1, 2);

        assertEquals(List.of(ChangeKind.NODE_KEY), kindsSince(before));
    }

    @Test
    void anotherMachineTellsNothingAboutANode() {
        Node node = fixture.joined(fixture.oneOff(), 1);

        assertEquals(
                Optional.empty(),
                fixture.registry.update(Samples.machine(2), node.nodeKey(), CONTACT, node.host(), Set.of()));
        assertEquals(
                Optional.empty(),
                fixture.registry.update(node.machineKey(), Samples.nodeKey(3), CONTACT, node.host(), Set.of()));

        assertEquals(Optional.of(node), fixture.find(node.id()));
    }

    @Test
    void forgetsEphemeralNodesThatStayAway() {
        Node away = fixture.joined(fixture.issue(fixture.user, false, true, Tags.NONE), 1);
        Node connected = fixture.joined(fixture.issue(fixture.user, false, true, Tags.NONE), 2);
        Node seen = fixture.joined(fixture.issue(fixture.user, false, true, Tags.NONE), 3);
        Node lasting = fixture.joined(fixture.oneOff(), 4);
        fixture.clock.advance(NodeRegistry.EPHEMERAL_GRACE);
        fixture.store.write(tx -> {
            tx.nodes().setLastSeen(seen.id(), tx.now());
            return null;
        });
        assertEquals(List.of(), fixture.registry.removeIdleEphemerals(id -> id == connected.id()));
        fixture.clock.advance(Duration.ofSeconds(1));

        List<Node> removed = fixture.registry.removeIdleEphemerals(id -> id == connected.id());

        assertEquals(List.of(away.id()), removed.stream().map(Node::id).toList());
        assertEquals(
                List.of(connected.id(), seen.id(), lasting.id()),
                fixture.nodes().stream().map(Node::id).toList());
    }

    @Test
    void idsDoNotComeBackAndAddressesRest() {
        Node first = fixture.joined(fixture.oneOff(), 1);
        fixture.store.write(tx -> {
            tx.nodes().remove(first);
            return null;
        });

        Node second = fixture.joined(fixture.oneOff(), 1);

        assertEquals(first.id() + 1, second.id());
        assertEquals("100.64.0.2", second.v4().toString());
        assertEquals("web", second.name());
    }

    private Optional<Node> update(Node node, Contact contact, Host host, Set<Prefix> routes) {
        return fixture.registry.update(node.machineKey(), node.nodeKey(), contact, host, routes);
    }

    private long lastChange() {
        return fixture.store.read(tx -> tx.changes().last());
    }

    private List<ChangeKind> kindsSince(long seq) {
        List<Change> changes =
                fixture.store.read(tx -> tx.changes().since(seq, 100)).orElseThrow();
        return changes.stream().map(Change::kind).toList();
    }
}
