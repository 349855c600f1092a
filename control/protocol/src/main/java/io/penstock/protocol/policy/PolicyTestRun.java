package io.penstock.protocol.policy;

import io.penstock.protocol.policy.PolicyTest.Expectation;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Runs the tests of a policy file against its rules. */
final class PolicyTestRun {
    /**
     * Somebody who stands for a source or a destination: the selectors that mean them.
     *
     * @param userId whose they are, null if nobody's
     */
    private record Probe(BitSet words, @Nullable Long userId) {}

    private final Policy policy;
    private final Collection<PolicyNode> nodes;

    PolicyTestRun(Policy policy, Collection<PolicyNode> nodes) {
        this.policy = policy;
        this.nodes = nodes;
    }

    List<Finding> failures() {
        List<Finding> failures = new ArrayList<>();
        for (PolicyTest test : policy.tests()) {
            List<Probe> sources = sources(test.source());
            for (Expectation expectation : test.accept()) {
                List<Probe> destinations = destinations(expectation.selector(), sources);
                if (!sources.stream()
                        .allMatch(from -> destinations.stream().allMatch(to -> allows(test, from, to, expectation)))) {
                    failures.add(new Finding(expectation.location(), "is not allowed: " + expectation.text()));
                }
            }
            for (Expectation expectation : test.deny()) {
                List<Probe> destinations = destinations(expectation.selector(), sources);
                if (sources.stream()
                        .anyMatch(from -> destinations.stream().anyMatch(to -> allows(test, from, to, expectation)))) {
                    failures.add(new Finding(expectation.location(), "is allowed: " + expectation.text()));
                }
            }
        }
        return failures;
    }

    private boolean allows(PolicyTest test, Probe from, Probe to, Expectation expectation) {
        for (Rule rule : policy.rules()) {
            if (!Selector.anyOf(rule.sources(), from.words())) {
                continue;
            }
            for (Rule.Target target : rule.targets()) {
                boolean means = target.selector() == Selector.SELF
                        ? from.userId() != null && from.userId().equals(to.userId())
                        : to.words().get(target.selector());
                if (means && Services.allow(target.protocols(), target.ports(), test.protocol(), expectation.port())) {
                    return true;
                }
            }
        }
        return false;
    }

    private List<Probe> sources(int selector) {
        List<Probe> probes = new ArrayList<>();
        for (PolicyNode node : nodes) {
            BitSet words = policy.sourceWords(node);
            if (words.get(selector)) {
                probes.add(new Probe(words, userId(node)));
            }
        }
        return probes.isEmpty() ? List.of(imagined(selector)) : probes;
    }

    private List<Probe> destinations(int selector, List<Probe> sources) {
        if (selector == Selector.SELF) {
            return sources;
        }
        List<Probe> probes = new ArrayList<>();
        for (PolicyNode node : nodes) {
            BitSet words = policy.sourceWords(node); // what is behind a node is not the node
            if (words.get(selector)) {
                probes.add(new Probe(words, userId(node)));
            }
        }
        return probes.isEmpty() ? List.of(imagined(selector)) : probes;
    }

    private static @Nullable Long userId(PolicyNode node) {
        return node.owner() instanceof PolicyOwner.OfUser(PolicyUser user) ? user.id() : null;
    }

    /** Somebody of whom nothing is known but that this selector means them. */
    private Probe imagined(int selector) {
        BitSet words =
                switch (policy.selector(selector)) {
                    case Selector.User(String login) -> policy.identity(user(login, Set.of(), false));
                    case Selector.Group(String name) -> policy.identity(user("", Set.of(name), false));
                    case Selector.Admins s -> policy.identity(user("", Set.of(), true));
                    case Selector.Members s -> policy.identity(user("", Set.of(), false));
                    case Selector.Tag(String name) -> policy.identity(new PolicyOwner.OfTags(Set.of(name)));
                    case Selector.Tagged s -> policy.identity(new PolicyOwner.OfTags(Set.of()));
                    case Selector.Addresses(IpSet set) -> atAddresses(set);
                    case Selector.Internet s -> internet();
                    case Selector.Everything s -> everything();
                    case Selector.Self s -> throw new IllegalStateException("self is no one alone");
                };
        words.set(selector);
        return new Probe(words, words.get(Selector.MEMBERS) ? -1L : null);
    }

    private static PolicyOwner user(String login, Set<String> groups, boolean isAdmin) {
        return new PolicyOwner.OfUser(new PolicyUser(-1, login, groups, isAdmin));
    }

    private BitSet atAddresses(IpSet set) {
        BitSet words = everything();
        for (IpSet.Range range : set.ranges()) {
            List<Prefix> parts = IpSet.prefixes(range);
            words.or(policy.wordsOfAddresses(parts));
            if (parts.stream().allMatch(IpSet.INTERNET::contains)) {
                words.set(Selector.INTERNET);
            }
        }
        return words;
    }

    private static BitSet internet() {
        BitSet words = everything();
        words.set(Selector.INTERNET);
        return words;
    }

    private static BitSet everything() {
        BitSet words = new BitSet();
        words.set(Selector.EVERYTHING);
        return words;
    }
}
