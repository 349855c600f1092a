package io.penstock.protocol.policy;

import io.penstock.protocol.hujson.Finding;
import io.penstock.wireguard.route.Prefix;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A policy file that was read and found good. Immutable. */
public final class Policy {
    /** Longest file that is read, in characters. */
    public static final int MAX_LENGTH = 1 << 20;

    private final List<Selector> selectors;
    private final List<Rule> rules;
    private final Map<String, BitSet> tagOwners;
    private final Map<Prefix, BitSet> routeApprovers;
    private final BitSet exitApprovers;
    private final List<PolicyTest> tests;

    private final Map<String, BitSet> selectorsOfLogin = new HashMap<>();
    private final Map<String, Integer> groupSelectors = new HashMap<>();
    private final Map<String, Integer> tagSelectors = new HashMap<>();
    private final Map<Integer, IpSet> addressSelectors = new HashMap<>();

    Policy(
            List<Selector> selectors,
            Map<String, Set<String>> groups,
            List<Rule> rules,
            Map<String, BitSet> tagOwners,
            Map<Prefix, BitSet> routeApprovers,
            BitSet exitApprovers,
            List<PolicyTest> tests) {
        this.selectors = List.copyOf(selectors);
        this.rules = List.copyOf(rules);
        this.tagOwners = Map.copyOf(tagOwners);
        this.routeApprovers = Map.copyOf(routeApprovers);
        this.exitApprovers = exitApprovers;
        this.tests = List.copyOf(tests);
        for (int i = 0; i < this.selectors.size(); i++) {
            switch (this.selectors.get(i)) {
                case Selector.User user -> selectorsOf(user.loginName()).set(i);
                case Selector.Tag tag -> tagSelectors.put(tag.name(), i);
                case Selector.Addresses addresses -> addressSelectors.put(i, addresses.set());
                case Selector.Group group -> {
                    groupSelectors.put(group.name(), i);
                    for (String login : groups.getOrDefault(group.name(), Set.of())) {
                        selectorsOf(login).set(i);
                    }
                }
                case Selector.Everything e -> {}
                case Selector.Members e -> {}
                case Selector.Tagged e -> {}
                case Selector.Self e -> {}
                case Selector.Internet e -> {}
                case Selector.Admins e -> {}
            }
        }
    }

    /** Reads a file. Nothing is thrown for what may be in it. */
    public static PolicyResult parse(String file) {
        return new PolicyParser().parse(file);
    }

    /** Whether the route of such a node needs no administrator's approval. Part of an approved prefix is approved too. */
    public boolean approvesRoute(PolicyOwner owner, Prefix route) {
        BitSet words = identity(owner);
        if (route.length() == 0) {
            return Selector.anyOf(exitApprovers, words);
        }
        return routeApprovers.entrySet().stream()
                .anyMatch(entry -> Selector.anyOf(entry.getValue(), words)
                        && IpSet.of(List.of(entry.getKey())).contains(route));
    }

    /** Whether such a user, or a node with such tags, may give this tag to a node. */
    public boolean mayTag(PolicyOwner owner, String tag) {
        BitSet owners = tagOwners.get(tag);
        return owners != null && Selector.anyOf(owners, identity(owner));
    }

    /** The tags that the file knows, with {@code tag:} in front. */
    public Set<String> tags() {
        return tagOwners.keySet();
    }

    /**
     * Runs the file's own tests. A source or destination means the nodes that there are, and if there is none, any that
     * could come. The work has a bound; where it is reached the tests end with a finding that says so.
     *
     * @return what failed; empty if the policy does what its author expects
     */
    public List<Finding> runTests(Collection<PolicyNode> nodes) {
        return new PolicyTestRun(this).failures(nodes);
    }

    List<Rule> rules() {
        return rules;
    }

    List<PolicyTest> tests() {
        return tests;
    }

    Selector selector(int number) {
        return selectors.get(number);
    }

    /** The selectors that are addresses. */
    BitSet addressWords() {
        BitSet words = new BitSet(selectors.size());
        addressSelectors.keySet().forEach(words::set);
        return words;
    }

    /** The selectors that mean a node by whose it is. */
    BitSet identity(PolicyOwner owner) {
        BitSet words = new BitSet(selectors.size());
        words.set(Selector.EVERYTHING);
        switch (owner) {
            case PolicyOwner.OfUser(PolicyUser user) -> {
                words.set(Selector.MEMBERS);
                words.set(Selector.ADMINS, user.isAdmin());
                words.or(selectorsOfLogin.getOrDefault(user.loginName(), new BitSet()));
                for (String group : user.groups()) {
                    setIfKnown(words, groupSelectors.get(group));
                }
            }
            case PolicyOwner.OfTags(Set<String> tags) -> {
                words.set(Selector.TAGGED);
                for (String tag : tags) {
                    setIfKnown(words, tagSelectors.get(tag));
                }
            }
        }
        return words;
    }

    /** The selectors that mean a node as a source: by whose it is and by its addresses. */
    BitSet sourceWords(PolicyNode node) {
        BitSet words = identity(node.owner());
        addressSelectors.forEach((number, set) -> {
            if (node.addresses().stream().anyMatch(set::overlaps)) {
                words.set(number);
            }
        });
        return words;
    }

    /** The selectors that mean all of these addresses. */
    BitSet wordsOfAddresses(List<Prefix> addresses) {
        BitSet words = new BitSet(selectors.size());
        addressSelectors.forEach((number, set) -> {
            if (addresses.stream().allMatch(set::contains)) {
                words.set(number);
            }
        });
        return words;
    }

    /** The selectors that mean a node as a destination: also by the routes that it serves. */
    BitSet destinationWords(PolicyNode node) {
        BitSet words = sourceWords(node);
        for (Prefix route : node.routes()) {
            if (route.length() == 0) {
                words.set(Selector.INTERNET);
            }
            addressSelectors.forEach((number, set) -> {
                if (meansRoute(set, route)) {
                    words.set(number);
                }
            });
        }
        return words;
    }

    /** Whether whoever may reach these addresses has a use for this route. An exit route is meant only as a whole. */
    static boolean meansRoute(IpSet set, Prefix route) {
        return route.length() == 0 ? set.contains(route) : set.overlaps(route);
    }

    private BitSet selectorsOf(String login) {
        return selectorsOfLogin.computeIfAbsent(login, name -> new BitSet());
    }

    private static void setIfKnown(BitSet words, @Nullable Integer number) {
        if (number != null) {
            words.set(number);
        }
    }
}
