package io.penstock.protocol.policy;

import io.penstock.protocol.message.CapGrant;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.PortRange;
import io.penstock.protocol.message.PortsOfAddress;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of one network under one policy: who sees whom, and what each lets in. A node that comes, changes or goes costs its
 * own selectors, and the rules once more if it is the first of its class. Not thread-safe; owned by who makes the maps.
 */
public final class PolicyIndex {
    private static final List<String> ANYWHERE = List.of("*");

    /** A node where it was put. */
    private record Member(PolicyNode node, PolicyClass policyClass) {}

    private final Policy policy;
    private final Map<Long, Member> members = new HashMap<>();
    private final Map<PolicyClass.Key, PolicyClass> classes = new HashMap<>();
    private final List<@Nullable PolicyClass> byNumber = new ArrayList<>();
    private final Map<Long, Set<Long>> nodesOfUser = new HashMap<>();
    private final Map<Integer, List<String>> sourcesOfRule = new HashMap<>();

    public PolicyIndex(Policy policy) {
        this.policy = policy;
    }

    public Policy policy() {
        return policy;
    }

    /** Puts a node in, in place of the one with its id. */
    public void put(PolicyNode node) {
        Member before = members.get(node.id());
        if (before != null && before.node().equals(node)) {
            return;
        }
        remove(node.id());
        PolicyClass policyClass = classOf(new PolicyClass.Key(policy.sourceWords(node), policy.destinationWords(node)));
        policyClass.members.add(node.id());
        members.put(node.id(), new Member(node, policyClass));
        forgetSources(policyClass);
        if (node.owner() instanceof PolicyOwner.OfUser(PolicyUser user)) {
            nodesOfUser.computeIfAbsent(user.id(), id -> new TreeSet<>()).add(node.id());
        }
    }

    /** Takes a node out, if it is there. */
    public void remove(long id) {
        Member member = members.remove(id);
        if (member == null) {
            return;
        }
        PolicyClass policyClass = member.policyClass();
        policyClass.members.remove(id);
        forgetSources(policyClass);
        if (policyClass.members.isEmpty()) {
            drop(policyClass);
        }
        if (member.node().owner() instanceof PolicyOwner.OfUser(PolicyUser user)) {
            Set<Long> others = nodesOfUser.get(user.id());
            if (others != null && others.remove(id) && others.isEmpty()) {
                nodesOfUser.remove(user.id());
            }
        }
    }

    public int size() {
        return members.size();
    }

    /** How many classes the nodes fall into. */
    public int classCount() {
        return classes.size();
    }

    /**
     * The class of a node. What can be said of a viewer by policy alone, is the same for all nodes of its class.
     *
     * @throws IllegalArgumentException if there is no such node
     */
    public int classOf(long id) {
        return member(id).policyClass().number;
    }

    /** Whether two nodes have to be in each other's map: one of them may reach the other, or what is behind it. */
    public boolean sees(long one, long other) {
        if (one == other) {
            return false;
        }
        Member a = member(one);
        Member b = member(other);
        return a.policyClass().visible.get(b.policyClass().number) || seesAsOwn(a, b);
    }

    /** Calls with the id of each node that this one sees, each once. Costs what it finds. */
    public void forEachVisible(long id, LongConsumer visit) {
        Member viewer = member(id);
        BitSet visible = viewer.policyClass().visible;
        for (int i = visible.nextSetBit(0); i >= 0; i = visible.nextSetBit(i + 1)) {
            PolicyClass seen = byNumber.get(i);
            if (seen != null) {
                seen.members.stream().filter(peer -> peer != id).forEach(visit::accept);
            }
        }
        if (viewer.node().owner() instanceof PolicyOwner.OfUser(PolicyUser user)) {
            for (long other : nodesOfUser.getOrDefault(user.id(), Set.of())) {
                Member own = member(other);
                if (other != id && !visible.get(own.policyClass().number) && seesAsOwn(viewer, own)) {
                    visit.accept(other);
                }
            }
        }
    }

