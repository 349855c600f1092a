package io.penstock.server.policy;

import io.penstock.protocol.hujson.Finding;
import io.penstock.protocol.policy.Policy;
import io.penstock.protocol.policy.PolicyNode;
import io.penstock.protocol.policy.PolicyOwner;
import io.penstock.protocol.policy.PolicyResult;
import io.penstock.server.admin.PolicyCheck;
import io.penstock.server.model.JoinPolicy;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.PolicyVersion;
import io.penstock.server.model.Tags;
import io.penstock.server.model.User;
import io.penstock.server.registry.PolicySource;
import io.penstock.wireguard.route.Prefix;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Policies in HuJSON. Keeps the compiled form of those in use, a bounded number. Thread-safe. */
public final class HujsonPolicies implements PolicyCheck, PolicySource {
    private static final int MAX_KEPT = 100;
    private static final int MAX_FINDINGS = 20;

    private record Key(long domainId, long version) {}

    /** Those used last; guarded by itself. */
    private final Map<Key, JoinPolicy> kept = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, JoinPolicy> eldest) {
            return size() > MAX_KEPT;
        }
    };

    @Override
    public Optional<String> faultOf(String text, List<User> users, List<Node> nodes) {
        List<Finding> findings =
                switch (Policy.parse(text)) {
                    case PolicyResult.Bad bad -> bad.errors();
                    case PolicyResult.Good good -> good.policy().runTests(policyNodes(users, nodes));
                };
        return findings.isEmpty()
                ? Optional.empty()
                : Optional.of(findings.stream()
                        .limit(MAX_FINDINGS)
                        .map(Finding::toString)
                        .collect(Collectors.joining("\n")));
    }

    private static List<PolicyNode> policyNodes(List<User> users, List<Node> nodes) {
        Map<Long, User> byId = users.stream().collect(Collectors.toMap(User::id, Function.identity()));
        return nodes.stream()
                .map(node ->
                        PolicyNodes.of(node, node.owner() instanceof Owner.OfUser of ? byId.get(of.userId()) : null))
                .toList();
    }

    @Override
    public JoinPolicy read(Optional<PolicyVersion> inForce) {
        if (inForce.isEmpty()) {
            return JoinPolicy.CLOSED;
        }
        PolicyVersion version = inForce.get();
        synchronized (kept) {
            return kept.computeIfAbsent(new Key(version.domainId(), version.version()), key -> compile(version.text()));
        }
    }

    private static JoinPolicy compile(String text) {
        return switch (Policy.parse(text)) {
            // It was good when it came into force; if this program reads it otherwise, nothing is given away.
            case PolicyResult.Bad bad -> JoinPolicy.CLOSED;
            case PolicyResult.Good good -> new Compiled(good.policy());
        };
    }

    private record Compiled(Policy policy) implements JoinPolicy {
        @Override
        public boolean approvesRoute(Owner owner, @Nullable User user, Prefix prefix) {
            return policy.approvesRoute(PolicyNodes.owner(owner, user), prefix);
        }

        @Override
        public boolean mayTag(User user, Tags tags) {
            PolicyOwner owner = new PolicyOwner.OfUser(PolicyNodes.user(user));
            return tags.names().stream().allMatch(tag -> policy.mayTag(owner, tag));
        }
    }
}
