package io.penstock.protocol.policy;

import static io.penstock.protocol.policy.Policies.good;
import static io.penstock.protocol.policy.Policies.node;
import static io.penstock.protocol.policy.Policies.tags;
import static io.penstock.protocol.policy.Policies.user;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.Seeded;
import io.penstock.protocol.hujson.Finding;
import io.penstock.protocol.hujson.Location;
import io.penstock.protocol.policy.PolicyTest.Expectation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PolicyTestRunTest {
    private static final List<String> WORDS = List.of(
            "*", "u1@", "u2@", "group:g", "tag:a", "autogroup:member", "autogroup:tagged", "autogroup:admin", "one");
    private static final String SELF_ONLY =
            "{'acls': [{'action': 'accept', 'src': ['autogroup:member'], 'dst': ['autogroup:self:22']}], 'tests': [%s]}";

    @Test
    void agreesWithANaiveTwinThatAsksEachPairOfNodes() {
        Seeded seeded = Seeded.create();
        int compared = 0;
        int failed = 0;
        for (int round = 0; round < 400; round++) {
            String file = new NaivePolicy(seeded).file();
            Policy policy = good(file.substring(0, file.length() - 1) + ", 'tests': " + tests(seeded) + "}");
            List<PolicyNode> nodes = LongStream.rangeClosed(1, 1 + seeded.below(8))
                    .mapToObj(id -> node(id, owner(seeded)))
                    .toList();
            Map<Location, Boolean> failures = new HashMap<>();
            policy.runTests(nodes).forEach(finding -> failures.put(finding.location(), true));
            for (PolicyTest test : policy.tests()) {
                for (boolean accept : List.of(true, false)) {
                    for (Expectation expectation : accept ? test.accept() : test.deny()) {
                        Optional<Boolean> expected = fails(policy, nodes, test, expectation, accept);
                        if (expected.isPresent()) {
                            compared++;
                            failed += expected.get() ? 1 : 0;
                            assertEquals(
                                    expected.get(),
                                    failures.containsKey(expectation.location()),
                                    () -> seeded + " " + expectation + " of " + test + " in " + file + " for " + nodes);
                        }
                    }
                }
            }
        }
        assertTrue(compared > 1000 && failed > 200 && failed < compared - 200, compared + " with " + failed);
    }

    private static String tests(Seeded seeded) {
        List<String> tests = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            List<String> destinations = new ArrayList<>();
            for (int j = 0; j < 2; j++) {
                String word = seeded.oneIn(4) ? "autogroup:self" : seeded.pick(WORDS);
                destinations.add("['" + word + ":" + (19 + seeded.below(8)) + "']");
            }
            tests.add("{'src': '" + seeded.pick(WORDS) + "', 'accept': " + destinations.getFirst() + ", 'deny': "
                    + destinations.getLast() + "}");
        }
        return tests.toString();
    }

    private static PolicyOwner owner(Seeded seeded) {
        int who = 1 + seeded.below(3);
        return seeded.oneIn(4)
                ? tags(seeded.oneIn(2) ? "tag:a" : "tag:b")
                : seeded.oneIn(4) ? Policies.admin(who, "u" + who) : user(who, "u" + who);
    }

    /** Empty if there is no node on one of the sides. */
    private static Optional<Boolean> fails(
            Policy policy, List<PolicyNode> nodes, PolicyTest test, Expectation expectation, boolean accept) {
        List<PolicyNode> sources = meant(policy, nodes, test.source());
        List<Boolean> allowed = new ArrayList<>();
        for (PolicyNode from : sources) {
            List<PolicyNode> destinations = expectation.selector() == Selector.SELF
                    ? sources.stream()
                            .filter(to -> to.id() == from.id() || isSameUser(from, to))
                            .toList()
                    : meant(policy, nodes, expectation.selector());
            destinations.forEach(to -> allowed.add(allows(policy, test, from, to, expectation.port())));
        }
        return allowed.isEmpty() ? Optional.empty() : Optional.of(allowed.contains(!accept));
    }

    private static List<PolicyNode> meant(Policy policy, List<PolicyNode> nodes, int selector) {
        return nodes.stream()
                .filter(node -> policy.sourceWords(node).get(selector))
                .toList();
    }

    private static boolean allows(Policy policy, PolicyTest test, PolicyNode from, PolicyNode to, int port) {
        return policy.rules().stream()
                .filter(rule -> rule.sources().intersects(policy.sourceWords(from)))
                .flatMap(rule -> rule.targets().stream())
                .filter(target -> target.selector() == Selector.SELF
                        ? isSameUser(from, to)
                        : policy.sourceWords(to).get(target.selector()))
                .anyMatch(target -> Services.allow(target.protocols(), target.ports(), test.protocol(), port));
    }

    private static boolean isSameUser(PolicyNode from, PolicyNode to) {
        return from.owner() instanceof PolicyOwner.OfUser(PolicyUser one)
                && to.owner() instanceof PolicyOwner.OfUser(PolicyUser other)
                && one.id() == other.id();
    }

    @Test
    void workGrowsWithKindsOfNodesAndNotWithTheirPairs() {
        String expectations = String.join(", ", Collections.nCopies(20, "'autogroup:member:22'"));
        Policy policy = good("{'acls': [{'action': 'accept', 'src': ['*'], 'dst': ['*:22']}], "
                + "'tests': [{'src': '*', 'accept': [" + expectations + "]}]}");
        PolicyTestRun run = new PolicyTestRun(policy);

        assertEquals(List.of(), run.failures(users(1000)));

        assertTrue(run.steps() < 2000, "pairs are 20 million: " + run.steps());
    }

    @Test
    void testsThatWouldTakeTooLongEndWithAFindingInTheirPlace() {
        Policy policy =
                good(SELF_ONLY.formatted("\n{'src': '*',\n 'accept': ['autogroup:self:22'], 'deny': ['*:23']}"));

        List<Finding> findings = new PolicyTestRun(policy, 104).failures(users(100));

        assertEquals(1, findings.size());
        assertTrue(findings.getFirst().message().startsWith("the tests take more than 104 steps"), findings::toString);
        assertEquals(3, findings.getFirst().location().line());
        assertEquals(List.of(), new PolicyTestRun(policy, 1000).failures(users(100)));
    }

    @Test
    void boundHoldsForNodesThatAreAllOfAnotherKindToo() {
        String addresses = String.join(
                ", ",
                IntStream.rangeClosed(1, 1000)
                        .mapToObj(id -> "'100.64." + id / 256 + "." + id % 256 + ":22'")
                        .toList());
        String tests = String.join(", ", Collections.nCopies(1000, "{'src': '*', 'deny': ['*:23']}"));
        Policy policy = good(
                "{'acls': [{'action': 'accept', 'src': ['*'], 'dst': [" + addresses + "]}], 'tests': [" + tests + "]}");
        PolicyTestRun run = new PolicyTestRun(policy, 2_000_000);

        List<Finding> findings = run.failures(users(1000));

        assertTrue(findings.getLast().message().contains("they were not run"), findings::toString);
        assertTrue(run.steps() < 2_100_000, "ends soon after: " + run.steps());
    }

    @Test
    void nodesOfOneUserAreToldApartFromThoseOfTwo() {
        List<PolicyNode> ofTwo = List.of(node(1, user(1, "a")), node(2, user(1, "a")), node(3, user(2, "b")));
        assertEquals(
                1,
                places("{'src': 'autogroup:member', 'accept': ['autogroup:member:22']}", ofTwo)
                        .size());
        assertEquals(List.of(), places("{'src': 'a@', 'accept': ['a@:22'], 'deny': ['b@:22']}", ofTwo));
        assertEquals(
                List.of(),
                places("{'src': 'autogroup:member', 'accept': ['autogroup:self:22'], 'deny': ['tag:x:22']}", ofTwo));
    }

    private static List<String> places(String test, List<PolicyNode> nodes) {
        String file = SELF_ONLY.formatted(test).replaceFirst("\\{", "{'tagOwners': {'tag:x': []}, ");
        return good(file).runTests(nodes).stream()
                .map(finding -> finding.location().toString())
                .toList();
    }

    private static List<PolicyNode> users(int count) {
        return LongStream.rangeClosed(1, count)
                .mapToObj(id -> node(id, user(id, "user" + id)))
                .toList();
    }
}
