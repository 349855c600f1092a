package io.penstock.server.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.mapstream.MapFrameDecoder;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.MapResponse;
import io.penstock.server.Samples;
import io.penstock.server.TestClock;
import io.penstock.server.model.Contact;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Node;
import io.penstock.server.model.NodeEndpoint;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Tags;
import io.penstock.server.store.NodeTable;
import io.penstock.server.store.Store;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What maps say, how often, and that a change costs what it touches. */
class MapsCostTest {
    private static final int GROUP = 10;

    @TempDir
    private Path folder;

    private final TestClock clock = new TestClock();
    private final List<MapStream> streams = new ArrayList<>();
    private final MapFrameDecoder decoder = new MapFrameDecoder();
    private final AtomicInteger wakes = new AtomicInteger();
    private Store store;
    private Maps maps;

    @BeforeEach
    void open() {
        store = Samples.store(folder, clock);
        maps = new Maps(store, clock, () -> new DerpMap(null, Map.of(), true), 1000);
    }

    @AfterEach
    void close() {
        streams.forEach(MapStream::close);
        decoder.close();
        maps.close();
        store.close();
    }

    /** Nodes in groups that see only themselves. */
    private List<Node> groups(int count) {
        return store.write(tx -> {
            Domain domain = Samples.domain(tx, "red");
            StringBuilder tags = new StringBuilder();
            StringBuilder rules = new StringBuilder();
            for (int group = 0; group * GROUP < count; group++) {
                tags.append("\"tag:g%d\": [],".formatted(group));
                rules.append("{\"action\": \"accept\", \"src\": [\"tag:g%d\"], \"dst\": [\"tag:g%d:*\"]},"
                        .formatted(group, group));
            }
            tx.policies().add(domain.id(), "{\"tagOwners\": {%s}, \"acls\": [%s]}".formatted(tags, rules), "test");
            List<Node> nodes = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Owner owner = new Owner.OfTags(Tags.of(List.of("tag:g" + i / GROUP)));
                NodeTable.Added added = tx.nodes().add(domain, Samples.joining(owner, i + 1, "n" + i));
                nodes.add(assertInstanceOf(NodeTable.Added.Done.class, added).node());
            }
            return nodes;
        });
    }

    private MapStream stream(Node node) {
        return stream(node, true);
    }

    private MapStream stream(Node node, boolean goesOn) {
        MapRequest request = MapRequest.builder().version(131).nodeKey(node.nodeKey()).stream(goesOn)
                .build();
        MapSource.Opened opened = maps.open(node.machineKey(), request, wakes::incrementAndGet);
        MapStream stream = assertInstanceOf(MapSource.Opened.Stream.class, opened).stream();
        streams.add(stream);
        return stream;
    }

    private @Nullable MapResponse read(MapStream stream) {
        ByteBuffer frame = stream.poll();
        if (frame == null) {
            return null;
        }
        try {
            return assertNotNull(decoder.decode(frame.duplicate()));
        } catch (MalformedMessageException e) {
            throw new AssertionError(e);
        }
    }

    private static <T> T assertNotNull(@Nullable T value) {
        org.junit.jupiter.api.Assertions.assertNotNull(value);
        return value;
    }

    private void readAll() {
        streams.forEach(stream -> {
            while (read(stream) != null) {}
        });
    }

    private void move(Node node, int port) {
        store.write(tx -> {
            Contact contact = new Contact(
                    DiscoKey.of(new byte[] {
                        1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8
                    }),
                    List.of(NodeEndpoint.parse("192.0.2.1:" + port, 2)),
                    0);
            tx.nodes().setContact(tx.nodes().find(node.nodeKey()).orElseThrow(), contact);
            return null;
        });
        maps.catchUp();
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 800})
    void oneNodesNewEndpointIsEncodedOnceAndToldToThoseWhoSeeIt(int count) {
        List<Node> nodes = groups(count);
        nodes.forEach(this::stream);
        readAll();
        move(nodes.getFirst(), 1000);
        readAll();
        long encoded = maps.counters().encoded();
        long deltas = maps.counters().deltas();
        wakes.set(0);

        move(nodes.getFirst(), 2000);

        assertEquals(GROUP - 1, wakes.get(), "only who sees it is woken");
        for (MapStream stream : streams.subList(1, GROUP)) {
            MapResponse delta = assertNotNull(read(stream));
            assertEquals(1, delta.peersChangedPatch().size());
            assertEquals(
                    "192.0.2.1:2000",
                    delta.peersChangedPatch().getFirst().endpoints().getFirst().toString());
            assertTrue(delta.peers().isEmpty() && delta.peersChanged().isEmpty() && delta.node() == null);
            assertNull(delta.packetFilters());
        }
        streams.forEach(stream -> assertNull(read(stream)));
        assertEquals(1, maps.counters().encoded() - encoded);
        assertEquals(GROUP - 1, maps.counters().deltas() - deltas);
    }

    @Test
    void firstMapsOfAGroupEncodeEachNodeOnce() {
        List<Node> nodes = groups(50);
        nodes.forEach(this::stream);
        maps.catchUp();
        long encoded = maps.counters().encoded();

        streams.forEach(stream ->
                assertEquals(GROUP - 1, assertNotNull(read(stream)).peers().size()));

        assertEquals(50, maps.counters().encoded() - encoded);
    }

    @Test
    void aSlowReaderGetsOnlyTheLatest() {
        List<Node> nodes = groups(2);
        MapStream slow = stream(nodes.getFirst());
        assertNotNull(read(slow));
        for (int port = 1; port <= 500; port++) {
            move(nodes.get(1), port);
        }

        MapResponse delta = assertNotNull(read(slow));

        assertEquals(
                List.of("192.0.2.1:500"),
                delta.peersChangedPatch().isEmpty()
                        ? delta.peersChanged().getFirst().endpoints().stream()
                                .map(Object::toString)
                                .toList()
                        : delta.peersChangedPatch().getFirst().endpoints().stream()
                                .map(Object::toString)
                                .toList());
        assertNull(read(slow));
    }

    @Test
    void aNodeThatRegisteredAMomentAgoIsKnown() {
        groups(1);
        maps.catchUp();
        Node late = store.write(tx -> {
            Domain domain = tx.domains().list().getFirst();
            Owner owner = new Owner.OfTags(Tags.of(List.of("tag:g0")));
            return assertInstanceOf(
                            NodeTable.Added.Done.class, tx.nodes().add(domain, Samples.joining(owner, 77, "late")))
                    .node();
        });

        MapResponse first = assertNotNull(read(stream(late)));

        assertEquals("late.red.example.", assertNotNull(first.node()).name());
        assertEquals(1, first.peers().size());
    }

    @Test
    void oneMapAndNoMoreIfNoStreamIsWanted() {
        List<Node> nodes = groups(2);
        MapStream going = stream(nodes.getFirst());
        MapStream once = stream(nodes.getFirst(), false);

        assertEquals(1, assertNotNull(read(once)).peers().size());

        assertNull(read(once));
        assertTrue(once.isEnded());
        assertNotNull(read(going));
        assertTrue(!going.isEnded(), "one map leaves the stream as it is");
    }

    @Test
    void whoMayNoLongerTakePartIsToldAndSeesNobody() {
        List<Node> nodes = groups(2);
        MapStream stream = stream(nodes.getFirst());
        MapStream peer = stream(nodes.get(1));
        readAll();
        store.write(tx -> {
            tx.nodes().setExpiry(tx.nodes().find(nodes.getFirst().nodeKey()).orElseThrow(), tx.now());
            return null;
        });
        maps.catchUp();

        MapResponse last = assertNotNull(read(stream));

        assertTrue(assertNotNull(last.node()).expired());
        assertEquals(List.of(nodes.get(1).id()), last.peersRemoved());
        assertTrue(stream.isEnded());
        assertEquals(List.of(nodes.getFirst().id()), assertNotNull(read(peer)).peersRemoved());
        MapResponse again = assertNotNull(read(stream(nodes.getFirst())));
        assertTrue(assertNotNull(again.node()).expired() && again.peers().isEmpty());
    }

    private void expire(Node node, @Nullable Instant at) {
        store.write(tx -> {
            tx.nodes().setExpiry(tx.nodes().find(node.nodeKey()).orElseThrow(), at);
            return null;
        });
    }

    @Test
    void whoOpensAfterACommitIsToldOfIt() {
        Node node = groups(2).getFirst();
        expire(node, clock.instant());
        maps.catchUp();
        expire(node, null);

        MapResponse first = assertNotNull(read(stream(node)));

        assertTrue(!assertNotNull(first.node()).expired());
    }

    @Test
    void aStreamThatWasOpenedWhileItsNodeWasOutEnds() {
        Node node = groups(2).getFirst();
        expire(node, clock.instant());
        MapStream stream = stream(node);
        expire(node, null);
        maps.catchUp();

        assertNull(read(stream), "nothing that is no longer so");

        assertTrue(stream.isEnded(), "nobody would tell it of changes");
        assertEquals(1, assertNotNull(read(stream(node))).peers().size());
    }

    @Test
    void writesDownThatNodesAreStillThere() {
        List<Node> nodes = groups(2);
        stream(nodes.getFirst());
        clock.advance(Duration.ofHours(48));
        maps.passTime();
        stream(nodes.get(1));
        clock.advance(Duration.ofMinutes(1));

        maps.close();

        Instant seen = store.read(
                        tx -> tx.nodes().find(nodes.getFirst().nodeKey()).orElseThrow())
                .lastSeen();
        assertEquals(clock.instant(), seen);
    }

    @Test
    void aRestartTellsNobodyThatOthersWereAway() {
        List<Node> nodes = groups(3);
        stream(nodes.get(0));
        stream(nodes.get(1));
        clock.advance(Duration.ofHours(5));
        maps.passTime(); // the third was last seen five hours before
        maps.close();
        clock.advance(Duration.ofHours(1));
        maps = new Maps(store, clock, () -> new DerpMap(null, Map.of(), true), 1000);
        maps.catchUp();
        maps.presumeOnline();
        streams.clear();

        MapStream first = stream(nodes.get(0));

        assertEquals(
                List.of(true, false),
                assertNotNull(read(first)).peers().stream()
                        .map(io.penstock.protocol.message.Node::online)
                        .toList());
        assertNull(read(first));
        MapStream second = stream(nodes.get(1));
        assertNull(read(first), "it was never away");
        second.close();
        clock.advance(DomainMaps.AFTER_START);
        maps.passTime();
        assertEquals(
                false, assertNotNull(read(first)).peersChangedPatch().getFirst().online());
    }

    @Test
    void aDomainThatIsMadeAnewEndsItsStreamsAndIsThereAgain() {
        Node node = groups(2).getFirst();
        MapStream stream = stream(node);
        assertNotNull(read(stream));
        assertNull(read(stream));
        wakes.set(0);

        maps.abandon(node.domainId());

        assertEquals(1, wakes.get());
        assertTrue(stream.isEnded());
        assertNull(read(stream));
        assertEquals(1, assertNotNull(read(stream(node))).peers().size());
    }

    @Test
    void aForeignMachineGetsNoMapForAKeyThatItKnows() {
        Node node = groups(1).getFirst();
        MapRequest request =
                MapRequest.builder().nodeKey(node.nodeKey()).stream(true).build();

        assertInstanceOf(
                MapSource.Opened.UnknownNode.class, maps.open(Samples.machine(99), request, wakes::incrementAndGet));
    }

    @Test
    void refusesMoreStreamsThanItBears() {
        Node node = groups(1).getFirst();
        try (Maps few = new Maps(store, clock, () -> new DerpMap(null, Map.of(), true), 1)) {
            MapRequest request =
                    MapRequest.builder().nodeKey(node.nodeKey()).stream(true).build();
            MapSource.Opened first = few.open(node.machineKey(), request, () -> {});
            MapSource.Opened second = few.open(node.machineKey(), request, () -> {});
            assertInstanceOf(MapSource.Opened.Overloaded.class, second);

            MapStream stream = assertInstanceOf(MapSource.Opened.Stream.class, first).stream();
            stream.close();
            stream.close();

            assertEquals(0, few.counters().streams());
            MapSource.Opened third = few.open(node.machineKey(), request, () -> {});
            assertInstanceOf(MapSource.Opened.Stream.class, third).stream().close();
        }
    }

    @Test
    void writesDownWhenNodesWereSeen() {
        Node node = groups(1).getFirst();
        MapStream stream = stream(node);
        clock.advance(Duration.ofHours(1));
        stream.close();
        assertTrue(maps.isConnected(node.id()), "it may be changing its connection");
        clock.advance(DomainMaps.GRACE);
        maps.passTime();

        maps.close();

        assertTrue(!maps.isConnected(node.id()));
        Node now = store.read(tx -> tx.nodes().find(node.nodeKey()).orElseThrow());
        assertEquals(node.lastSeen().plus(Duration.ofHours(1)), now.lastSeen());
    }

    @Test
    void startsOverWhenChangesWereTrimmed() {
        List<Node> nodes = groups(2);
        MapStream stream = stream(nodes.getFirst());
        assertNotNull(read(stream));
        store.write(tx -> {
            tx.nodes().remove(tx.nodes().find(nodes.get(1).nodeKey()).orElseThrow());
            return null;
        });
        clock.advance(Duration.ofDays(2));
        store.write(tx -> tx.changes().trim(tx.now().minus(Duration.ofDays(1))));

        maps.catchUp();

        assertEquals(2, maps.counters().reloads());
        assertEquals(List.of(nodes.get(1).id()), assertNotNull(read(stream)).peersRemoved());
    }

    @Test
    void followsTheStoreByItself() throws InterruptedException {
        List<Node> nodes = groups(2);
        try (Maps following = Maps.follow(store, clock, () -> new DerpMap(null, Map.of(), true))) {
            MapRequest request = MapRequest.builder().nodeKey(nodes.getFirst().nodeKey()).stream(true)
                    .build();
            Semaphore woken = new Semaphore(0);
            MapSource.Opened opened = following.open(nodes.getFirst().machineKey(), request, woken::release);
            try (MapStream stream = assertInstanceOf(MapSource.Opened.Stream.class, opened).stream()) {
                assertNotNull(read(stream));
                assertNull(read(stream));
                store.write(tx -> {
                    tx.nodes().setName(tx.nodes().find(nodes.get(1).nodeKey()).orElseThrow(), "other");
                    return null;
                });
                assertTrue(woken.tryAcquire(20, TimeUnit.SECONDS));
                assertEquals(
                        "other.red.example.",
                        assertNotNull(read(stream)).peersChanged().getFirst().name());
            }
        }
    }
}
