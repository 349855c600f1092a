package io.penstock.server.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.TestClock;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Identity;
import io.penstock.server.model.JoinPolicy;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.PolicyVersion;
import io.penstock.server.model.Role;
import io.penstock.server.model.Tags;
import io.penstock.server.model.User;
import io.penstock.server.store.Store;
import io.penstock.wireguard.route.Prefix;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HujsonPoliciesTest {
    private static final String POLICY = """
            {
              // comments and trailing commas are welcome
              "tagOwners": {"tag:web": ["alice@"]},
              "autoApprovers": {"routes": {"10.0.0.0/8": ["alice@"]}},
              "acls": [{"action": "accept", "src": ["alice@"], "dst": ["alice@:22"]}],
              "tests": [%s],
            }
            """;

    @TempDir
    private Path parent;

    private final HujsonPolicies policies = new HujsonPolicies();
    private final User alice = user(1, "alice");
    private final User bob = user(2, "bob");

    private static User user(long id, String name) {
        return new User(
                id,
                1,
                new Identity("https://idp.example", name),
                name,
                name,
                Role.MEMBER,
                false,
                Set.of(),
                null,
                Instant.EPOCH);
    }

    private JoinPolicy read(String text) {
        return policies.read(Optional.of(new PolicyVersion(1, 1, text, "test", Instant.EPOCH)));
    }

    @Test
    void approvesWhatThePolicyApproves() {
        JoinPolicy policy = read(POLICY.formatted(""));
        Prefix inside = Prefix.parse("10.1.0.0/16");
        assertTrue(policy.approvesRoute(new Owner.OfUser(1), alice, inside));
        assertFalse(policy.approvesRoute(new Owner.OfUser(2), bob, inside));
        assertFalse(policy.approvesRoute(new Owner.OfUser(1), alice, Prefix.parse("192.168.0.0/16")));
    }

    @Test
    void letsItsOwnersUseATag() {
        JoinPolicy policy = read(POLICY.formatted(""));
        assertTrue(policy.mayTag(alice, Tags.of(List.of("tag:web"))));
        assertFalse(policy.mayTag(bob, Tags.of(List.of("tag:web"))));
        assertFalse(policy.mayTag(alice, Tags.of(List.of("tag:web", "tag:db"))), "all of them");
    }

    @Test
    void withoutAPolicyOrWithOneThatIsNotReadNothingIsGivenAway() {
        assertFalse(policies.read(Optional.empty()).mayTag(alice, Tags.of(List.of("tag:web"))));
        assertFalse(read("{").mayTag(alice, Tags.of(List.of("tag:web"))));
    }

    @Test
    void saysWhereAPolicyIsWrong() {
        assertEquals(Optional.empty(), policies.faultOf(POLICY.formatted(""), List.of(), List.of()));
        String fault =
                policies.faultOf("{\n  \"acls\": 5\n}", List.of(), List.of()).orElseThrow();
        assertTrue(fault.matches("(?s).*2.*"), fault);
    }

    @Test
    void runsTheTestsOfAPolicyOverTheNodesThatThereAre() {
        try (Store store = Samples.store(parent, new TestClock())) {
            Domain domain = store.write(tx -> Samples.domain(tx, "home"));
            User owner = store.write(tx -> tx.users()
                    .add(
                            domain.id(),
                            new Identity("https://idp.example", "alice"),
                            "alice",
                            "Alice",
                            Role.MEMBER,
                            false));
            store.write(tx -> tx.nodes().add(domain, Samples.joining(new Owner.OfUser(owner.id()), 1, "web")));
            List<Node> nodes = store.read(tx -> tx.nodes().list(domain.id()));
            String test = "{\"src\": \"alice@\", \"accept\": [\"100.64.0.1:%s\"]}";

            assertEquals(
                    Optional.empty(), policies.faultOf(POLICY.formatted(test.formatted("22")), List.of(owner), nodes));
            assertTrue(policies.faultOf(POLICY.formatted(test.formatted("80")), List.of(owner), nodes)
                    .isPresent());
        }
    }
}
