package io.penstock.protocol.netmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.Seeded;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.message.PeerPatch;
import io.penstock.protocol.message.PingRequest;
import io.penstock.protocol.message.RandomMessages;
import io.penstock.protocol.message.UserProfile;
import io.penstock.protocol.netmap.MapSession.Outcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MapSessionTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private final MapSession session = new MapSession();

    @Test
    void agreesWithANaiveTwinOverRandomMessages() {
        Seeded seeded = Seeded.create();
        RandomMessages random = new RandomMessages(seeded);
        for (int round = 0; round < 10; round++) {
            MapSession subject = new MapSession();
            NaiveMap twin = new NaiveMap();
            apply(subject, twin, MapResponse.builder().node(peer(random, 999)).build(), seeded);
            for (int step = 0; step < 50; step++) {
                apply(subject, twin, randomMessage(random, seeded), seeded);
            }
        }
    }

    private static void apply(MapSession subject, NaiveMap twin, MapResponse message, Seeded seeded) {
        NetMap before = subject.map();
        Map<Long, Node> peersBefore = before == null ? Map.of() : Map.copyOf(before.peers());
        Outcome outcome = subject.apply(message, NOW);
        twin.apply(message, NOW);
        NetMap map = Objects.requireNonNull(subject.map());
        assertEquals(twin.self(), map.self(), seeded::toString);
        assertEquals(twin.peers(), map.peers(), seeded::toString);
        assertEquals(twin.filters(), treeOf(map.filterChunks()).toString(), seeded::toString);
        assertEquals(twin.users(), treeOf(new TreeMap<>(map.users())).toString(), seeded::toString);
        Set<Long> touched = new HashSet<>(peersBefore.keySet());
        touched.addAll(map.peers().keySet());
        touched.removeIf(id -> Objects.equals(peersBefore.get(id), map.peers().get(id)));
        if (outcome instanceof Outcome.Changed changed) {
            assertTrue(changed.touchedPeers().containsAll(touched), seeded::toString);
        } else {
            assertEquals(Set.of(), touched, seeded::toString);
            assertSame(before, map);
        }
        assertTrue(before == null || peersBefore.equals(before.peers()), "published maps do not change");
    }

    private static Map<String, Object> treeOf(Map<?, ?> map) {
        Map<String, Object> tree = new java.util.LinkedHashMap<>();
        map.forEach((key, value) -> tree.put(key.toString(), NaiveMap.tree(value)));
        return tree;
    }

    private static MapResponse randomMessage(RandomMessages random, Seeded seeded) {
        MapResponse.Builder message = MapResponse.builder();
        if (seeded.oneIn(10)) {
            message.peers(peers(random, seeded));
        }
        if (seeded.oneIn(10)) {
            message.node(peer(random, 999));
        }
        if (seeded.oneIn(3)) {
            message.peersChanged(peers(random, seeded));
        }
        if (seeded.oneIn(3)) {
            message.peersRemoved(List.of(1L + seeded.below(12), 1L + seeded.below(12)));
        }
        if (seeded.oneIn(3)) {
            message.onlineChange(Map.of(1L + seeded.below(12), seeded.oneIn(2)));
        }
        if (seeded.oneIn(3)) {
            message.peerSeenChange(Map.of(1L + seeded.below(12), seeded.oneIn(2)));
        }
        if (seeded.oneIn(2)) {
            List<PeerPatch> patches = new ArrayList<>();
            for (int i = seeded.below(4); i > 0; i--) {
                PeerPatch.Builder patch =
                        random.next(PeerPatch.class).toBuilder().nodeId(1 + seeded.below(12));
                patches.add(patch.lastSeen(seeded.oneIn(2) ? NOW.plusSeconds(seeded.below(3) - 1) : null)
                        .build());
            }
            message.peersChangedPatch(patches);
        }
        if (seeded.oneIn(4)) {
            Map<String, @Nullable List<FilterRule>> chunks = new HashMap<>();
            for (String name : List.of("*", "base", "a", "b")) {
                if (seeded.oneIn(3)) {
                    chunks.put(name, seeded.oneIn(2) ? null : List.of(random.next(FilterRule.class)));
                }
            }
            message.packetFilters(chunks);
        }
        if (seeded.oneIn(6)) {
            message.packetFilter(seeded.oneIn(2) ? List.of() : List.of(random.next(FilterRule.class)));
        }
        if (seeded.oneIn(4)) {
            message.userProfiles(List.of(new UserProfile(seeded.below(5), "u" + seeded.below(9), "", "", List.of())));
        }
        return message.build();
    }

    private static List<Node> peers(RandomMessages random, Seeded seeded) {
        Map<Long, Node> nodes = new TreeMap<>();
        for (int i = seeded.below(6); i > 0; i--) {
            Node node = peer(random, 1 + seeded.below(12));
            nodes.put(node.id(), node);
        }
        return List.copyOf(nodes.values());
    }

    private static Node peer(RandomMessages random, long id) {
        Hostinfo host = random.next(Hostinfo.class).toBuilder().hostname("host").build();
        return random.next(Node.class).toBuilder()
                .hostinfo(id % 3 == 0 ? null : host)
                .id(id)
                .name("n" + id + ".example.")
                .lastSeen(NOW)
                .build();
    }

    @Test
    void firstMessageHasToCarryTheNode() {
        assertInstanceOf(
                Outcome.Refused.class,
                session.apply(MapResponse.builder().domain("x").build(), NOW));
        assertNull(session.map());
        assertInstanceOf(Outcome.Unchanged.class, session.apply(keepAlive(), NOW));
        assertInstanceOf(
                Outcome.Unchanged.class,
                session.apply(MapResponse.builder().controlTime(NOW).build(), NOW));
        assertInstanceOf(Outcome.Changed.class, session.apply(first(), NOW));
        assertInstanceOf(Outcome.Unchanged.class, session.apply(keepAlive(), NOW));
    }

    @Test
    void controlTimeAloneIsNews() {
        session.apply(first(), NOW);
        assertInstanceOf(
                Outcome.Changed.class,
                session.apply(MapResponse.builder().controlTime(NOW).build(), NOW));
        assertEquals(NOW, map().controlTime());
    }

    @Test
    void emptyListOfPeersIsNoList() {
        session.apply(first().toBuilder().peers(List.of(node(2), node(3))).build(), NOW);
        session.apply(MapResponse.builder().peers(List.of()).domain("x").build(), NOW);
        assertEquals(Set.of(2L, 3L), map().peers().keySet());
        session.apply(MapResponse.builder().peersRemoved(List.of(2L, 3L)).build(), NOW);
        assertTrue(map().peers().isEmpty());
    }

    @Test
    void withoutFilterThereIsNoRule() {
        session.apply(first(), NOW);
        assertEquals(List.of(), map().packetFilter());
        session.apply(
                MapResponse.builder()
                        .packetFilter(List.of(FilterRule.allowAll()))
                        .build(),
                NOW);
        assertEquals(List.of(FilterRule.allowAll()), map().packetFilter());
        session.apply(MapResponse.builder().packetFilter(List.of()).build(), NOW);
        assertEquals(List.of(), map().packetFilter());
    }

    @Test
    void staleDiscoKeyOfALeavingPeerIsNotTaken() {
        DiscoKey other = DiscoKey.parse("discokey:" + "77".repeat(32));
        session.apply(
                first().toBuilder()
                        .peers(List.of(node(2).toBuilder().lastSeen(NOW).build()))
                        .build(),
                NOW);
        PeerPatch patch = PeerPatch.builder()
                .nodeId(2)
                .discoKey(other)
                .online(false)
                .lastSeen(NOW)
                .build();
        session.apply(MapResponse.builder().peersChangedPatch(List.of(patch)).build(), NOW);
        assertNotEquals(other, peer(2).discoKey());
        session.apply(
                MapResponse.builder()
                        .peersChangedPatch(
                                List.of(patch.toBuilder().online(true).build()))
                        .build(),
                NOW);
        assertEquals(other, peer(2).discoKey());
    }

    @Test
    void partsOfTheRelayMapThatAreMissingStay() {
        DerpMap.HomeParams home = new DerpMap.HomeParams(Map.of(900, 0.5));
        session.apply(
                first().toBuilder().derpMap(new DerpMap(home, Map.of(), true)).build(), NOW);
        session.apply(
                MapResponse.builder().derpMap(new DerpMap(null, null, false)).build(), NOW);
        assertEquals(new DerpMap(home, Map.of(), true), map().derpMap());
        DerpMap.HomeParams news = new DerpMap.HomeParams(Map.of());
        session.apply(
                MapResponse.builder().derpMap(new DerpMap(news, null, false)).build(), NOW);
        assertEquals(new DerpMap(news, Map.of(), true), map().derpMap());
    }

    @Test
    void refusedMessageChangesNothing() {
        session.apply(first().toBuilder().peers(List.of(node(2))).build(), NOW);
        NetMap before = map();
        MapResponse bad = MapResponse.builder()
                .domain("changed")
                .peersChanged(List.of(node(3), node(-1)))
                .build();
        assertInstanceOf(Outcome.Refused.class, session.apply(bad, NOW));
        assertInstanceOf(
                Outcome.Refused.class,
                session.apply(MapResponse.builder().node(node(1L << 53)).build(), NOW));
        assertSame(before, map());
    }

    @Test
    void growsToABound() {
        session.apply(first(), NOW);
        List<UserProfile> users = new ArrayList<>();
        for (int i = 0; i <= MapSession.MAX_ENTRIES; i++) {
            users.add(new UserProfile(i, "", "", "", List.of()));
        }
        assertInstanceOf(
                Outcome.Refused.class,
                session.apply(MapResponse.builder().userProfiles(users).build(), NOW));
        assertTrue(map().users().isEmpty());
    }

    @Test
    void nameThatCouldDoHarmIsTakenAway() {
        Node evil = node(2).toBuilder()
                .name("x\u001b[2J.example.")
                .hostinfo(Hostinfo.builder().hostname("`reboot`").build())
                .build();
        session.apply(first().toBuilder().peers(List.of(evil, node(3))).build(), NOW);
        assertEquals("", peer(2).name());
        assertEquals("", Objects.requireNonNull(peer(2).hostinfo()).hostname());
        assertEquals("n3.example.", peer(3).name());
        session.apply(
                MapResponse.builder()
                        .peersChanged(
                                List.of(node(3).toBuilder().name("$(reboot)").build()))
                        .build(),
                NOW);
        assertEquals("", peer(3).name());
    }

    @Test
    void mapsAreImmutable() {
        session.apply(first().toBuilder().peers(List.of(node(2))).build(), NOW);
        assertThrows(UnsupportedOperationException.class, () -> map().peers().clear());
        assertThrows(
                UnsupportedOperationException.class, () -> map().filterChunks().clear());
        assertThrows(UnsupportedOperationException.class, () -> map().users().clear());
    }

    @Test
    void samePingTwiceInARowIsOne() {
        MapResponse ping = MapResponse.builder()
                .pingRequest(new PingRequest("https://c/1", true, false, "", "", ""))
                .build();
        assertNotNull(session.newPing(ping));
        assertNull(session.newPing(ping));
        assertNull(session.newPing(keepAlive()));
        MapResponse other = ping.toBuilder()
                .pingRequest(new PingRequest("https://c/2", true, false, "", "", ""))
                .build();
        assertNotNull(session.newPing(other));
        assertNotNull(session.newPing(ping));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "host.example.", "host.example", "0-9.A-Z", "xn--bcher-kva.example."})
    void acceptsNames(String name) {
        assertTrue(NodeName.isValid(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "a..b",
                ".a",
                "-a",
                "a-",
                "a.-b",
                "a_b",
                "a b",
                "ä.example",
                "a\n",
                "a/b",
                "$(x)",
                "a.b..",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            })
    void refusesNames(String name) {
        assertFalse(NodeName.isValid(name));
        assertFalse(NodeName.isLabel(name));
    }

    @Test
    void namesAreBounded() {
        String label = "a".repeat(63);
        assertTrue(NodeName.isValid(label + "." + label + "." + label + "." + "a".repeat(61) + "."));
        assertFalse(NodeName.isValid(label + "." + label + "." + label + "." + "a".repeat(62) + "."));
        assertFalse(NodeName.isLabel("a.b"));
    }

    private NetMap map() {
        return Objects.requireNonNull(session.map());
    }

    private Node peer(long id) {
        return Objects.requireNonNull(map().peers().get(id));
    }

    private static MapResponse keepAlive() {
        return MapResponse.builder().keepAlive(true).build();
    }

    private static MapResponse first() {
        return MapResponse.builder().node(node(1)).build();
    }

    private static Node node(long id) {
        return Node.builder().id(id).name("n" + id + ".example.").build();
    }
}