    /** Calls with the id of each node whose packet filter has this one's addresses in it, each once. */
    public void forEachFilterNaming(long id, LongConsumer visit) {
        Member source = member(id);
        BitSet rules = source.policyClass().rulesNaming;
        for (PolicyClass other : classes.values()) {
            if (rules.intersects(other.rulesTo)) {
                other.members.forEach(visit::accept);
            }
        }
        if (reachesAsOwn(source) && source.node().owner() instanceof PolicyOwner.OfUser(PolicyUser user)) {
            for (long own : nodesOfUser.getOrDefault(user.id(), Set.of())) {
                if (!rules.intersects(member(own).policyClass().rulesTo)) {
                    visit.accept(own);
                }
            }
        }
    }

    /** Whether a node has a use for a route that a peer serves, and is to be told of it. */
    public boolean mayUseRoute(long viewer, Prefix route) {
        BitSet rules = member(viewer).policyClass().rulesFrom;
        return rules.stream()
                .mapToObj(policy.rules()::get)
                .flatMapToInt(rule -> rule.destinations().stream())
                .anyMatch(selector -> switch (policy.selector(selector)) {
                    case Selector.Everything s -> true;
                    case Selector.Internet s -> route.length() == 0;
                    case Selector.Addresses(IpSet set) -> Policy.meansRoute(set, route);
                    case Selector.Members s -> false;
                    case Selector.Tagged s -> false;
                    case Selector.Self s -> false;
                    case Selector.Admins s -> false;
                    case Selector.User s -> false;
                    case Selector.Group s -> false;
                    case Selector.Tag s -> false;
                });
    }

    /** What a node lets in. An empty list lets nothing in, and has to be sent as one. */
    public List<FilterRule> packetFilter(long id) {
        Member member = member(id);
        BitSet rules = (BitSet) member.policyClass().rulesTo.clone();
        rules.or(member.policyClass().rulesWithin);
        List<FilterRule> filter = new ArrayList<>();
        for (int i = rules.nextSetBit(0); i >= 0; i = rules.nextSetBit(i + 1)) {
            Rule rule = policy.rules().get(i);
            if (member.policyClass().rulesTo.get(i)) {
                add(filter, rule, sourcesOf(i), destinationsAt(member, rule));
            }
            if (member.policyClass().rulesWithin.get(i)) {
                add(filter, rule, addressesOfOwner(member), Map.of(Selector.SELF, ownAddresses(member)));
            }
        }
        return List.copyOf(filter);
    }

    /** Adds what a rule allows from {@code sources} to the selectors in {@code destinations}. */
    private static void add(
            List<FilterRule> filter, Rule rule, List<String> sources, Map<Integer, List<String>> destinations) {
        if (sources.isEmpty()) {
            return;
        }
        Map<List<Integer>, List<PortsOfAddress>> byProtocols = new LinkedHashMap<>();
        for (Rule.Target target : rule.targets()) {
            for (String address : destinations.getOrDefault(target.selector(), List.of())) {
                for (PortRange ports : target.ports()) {
                    byProtocols
                            .computeIfAbsent(target.protocols(), p -> new ArrayList<>())
                            .add(new PortsOfAddress(address, ports));
                }
            }
        }
        byProtocols.forEach((protocols, ports) -> filter.add(new FilterRule(sources, ports, protocols, List.of())));
        if (!rule.capabilities().isEmpty()) {
            List<Prefix> prefixes = destinations.values().stream()
                    .flatMap(List::stream)
                    .distinct()
                    .flatMap(PolicyIndex::prefixes)
                    .toList();
            filter.add(new FilterRule(
                    sources, List.of(), List.of(), List.of(new CapGrant(prefixes, List.of(), rule.capabilities()))));
        }
    }

    /** Addresses at this node that each selector of the rule means, as filter rules write them. */
    private Map<Integer, List<String>> destinationsAt(Member member, Rule rule) {
        Map<Integer, List<String>> destinations = new LinkedHashMap<>();
        BitSet words = (BitSet) rule.destinations().clone();
        words.and(member.policyClass().key.destinationWords());
        words.stream()
                .forEach(selector -> destinations.put(
                        selector,
                        switch (policy.selector(selector)) {
                            case Selector.Everything s -> ANYWHERE;
                            case Selector.Internet s -> IpSet.INTERNET.texts();
                            case Selector.Addresses(IpSet set) -> set.texts();
                            case Selector.Members s -> ownAddresses(member);
                            case Selector.Tagged s -> ownAddresses(member);
                            case Selector.Admins s -> ownAddresses(member);
                            case Selector.User s -> ownAddresses(member);
                            case Selector.Group s -> ownAddresses(member);
                            case Selector.Tag s -> ownAddresses(member);
                            case Selector.Self s -> List.of();
                        }));
        return destinations;
    }

