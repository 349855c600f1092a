package io.penstock.protocol.policy;

import static io.penstock.protocol.policy.Policies.good;
import static io.penstock.protocol.policy.Policies.node;
import static io.penstock.protocol.policy.Policies.tags;
import static io.penstock.protocol.policy.Policies.user;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.Seeded;
import io.penstock.protocol.json.RawJson;
import io.penstock.protocol.message.CapGrant;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.PortRange;
import io.penstock.protocol.message.PortsOfAddress;
import io.penstock.wireguard.route.Prefix;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

class PolicyIndexTest {
    private static final List<String> ROUTES =
            List.of("10.1.0.0/16", "10.2.3.0/24", "0.0.0.0/0", "::/0", "192.168.0.0/16");
    private static final List<String> BEHIND = List.of("10.1.2.3", "10.2.3.4", "192.168.1.1", "8.8.8.8");

    @Test
    void agreesWithANaiveTwinWhileNodesComeAndGo() {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 150; round++) {
            NaivePolicy twin = new NaivePolicy(seeded);
            PolicyIndex index = new PolicyIndex(good(twin.file()));
            Map<Long, PolicyNode> nodes = new TreeMap<>();
            for (int step = 0; step < 15; step++) {
                long id = 1L + seeded.below(9);
                if (seeded.oneIn(4)) {
                    nodes.remove(id);
                    index.remove(id);
                } else {
                    PolicyNode node = randomNode(id, seeded);
                    nodes.put(id, node);
                    index.put(node);
                }
                nodes.keySet().stream() // what is remembered of filters has to follow
                        .filter(known -> seeded.oneIn(4))
                        .forEach(index::packetFilter);
            }
            String context = seeded + " " + twin.file() + " " + nodes;
            assertEquals(nodes.size(), index.size());
            for (PolicyNode one : nodes.values()) {
                assertSeesTheSame(twin, index, nodes, one, context);
                assertLetsInTheSame(twin, index, nodes, one, seeded, context);
                for (String route : ROUTES) {
                    assertEquals(
                            twin.mayUseRoute(one, Prefix.parse(route)),
                            index.mayUseRoute(one.id(), Prefix.parse(route)),
                            () -> "route " + route + " for " + one + " " + context);
                }
            }
        }
    }

    private static void assertSeesTheSame(
            NaivePolicy twin, PolicyIndex index, Map<Long, PolicyNode> nodes, PolicyNode one, String context) {
        Set<Long> expected = new HashSet<>();
        for (PolicyNode other : nodes.values()) {
            if (other.id() != one.id() && (twin.reaches(one, other) || twin.reaches(other, one))) {
                expected.add(other.id());
            }
            assertEquals(
                    expected.contains(other.id()),
                    index.sees(one.id(), other.id()),
                    () -> one.id() + " sees " + other.id() + " " + context);
        }
        assertEquals(expected, eachOnce(visit -> index.forEachVisible(one.id(), visit)), context);
    }

    private static void assertLetsInTheSame(
            NaivePolicy twin,
            PolicyIndex index,
            Map<Long, PolicyNode> nodes,
            PolicyNode to,
            Seeded seeded,
            String context) {
        List<FilterRule> filter = index.packetFilter(to.id());
        for (PolicyNode from : nodes.values()) {
            for (int i = 0; i < 12; i++) {
                String source = address(seeded.pick(from.addresses()));
                String destination = seeded.oneIn(3) ? seeded.pick(BEHIND) : address(seeded.pick(to.addresses()));
                boolean isThere = to.addresses().stream()
                                .anyMatch(own -> address(own).equals(destination))
                        || to.routes().stream()
                                .filter(route ->
                                        route.length() > 0 || destination.equals("8.8.8.8")) // exits are for that
                                .anyMatch(route -> IpSet.of(List.of(route)).contains(Words.prefix(destination)));
                int protocol = seeded.pick(List.of(6, 17, 1, 58, 47));
                int port = 19 + seeded.below(9);
                if (isThere) {
                    assertEquals(
                            twin.allows(from, source, to, destination, protocol, port),
                            NaivePolicy.filterAllows(filter, source, destination, protocol, port),
                            () -> source + " to " + destination + " at " + to.id() + " " + protocol + "/" + port + " "
                                    + filter + " " + context);
                }
            }
        }
    }

    @Test
    void tellsWhoseFiltersNameANode() {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 150; round++) {
            NaivePolicy twin = new NaivePolicy(seeded);
            PolicyIndex index = new PolicyIndex(good(twin.file()));
            for (long id = 1; id < 8; id++) {
                index.put(randomNode(id, seeded));
            }
            long gone = 1L + seeded.below(7);
            Set<Long> named = eachOnce(visit -> index.forEachFilterNaming(gone, visit));
            Map<Long, List<FilterRule>> before = new HashMap<>();
            for (long id = 1; id < 8; id++) {
                before.put(id, index.packetFilter(id));
            }
            index.remove(gone);
            for (long id = 1; id < 8; id++) {
                if (id != gone && !named.contains(id)) {
                    assertEquals(before.get(id), index.packetFilter(id), seeded::toString);
                }
            }
        }
    }

    private static PolicyNode randomNode(long id, Seeded seeded) {
        String[] routes = ROUTES.stream().filter(route -> seeded.oneIn(6)).toArray(String[]::new);
        int who = 1 + seeded.below(4);
        PolicyOwner owner = seeded.oneIn(3)
                ? tags(seeded.oneIn(2) ? "tag:a" : "tag:b", seeded.oneIn(2) ? "tag:c" : "tag:unknown")
                : new PolicyOwner.OfUser(
                        new PolicyUser(who, "u" + who, who == 4 ? Set.of("group:empty") : Set.of(), who == 2));
        return node(id, owner, routes);
    }

    private static String address(Prefix prefix) {
        return prefix.toString().replaceFirst("/.*", "");
    }

    private static Set<Long> eachOnce(java.util.function.Consumer<LongConsumer> loop) {
        Set<Long> seen = new HashSet<>();
        loop.accept(id -> assertTrue(seen.add(id), "once: " + id));
        return seen;
    }

    @Test
    void allowAllIsOneRule() {
        PolicyIndex index = new PolicyIndex(good("{}"));
        index.put(node(1, user(1, "a")));
        assertEquals(List.of(FilterRule.allowAll()), index.packetFilter(1));
    }

    @Test
    void destinationByOwnerMeansItsAddressesAndNotWhatIsBehind() {
        PolicyIndex index = new PolicyIndex(good("{'tagOwners': {'tag:r': []}, 'acls': "
                + "[{'action': 'accept', 'proto': 'tcp', 'src': ['a@'], 'dst': ['tag:r:22', '10.0.0.0/8:443']}]}"));
        index.put(node(1, user(1, "a")));
        index.put(node(2, tags("tag:r"), "10.1.0.0/16"));
        List<String> source = List.of("100.64.0.1", "fd7a:115c:a1e0::1");
        PortRange ssh = new PortRange(22, 22);
        assertEquals(
                List.of(new FilterRule(
                        source,
                        List.of(
                                new PortsOfAddress("100.64.0.2", ssh),
                                new PortsOfAddress("fd7a:115c:a1e0::2", ssh),
                                new PortsOfAddress("10.0.0.0/8", new PortRange(443, 443))),
                        List.of(6),
                        List.of())),
                index.packetFilter(2));
        assertEquals(List.of(), index.packetFilter(1));
    }

    @Test
    void sourcesInARowAreOneRange() {
        PolicyIndex index = new PolicyIndex(
                good(
                        "{'tagOwners': {'tag:c': [], 'tag:s': []}, 'acls': [{'action': 'accept', 'src': ['tag:c'], 'dst': ['tag:s:*']}]}"));
        for (long id = 1; id <= 1000; id++) {
            index.put(node(id, tags("tag:c")));
        }
        index.put(node(2000, tags("tag:s")));
        assertEquals(
                List.of("100.64.0.1-100.64.3.232", "fd7a:115c:a1e0::1-fd7a:115c:a1e0::3e8"),
                index.packetFilter(2000).getFirst().srcIps());
        index.remove(500);
        assertEquals(4, index.packetFilter(2000).getFirst().srcIps().size());
    }

    @Test
    void capabilitiesGoToTheDestination() {
        PolicyIndex index = new PolicyIndex(
                good(
                        "{'tagOwners': {'tag:s': []}, 'grants': "
                                + "[{'src': ['a@'], 'dst': ['tag:s'], 'app': {'example.com/cap': [{'x': [1, true]}, /* y */ null,]}}]}"));
        index.put(node(1, user(1, "a")));
        index.put(node(2, tags("tag:s")));
        FilterRule rule = index.packetFilter(2).getFirst();
        assertEquals(
                List.of(new CapGrant(
                        Policies.addresses(2),
                        List.of(),
                        Map.of("example.com/cap", List.of(new RawJson("{\"x\":[1,true]}"), new RawJson("null"))))),
                rule.capGrant());
        assertEquals(List.of(), rule.dstPorts());
        assertTrue(index.sees(1, 2));
    }

    @Test
    void costGrowsWithClassesAndNotWithPairs() {
        PolicyIndex index = new PolicyIndex(good("{'tagOwners': {'tag:a': [], 'tag:b': [], 'tag:c': []}, 'acls': ["
                + "{'action': 'accept', 'src': ['tag:a'], 'dst': ['tag:b:*']},"
                + "{'action': 'accept', 'src': ['autogroup:member'], 'dst': ['tag:a:443']}]}"));
        for (long id = 1; id <= 60_000; id++) { // by pairs this would take hours
            index.put(node(id, id % 3 == 0 ? tags("tag:a") : id % 3 == 1 ? tags("tag:b") : user(id, "user" + id)));
        }
        assertEquals(3, index.classCount());
        long[] count = new long[1];
        index.forEachVisible(1, id -> count[0]++);
        assertEquals(20_000, count[0]);
        assertFalse(index.sees(1, 2));
        assertTrue(index.sees(3, 2));
    }

    @Test
    void emptyClassIsForgotten() {
        PolicyIndex index = new PolicyIndex(
                good("{'hosts': {'h': '100.64.0.1'}, 'acls': [{'action': 'accept', 'src': ['h'], 'dst': ['*:*']}]}"));
        for (int round = 0; round < 100; round++) {
            index.put(node(1, user(1, "a")));
            index.put(node(2, user(1, "a")));
            assertEquals(2, index.classCount());
            index.remove(1);
            index.remove(1);
            assertEquals(1, index.classCount());
            assertTrue(index.classOf(2) < 2, "numbers are used again");
        }
        assertThrows(IllegalArgumentException.class, () -> index.packetFilter(1));
    }
}
