package io.penstock.protocol.policy;

import static io.penstock.protocol.policy.Policies.admin;
import static io.penstock.protocol.policy.Policies.errors;
import static io.penstock.protocol.policy.Policies.good;
import static io.penstock.protocol.policy.Policies.tags;
import static io.penstock.protocol.policy.Policies.user;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.Seeded;
import io.penstock.protocol.hujson.Finding;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyParserTest {
    @ParameterizedTest
    @ValueSource(strings = {"full-mesh", "hub-and-spoke"})
    void examplesAreGoodAndPassTheirTests(String name) throws IOException {
        String file = example(name);
        PolicyResult.Good good = assertInstanceOf(PolicyResult.Good.class, Policy.parse(file));
        assertEquals(List.of(), good.warnings());
        assertEquals(List.of(), good.policy().runTests(List.of()));
    }

    @Test
    void hubAndSpokeSeparatesSpokes() throws IOException {
        PolicyIndex index = new PolicyIndex(good(example("hub-and-spoke")));
        index.put(Policies.node(1, tags("tag:hub"), "10.0.0.0/16"));
        index.put(Policies.node(2, tags("tag:spoke"), "10.128.0.0/24"));
        index.put(Policies.node(3, tags("tag:spoke"), "10.128.1.0/24"));
        index.put(Policies.node(4, user(7, "alice")));
        assertTrue(index.sees(1, 2) && index.sees(3, 1) && index.sees(1, 4));
        assertFalse(index.sees(2, 3) || index.sees(2, 4));
        assertTrue(index.mayUseRoute(2, Prefix.parse("10.0.0.0/16")));
        assertTrue(index.mayUseRoute(1, Prefix.parse("10.128.1.0/24")));
        assertFalse(index.mayUseRoute(2, Prefix.parse("10.128.1.0/24")));
        assertFalse(index.mayUseRoute(4, Prefix.parse("10.0.0.0/16")));
    }

    @Test
    void readsCommentsAndTrailingCommas() {
        good("// head\n{/* in */'acls': [{'action': 'accept', 'src': ['*',], 'dst': ['*:*',],},], // tail\n}");
    }

    @Test
    void fileThatSaysNothingAllowsAllAndEmptyListAllowsNothing() {
        assertTrue(sees("{}"));
        assertTrue(sees("{'groups': {}}"));
        assertFalse(sees("{'acls': []}"));
        assertFalse(sees("{'grants': []}"));
    }

    private static boolean sees(String file) {
        PolicyIndex index = new PolicyIndex(good(file));
        index.put(Policies.node(1, user(1, "a")));
        index.put(Policies.node(2, user(2, "b")));
        return index.sees(1, 2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``|1:1: the file is empty",
                "{'acls': [|1:11: Unexpected end-of-input: expected close marker for Array (opened at 1:10)",
                "[]|1:1: a policy is an object",
                "{'acl': []}|1:2: unknown section: acl",
                "{'acls': {}}|1:10: expected an array",
                "{'postures': {}}|1:2: the section postures is not supported, and leaving it out would change who may do what",
                "{'groups': {'admins': []}}|1:13: the name of a group begins with group:",
                "{'groups': {'group:a': ['group:b']}}|1:25: a group has users in it, alice@example.com or alice@, not group:b",
                "{'groups': {'group:a': [7]}}|1:25: expected a string",
                "{'hosts': {'a': '10.0.0.1/8'}}|1:17: 10.0.0.1/8 has bits behind its length; 10.0.0.0/8 has not",
                "{'hosts': {'a': 'b'}}|1:17: not a numeric IP address: b",
                "{'hosts': {'a:b': '10.0.0.1'}}|1:12: not a name for a host: a:b",
                "{'tagOwners': {'server': []}}|1:16: a tag is tag: and letters, digits and hyphens, with a letter first",
                "{'tagOwners': {'tag:a': ['tag:b']}}|1:26: tag:b is not among the tagOwners",
                "{'tagOwners': {'tag:a': ['10.0.0.1']}}|1:26: 10.0.0.1 owns nothing",
                "{'autoApprovers': {'routes': {'10.0.0.0/8': ['group:x']}}}|1:46: group:x is not among the groups",
                "{'autoApprovers': {'exit': []}}|1:20: unknown in autoApprovers: exit",
                "{'tests': [{'src': 'a@', 'accept': ['*:22-23']}]}|1:37: a test asks for one port: *:22-23",
                "{'tests': [{'src': 'a@'}]}|1:12: a test that expects nothing",
                "{'grants': [{'src': ['*'], 'dst': ['*']}]}|1:13: a grant has ip, app or both",
                "{'grants': [{'src': ['*'], 'dst': ['*'], 'ip': ['*'], 'via': ['tag:x']}]}|1:62: via is not supported, and leaving it out would allow more than is meant",
                "{'grants': [{'src': ['*'], 'dst': ['*'], 'app': {'x': []}}]}|1:50: the name of a capability has a domain in front: example.com/x",
            })
    void namesPlaceAndReason(String file, String finding) {
        assertEquals(List.of(finding), errors(file));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'action': 'deny', 'src': ['*'], 'dst': ['*:*']}|the action has to be \"accept\"",
                "{'src': ['*'], 'dst': ['*:*']}|the action has to be \"accept\"",
                "{'action': 'accept', 'dst': ['*:*']}|src is missing",
                "{'action': 'accept', 'src': ['*']}|dst is missing",
                "{'action': 'accept', 'src': ['*'], 'dst': ['*:*'], 'color': 1}|unknown here: color",
                "{'action': 'accept', 'src': ['*'], 'dst': ['*']}|ports are missing: *:*",
                "{'action': 'accept', 'src': ['*'], 'dst': ['tag:a']}|ports are missing: tag:a:*",
                "{'action': 'accept', 'src': ['*'], 'dst': ['tag:a:']}|no ports: ",
                "{'action': 'accept', 'src': ['*'], 'dst': ['*:65536']}|no ports: 65536",
                "{'action': 'accept', 'src': ['*'], 'dst': ['*:2-1']}|no ports: 2-1",
                "{'action': 'accept', 'src': ['*'], 'dst': ['*:22,']}|no ports: 22,",
                "{'action': 'accept', 'src': ['*'], 'dst': ['*:022']}|no ports: 022",
                "{'action': 'accept', 'src': ['nobody'], 'dst': ['*:*']}|nobody is no user, group, tag, address, and not among the hosts",
                "{'action': 'accept', 'src': ['tag:z'], 'dst': ['*:*']}|tag:z is not among the tagOwners",
                "{'action': 'accept', 'src': ['group:z'], 'dst': ['*:*']}|group:z is not among the groups",
                "{'action': 'accept', 'src': ['autogroup:z'], 'dst': ['*:*']}|autogroup:z is not supported",
                "{'action': 'accept', 'src': ['autogroup:self'], 'dst': ['*:*']}|autogroup:self can only be a destination",
                "{'action': 'accept', 'src': ['autogroup:internet'], 'dst': ['*:*']}|autogroup:internet can only be a destination",
                "{'action': 'accept', 'src': ['tag:a'], 'dst': ['autogroup:self:*']}|autogroup:self is for users, groups and autogroup:member",
                "{'action': 'accept', 'proto': 'icmp', 'src': ['*'], 'dst': ['*:1']}|this protocol has no ports: use *",
                "{'action': 'accept', 'proto': 'xyz', 'src': ['*'], 'dst': ['*:*']}|no protocol: xyz",
                "{'action': 'accept', 'proto': '256', 'src': ['*'], 'dst': ['*:*']}|no protocol: 256",
                "{'action': 'accept', 'proto': 6, 'src': ['*'], 'dst': ['*:*']}|expected a string",
            })
    void refusesBadEntries(String entry, String reason) {
        List<String> errors =
                errors("{'tagOwners': {'tag:a': []}, 'groups': {'group:g': ['x@']}, 'acls': [" + entry + "]}");
        assertEquals(1, errors.size(), errors.toString());
        assertEquals(
                reason.strip(),
                errors.getFirst().replaceFirst("^\\d+:\\d+: ", "").strip());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'acls': [}",
                "{'acls': []",
                "{'acls': [] 'groups': {}}",
                "{'acls': [], 'acls': []}",
                "{} {}",
                "{'a': 01}",
                "{'a': /* }"
            })
    void namesThePlaceOfASyntaxError(String file) {
        List<String> errors = errors(file);
        assertEquals(1, errors.size());
        assertTrue(errors.getFirst().matches("1:\\d+: .+"), errors.getFirst());
    }

    @Test
    void namesTheLine() {
        assertEquals(
                List.of("4:17: group:z is not among the groups", "5:17: tag:z is not among the tagOwners"),
                errors(
                                "{\n  'acls': [{\n    'action': 'accept',\n    'src':     ['group:z',\n                'tag:z'],\n    'dst': ['*:*']}]}")
                        .stream()
                        .map(error -> error.replace("4:17", "4:17"))
                        .toList());
    }

    @Test
    void tellsWhatIsNotInForce() {
        PolicyResult.Good good =
                assertInstanceOf(PolicyResult.Good.class, Policy.parse("{\n\"ssh\": [],\n\"nodeAttrs\": []}"));
        assertEquals(
                List.of("2:1: the section ssh is not in force here", "3:1: the section nodeAttrs is not in force here"),
                good.warnings().stream().map(Finding::toString).toList());
    }

    @Test
    void refusesTooLongAndTooDeep() {
        assertEquals(1, errors(" ".repeat(Policy.MAX_LENGTH) + "{}").size());
        assertEquals(
                1, errors("{'acls': " + "[".repeat(100) + "]".repeat(100) + "}").size());
    }

    @Test
    void ownersOfTagsMayTag() {
        Policy policy = good(
                "{'groups': {'group:g': ['bob@example.com']},"
                        + "'tagOwners': {'tag:a': ['alice@', 'group:g'], 'tag:b': ['tag:a', 'autogroup:admin'], 'tag:c': ['autogroup:member']}}");
        assertTrue(policy.mayTag(user(1, "alice"), "tag:a"));
        assertTrue(policy.mayTag(user(2, "bob@example.com"), "tag:a"));
        assertTrue(policy.mayTag(user(3, "carol", "group:g"), "tag:a"), "of the group by somebody else's word");
        assertTrue(policy.mayTag(admin(4, "dave"), "tag:b"));
        assertTrue(policy.mayTag(tags("tag:a"), "tag:b"));
        assertTrue(policy.mayTag(user(5, "eve"), "tag:c"));
        assertFalse(policy.mayTag(user(5, "eve"), "tag:a"));
        assertFalse(policy.mayTag(user(5, "alice@example.com"), "tag:a"));
        assertFalse(policy.mayTag(tags("tag:b"), "tag:a"));
        assertFalse(policy.mayTag(admin(4, "dave"), "tag:unknown"));
        assertEquals(3, policy.tags().size());
    }

    @Test
    void approvesPartsOfApprovedRoutes() {
        Policy policy = good("{'tagOwners': {'tag:r': []}, 'autoApprovers': {"
                + "'routes': {'10.0.0.0/8': ['tag:r'], 'fd00::/8': ['alice@']}, 'exitNode': ['alice@']}}");
        assertTrue(policy.approvesRoute(tags("tag:r"), Prefix.parse("10.0.0.0/8")));
        assertTrue(policy.approvesRoute(tags("tag:r"), Prefix.parse("10.1.0.0/16")));
        assertFalse(policy.approvesRoute(tags("tag:r"), Prefix.parse("0.0.0.0/0")));
        assertFalse(policy.approvesRoute(tags("tag:r"), Prefix.parse("10.0.0.0/7")));
        assertFalse(policy.approvesRoute(tags("tag:r"), Prefix.parse("fd00::/16")));
        assertTrue(policy.approvesRoute(user(1, "alice"), Prefix.parse("fd00::/16")));
        assertTrue(policy.approvesRoute(user(1, "alice"), Prefix.parse("::/0")));
        assertFalse(policy.approvesRoute(user(1, "bob"), Prefix.parse("::/0")));
    }

    @Test
    void ownTestsFailWithTheirPlace() {
        Policy policy = good("""
                {'tagOwners': {'tag:s': []}, 'groups': {'group:g': ['alice@']},
                'acls': [{'action': 'accept', 'proto': 'tcp', 'src': ['group:g'], 'dst': ['tag:s:22,443']}],
                'tests': [{'src': 'alice@', 'accept': ['tag:s:22'], 'deny': ['tag:s:443']},
                {'src': 'bob@', 'accept': ['tag:s:22'], 'deny': ['tag:s:23']},
                {'src': 'group:g', 'proto': 'udp', 'deny': ['tag:s:22'], 'accept': ['tag:s:443']}]}
                """);
        assertEquals(
                List.of(
                        "3:62: is allowed: tag:s:443",
                        "4:28: is not allowed: tag:s:22",
                        "5:69: is not allowed: tag:s:443"),
                policy.runTests(List.of()).stream().map(Finding::toString).toList());
    }

    @Test
    void portsDoNotCountWhereThereAreNone() {
        Policy policy = good("""
                {'tagOwners': {'tag:s': []}, 'acls': [
                {'action': 'accept', 'src': ['alice@'], 'dst': ['tag:s:22']},
                {'action': 'accept', 'proto': 'gre', 'src': ['bob@'], 'dst': ['tag:s:*']}],
                'tests': [{'src': 'alice@', 'proto': 'icmp', 'accept': ['tag:s:1']},
                {'src': 'alice@', 'proto': 'gre', 'deny': ['tag:s:22']},
                {'src': 'bob@', 'proto': 'gre', 'accept': ['tag:s:1']},
                {'src': 'bob@', 'proto': 'icmp', 'deny': ['tag:s:1']}]}
                """);
        assertEquals(List.of(), policy.runTests(List.of()));
    }

    @Test
    void ownTestsLookAtTheNodesThereAre() {
        Policy policy = good("{'tagOwners': {'tag:s': []},"
                + "'acls': [{'action': 'accept', 'src': ['alice@'], 'dst': ['100.64.0.2:22']}],"
                + "'tests': [{'src': 'alice@', 'accept': ['tag:s:22']}]}");
        assertEquals(1, policy.runTests(List.of()).size());
        assertEquals(List.of(), policy.runTests(List.of(Policies.node(2, tags("tag:s")))));
        assertEquals(
                1,
                policy.runTests(List.of(Policies.node(2, tags("tag:s")), Policies.node(3, tags("tag:s"))))
                        .size());
    }

    @Test
    void damagedFilesAreReadOrRefusedAndNothingElse() throws IOException {
        Seeded seeded = Seeded.create();
        String example = example("hub-and-spoke");
        int refused = 0;
        for (int round = 0; round < 3000; round++) {
            StringBuilder damaged = new StringBuilder(example);
            for (int i = 1 + seeded.below(3); i > 0; i--) {
                int at = seeded.below(damaged.length());
                switch (seeded.below(3)) {
                    case 0 -> damaged.setCharAt(at, "{}[]\",:*/@ 0x\n\u0000\ud800".charAt(seeded.below(16)));
                    case 1 -> damaged.deleteCharAt(at);
                    default -> damaged.insert(at, "\"tag:x\",");
                }
            }
            try {
                switch (Policy.parse(damaged.toString())) {
                    case PolicyResult.Good good -> good.policy().runTests(List.of());
                    case PolicyResult.Bad bad -> {
                        refused++;
                        assertFalse(bad.errors().isEmpty());
                    }
                }
            } catch (RuntimeException e) {
                throw new AssertionError(seeded + "\n" + damaged, e);
            }
        }
        assertTrue(refused > 1000, "damage is noticed: " + refused);
    }

    private static String example(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Policy.class.getResourceAsStream(name + ".hujson"))) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }
}