    /** Where a rule's sources are, computed once until a source comes or goes. */
    private List<String> sourcesOf(int ruleNumber) {
        return sourcesOfRule.computeIfAbsent(ruleNumber, number -> {
            Rule rule = policy.rules().get(number);
            if (rule.sources().get(Selector.EVERYTHING)) {
                return ANYWHERE;
            }
            List<IpSet.Range> ranges = new ArrayList<>();
            rule.sources().stream().forEach(selector -> {
                if (policy.selector(selector) instanceof Selector.Addresses(IpSet set)) {
                    ranges.addAll(set.ranges());
                }
            });
            for (PolicyClass source : classes.values()) {
                if (source.rulesNaming.get(number)) {
                    source.members.forEach(id ->
                            member(id).node().addresses().forEach(address -> ranges.add(IpSet.Range.of(address))));
                }
            }
            return IpSet.ofRanges(ranges).texts();
        });
    }

    private List<String> addressesOfOwner(Member member) {
        if (!(member.node().owner() instanceof PolicyOwner.OfUser(PolicyUser user))) {
            return List.of();
        }
        List<Prefix> addresses = new ArrayList<>();
        for (long id : nodesOfUser.getOrDefault(user.id(), Set.of())) {
            addresses.addAll(member(id).node().addresses());
        }
        return IpSet.of(addresses).texts();
    }

    private static List<String> ownAddresses(Member member) {
        return IpSet.of(member.node().addresses()).texts();
    }

    /** The same addresses as prefixes, which capabilities are written with. */
    private static Stream<Prefix> prefixes(String text) {
        int hyphen = text.indexOf('-');
        if (text.equals("*")) {
            return Stream.of(Prefix.v4(0, 0), Prefix.v6(0, 0, 0));
        } else if (hyphen < 0) {
            return Stream.of(Words.prefix(text));
        }
        IpSet.Range first = IpSet.Range.of(Words.prefix(text.substring(0, hyphen)));
        IpSet.Range last = IpSet.Range.of(Words.prefix(text.substring(hyphen + 1)));
        return IpSet.prefixes(
                new IpSet.Range(first.isV6(), first.firstHigh(), first.firstLow(), last.lastHigh(), last.lastLow()))
                .stream();
    }

    private static boolean seesAsOwn(Member a, Member b) {
        return a.node().owner() instanceof PolicyOwner.OfUser(PolicyUser one)
                && b.node().owner() instanceof PolicyOwner.OfUser(PolicyUser other)
                && one.id() == other.id()
                && (reachesAsOwn(a) || reachesAsOwn(b));
    }

    private static boolean reachesAsOwn(Member member) {
        return !member.policyClass().rulesWithin.isEmpty();
    }

    private PolicyClass classOf(PolicyClass.Key key) {
        PolicyClass known = classes.get(key);
        if (known != null) {
            return known;
        }
        int number = byNumber.indexOf(null);
        if (number < 0) {
            number = byNumber.size();
            byNumber.add(null);
        }
        PolicyClass made = new PolicyClass(key, number, policy);
        classes.put(key, made);
        byNumber.set(number, made);
        for (PolicyClass other : classes.values()) {
            boolean sees = made.sees(other);
            made.visible.set(other.number, sees);
            other.visible.set(number, sees);
        }
        return made;
    }

    private void drop(PolicyClass policyClass) {
        classes.remove(policyClass.key);
        byNumber.set(policyClass.number, null);
        classes.values().forEach(other -> other.visible.clear(policyClass.number));
    }

    private void forgetSources(PolicyClass policyClass) {
        policyClass.rulesNaming.stream().forEach(sourcesOfRule::remove);
    }

    private Member member(long id) {
        Member member = members.get(id);
        if (member == null) {
            throw new IllegalArgumentException("no such node: " + id);
        }
        return member;
    }
}
