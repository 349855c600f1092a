package io.penstock.protocol.policy;

import io.penstock.protocol.hujson.Finding;
import io.penstock.protocol.hujson.Location;
import io.penstock.protocol.policy.PolicyTest.Expectation;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs the tests of a policy file against its rules, once. Nodes that the same selectors mean are judged together, so that the
 * work grows with what the file tells apart and not with pairs of nodes; and it has an end whatever the file says. For one
 * thread.
 */
final class PolicyTestRun {
    /** Rules, targets and pairs that are looked at for one file: about a second's work. */
    static final long MAX_STEPS = 50_000_000;

    /**
     * Nodes that no rule tells apart, except one for {@code autogroup:self}.
     *
     * @param users whose they are; empty if nobody's, which is the same for all of them because {@code words} says it
     */
    private record Kind(BitSet words, Set<Long> users) {}

    private static final class ExhaustedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        ExhaustedException() {
            super(null, null, false, false);
        }
    }

    private final Policy policy;
    private final long maxSteps;
    private final int addressCount;
    private long steps;

    PolicyTestRun(Policy policy) {
        this(policy, MAX_STEPS);
    }

    PolicyTestRun(Policy policy, long maxSteps) {
        this.policy = policy;
        this.maxSteps = maxSteps;
        this.addressCount = policy.addressWords().cardinality();
    }

    /** What fails over these nodes. The last finding says so if the tests were not run to their end. */
    List<Finding> failures(Collection<PolicyNode> nodes) {
        List<Finding> failures = new ArrayList<>();
        if (policy.tests().isEmpty()) {
            return failures;
        }
        Location[] at = {policy.tests().getFirst().location()};
        try {
            List<Kind> kinds = kinds(nodes);
            for (PolicyTest test : policy.tests()) {
                at[0] = test.location();
                List<Kind> sources = meant(test.source(), kinds);
                for (Expectation expectation : test.accept()) {
                    at[0] = expectation.location();
                    if (isAnyPair(false, test, sources, expectation, kinds)) {
                        failures.add(new Finding(at[0], "is not allowed: " + expectation.text()));
                    }
                }
                for (Expectation expectation : test.deny()) {
                    at[0] = expectation.location();
                    if (isAnyPair(true, test, sources, expectation, kinds)) {
                        failures.add(new Finding(at[0], "is allowed: " + expectation.text()));
                    }
                }
            }
        } catch (ExhaustedException e) {
            failures.add(new Finding(
                    at[0], "the tests take more than " + maxSteps + " steps; from here on they were not run"));
        }
        return failures;
    }

    /** How much was looked at so far, in rules, targets and pairs. */
    long steps() {
        return steps;
    }

    private void spend(long count) {
        steps += count;
        if (steps > maxSteps) {
            throw new ExhaustedException();
        }
    }

    private List<Kind> kinds(Collection<PolicyNode> nodes) {
        Map<BitSet, Kind> byWords = new LinkedHashMap<>();
        for (PolicyNode node : nodes) {
            spend(1L + addressCount);
            BitSet words = policy.sourceWords(node); // of destinations too: what is behind a node is not the node
            Kind kind = byWords.computeIfAbsent(words, its -> new Kind(its, new HashSet<>()));
            if (node.owner() instanceof PolicyOwner.OfUser(PolicyUser user)) {
                kind.users().add(user.id());
            }
        }
        return List.copyOf(byWords.values());
    }

    private List<Kind> meant(int selector, List<Kind> kinds) {
        spend(kinds.size());
        List<Kind> meant =
                kinds.stream().filter(kind -> kind.words().get(selector)).toList();
        return meant.isEmpty() ? List.of(imagined(selector)) : meant;
    }

    /**
     * Whether there is a source and a destination between which this is allowed, or is not. Where the file expects something
     * of {@code autogroup:self}, a source's destinations are the nodes of its user.
     */
    private boolean isAnyPair(
            boolean allowed, PolicyTest test, List<Kind> sources, Expectation expectation, List<Kind> kinds) {
        boolean isSelf = expectation.selector() == Selector.SELF;
        List<Kind> destinations = isSelf ? sources : meant(expectation.selector(), kinds);
        for (Kind from : sources) {
            BitSet reached = reached(from, test.protocol(), expectation.port());
            boolean reachesOwn = reached.get(Selector.SELF);
            for (Kind to : destinations) {
                spend(1 + reached.size() / Long.SIZE);
                boolean reachesAll = reached.intersects(to.words()); // no node has the word self
                if ((reachesAll || reachesOwn) == allowed && isOfOneUser(from, to)) {
                    return true;
                }
                if (reachesAll == allowed && (isSelf ? isNobodys(from, to) : isOfTwo(from, to))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The destinations that the rules open to such a source. */
    private BitSet reached(Kind from, int protocol, int port) {
        BitSet reached = new BitSet();
        for (Rule rule : policy.rules()) {
            spend(1 + rule.sources().size() / Long.SIZE);
            if (!Selector.anyOf(rule.sources(), from.words())) {
                continue;
            }
            for (Rule.Target target : rule.targets()) {
                spend(1L + target.protocols().size() + target.ports().size());
                if (Services.allow(target.protocols(), target.ports(), protocol, port)) {
                    reached.set(target.selector());
                }
            }
        }
        return reached;
    }

    /** Whether a user has nodes of both kinds. */
    private boolean isOfOneUser(Kind from, Kind to) {
        boolean isFromSmaller = from.users().size() < to.users().size();
        Set<Long> fewer = isFromSmaller ? from.users() : to.users();
        spend(1L + fewer.size());
        return fewer.stream().anyMatch((isFromSmaller ? to : from).users()::contains);
    }

    /** Whether there is a pair of both kinds that is not one user's. */
    private static boolean isOfTwo(Kind from, Kind to) {
        return from.users().size() != 1
                || to.users().size() != 1
                || !from.users().equals(to.users());
    }

    /** Whether both are one kind without users. A test whose source is tagged and whose destination is self asks this. */
    private static boolean isNobodys(Kind from, Kind to) {
        return from.users().isEmpty() && from.words().equals(to.words());
    }

    /** Somebody of whom nothing is known but that this selector means them. */
    private Kind imagined(int selector) {
        spend(1L + addressCount);
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
        return new Kind(words, words.get(Selector.MEMBERS) ? Set.of(-1L) : Set.of());
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
