package io.penstock.protocol.policy;

import io.penstock.protocol.Seeded;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.PortsOfAddress;
import io.penstock.wireguard.route.Prefix;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The naive twin of policies: random rules as words, which are asked pair by pair and packet by packet what they mean. Knows
 * neither classes nor sets of addresses.
 */
final class NaivePolicy {
    private static final Map<String, Set<String>> GROUPS =
            Map.of("group:g", Set.of("u1", "u2"), "group:h", Set.of("u3"), "group:empty", Set.of());
    private static final Map<String, String> HOSTS = Map.of("lan", "10.2.0.0/16", "one", "100.64.0.5");
    private static final List<String> IDENTITIES = List.of(
            "u1@",
            "u2@",
            "u3@",
            "group:g",
            "group:h",
            "group:empty",
            "tag:a",
            "tag:b",
            "autogroup:member",
            "autogroup:tagged",
            "autogroup:admin");
    private static final List<String> ADDRESSES = List.of(
            "lan", "one", "100.64.0.0/29", "10.1.0.0/16", "10.0.0.0/8", "fd7a:115c:a1e0::2", "10.2.3.4", "0.0.0.0/0");

    record Target(String word, String protocol, int first, int last) {}

    record NaiveRule(List<String> sources, List<Target> targets, boolean grant) {}

    final List<NaiveRule> rules = new ArrayList<>();

    NaivePolicy(Seeded seeded) {
        for (int i = seeded.below(5); i > 0; i--) {
            boolean self = seeded.oneIn(4);
            List<String> sources = new ArrayList<>();
            for (int j = seeded.below(3); j >= 0; j--) {
                sources.add(self ? seeded.pick(List.of("u1@", "group:h", "autogroup:member", "*")) : word(seeded));
            }
            List<Target> targets = new ArrayList<>();
            for (int j = seeded.below(3); j >= 0; j--) {
                String word = self && seeded.oneIn(2)
                        ? "autogroup:self"
                        : seeded.oneIn(8) ? "autogroup:internet" : word(seeded);
                boolean all = seeded.oneIn(2);
                int first = 20 + seeded.below(5);
                String protocol = seeded.pick(List.of("", "tcp", "udp", all ? "icmp" : "tcp"));
                targets.add(all ? new Target(word, protocol, 0, 65535) : new Target(word, protocol, first, first + 2));
            }
            boolean grant = seeded.oneIn(2);
            if (grant || targets.stream().map(Target::protocol).distinct().count() == 1) {
                rules.add(new NaiveRule(sources, grant ? List.of(targets.getFirst()) : targets, grant));
            }
        }
    }

    private static String word(Seeded seeded) {
        return seeded.oneIn(8) ? "*" : seeded.oneIn(3) ? seeded.pick(ADDRESSES) : seeded.pick(IDENTITIES);
    }

    String file() {
        List<String> acls = new ArrayList<>();
        List<String> grants = new ArrayList<>();
        for (NaiveRule rule : rules) {
            String sources = quoted(rule.sources());
            Target first = rule.targets().getFirst();
            if (rule.grant()) {
                String ip = (first.protocol().isEmpty() ? "" : first.protocol() + ":") + ports(first);
                grants.add("{'src': " + sources + ", 'dst': ['" + first.word() + "'], 'ip': ['" + ip + "']}");
            } else {
                List<String> targets = rule.targets().stream()
                        .map(target -> target.word() + ":" + ports(target))
                        .toList();
                acls.add("{'action': 'accept', 'proto': '" + first.protocol() + "', 'src': " + sources + ", 'dst': "
                        + quoted(targets) + "}");
            }
        }
        return "{'groups': {'group:g': ['u1@', 'u2@'], 'group:h': ['u3@'], 'group:empty': []},"
                + "'hosts': {'lan': '10.2.0.0/16', 'one': '100.64.0.5'}, 'tagOwners': {'tag:a': [], 'tag:b': [], 'tag:c': []},"
                + "'acls': " + acls + ", 'grants': " + grants + "}";
    }

    private static String ports(Target target) {
        return target.last() == 65535 ? "*" : target.first() + "-" + target.last();
    }

    private static String quoted(List<String> words) {
        return words.stream().map(word -> "'" + word + "'").collect(Collectors.joining(", ", "[", "]"));
    }

    /** Whether a packet from a node's address to an address of, or behind, another is allowed. */
    boolean allows(PolicyNode from, String source, PolicyNode to, String destination, int protocol, int port) {
        return rules.stream()
                .anyMatch(rule -> rule.sources().stream().anyMatch(word -> meansPacket(word, from, source, true))
                        && rule.targets().stream()
                                .anyMatch(target -> protocolFits(target, protocol, port)
                                        && (target.word().equals("autogroup:self")
                                                ? sameUser(from, to) && isOwn(to, destination)
                                                : target.word().equals("autogroup:internet")
                                                        ? isExit(to) && isPublic(destination)
                                                        : meansPacket(target.word(), to, destination, false))));
    }

    /** Whether some packet from one node to another, or through it, is allowed. */
    boolean reaches(PolicyNode from, PolicyNode to) {
        return rules.stream()
                .anyMatch(rule -> rule.sources().stream().anyMatch(word -> meansNode(word, from))
                        && rule.targets().stream()
                                .anyMatch(target -> target.word().equals("autogroup:self")
                                        ? sameUser(from, to)
                                        : target.word().equals("autogroup:internet")
                                                ? isExit(to)
                                                : meansNode(target.word(), to)
                                                        || to.routes().stream()
                                                                .anyMatch(route -> meansRoute(target.word(), route))));
    }

    boolean mayUseRoute(PolicyNode viewer, Prefix route) {
        return rules.stream()
                .anyMatch(rule -> rule.sources().stream().anyMatch(word -> meansNode(word, viewer))
                        && rule.targets().stream()
                                .anyMatch(target -> target.word().equals("autogroup:internet")
                                        ? route.length() == 0
                                        : meansRoute(target.word(), route)));
    }

    private static boolean meansRoute(String word, Prefix route) {
        if (word.equals("*")) {
            return true;
        }
        if (!isAddress(word)) {
            return false;
        }
        String set = HOSTS.getOrDefault(word, word);
        if (route.length() == 0) {
            return set.equals(route.toString());
        }
        String first = route.toString().substring(0, route.toString().indexOf('/'));
        String firstOfSet = set.indexOf('/') < 0 ? set : set.substring(0, set.indexOf('/'));
        return inside(set, first) || inside(route.toString(), firstOfSet);
    }

    private static boolean meansNode(String word, PolicyNode node) {
        return node.addresses().stream()
                .anyMatch(address -> meansPacket(word, node, address.toString().replaceFirst("/.*", ""), true));
    }

    /** By address, or by whose the node is if the address is its own. */
    private static boolean meansPacket(String word, PolicyNode node, String address, boolean isSource) {
        if (word.equals("*")) {
            return true;
        } else if (isAddress(word)) {
            return inside(HOSTS.getOrDefault(word, word), address);
        } else if (!isSource && !isOwn(node, address)) {
            return false;
        }
        return switch (node.owner()) {
            case PolicyOwner.OfUser(PolicyUser user) ->
                word.equals("autogroup:member")
                        || (word.equals("autogroup:admin") && user.isAdmin())
                        || word.equals(user.loginName() + "@")
                        || GROUPS.getOrDefault(word, Set.of()).contains(user.loginName())
                        || user.groups().contains(word);
            case PolicyOwner.OfTags(Set<String> tags) -> word.equals("autogroup:tagged") || tags.contains(word);
        };
    }

    private static boolean isAddress(String word) {
        return ADDRESSES.contains(word);
    }

    private static boolean isOwn(PolicyNode node, String address) {
        return node.addresses().stream().anyMatch(own -> own.toString().startsWith(address + "/"));
    }

    private static boolean isExit(PolicyNode node) {
        return node.routes().stream().anyMatch(route -> route.length() == 0);
    }

    private static boolean isPublic(String address) {
        return address.equals("8.8.8.8");
    }

    private static boolean sameUser(PolicyNode one, PolicyNode other) {
        return one.owner() instanceof PolicyOwner.OfUser(PolicyUser a)
                && other.owner() instanceof PolicyOwner.OfUser(PolicyUser b)
                && a.id() == b.id();
    }

    private static boolean protocolFits(Target target, int protocol, int port) {
        boolean fits =
                switch (target.protocol()) {
                    case "tcp" -> protocol == 6;
                    case "udp" -> protocol == 17;
                    case "icmp" -> protocol == 1 || protocol == 58;
                    default -> protocol == 6 || protocol == 17 || protocol == 1 || protocol == 58;
                };
        return fits && (protocol == 1 || protocol == 58 || (target.first() <= port && port <= target.last()));
    }

    /** What a node's filter says of a packet, read as a node would. */
    static boolean filterAllows(List<FilterRule> filter, String source, String destination, int protocol, int port) {
        for (FilterRule rule : filter) {
            boolean fits = rule.ipProto().isEmpty()
                    ? protocol == 6 || protocol == 17 || protocol == 1 || protocol == 58
                    : rule.ipProto().contains(protocol);
            if (!fits || rule.srcIps().stream().noneMatch(text -> inside(text, source))) {
                continue;
            }
            for (PortsOfAddress target : rule.dstPorts()) {
                boolean portFits = protocol == 1
                        || protocol == 58
                        || (target.ports().first() <= port
                                && port <= target.ports().last());
                if (portFits && inside(target.ip(), destination)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** {@code *}, an address, a prefix or a range. */
    private static boolean inside(String text, String address) {
        if (text.equals("*")) {
            return true;
        }
        if (text.contains(":") != address.contains(":")) {
            return false;
        }
        BigInteger value = number(address);
        int hyphen = text.indexOf('-');
        if (hyphen > 0) {
            return number(text.substring(0, hyphen)).compareTo(value) <= 0
                    && value.compareTo(number(text.substring(hyphen + 1))) <= 0;
        }
        int slash = text.indexOf('/');
        int width = text.contains(":") ? 128 : 32;
        int hostBits = slash < 0 ? 0 : width - Integer.parseInt(text.substring(slash + 1));
        return number(slash < 0 ? text : text.substring(0, slash))
                .shiftRight(hostBits)
                .equals(value.shiftRight(hostBits));
    }

    private static BigInteger number(String address) {
        Prefix prefix = Words.prefix(address);
        return new BigInteger(Long.toUnsignedString(prefix.high()))
                .shiftLeft(64)
                .add(new BigInteger(Long.toUnsignedString(prefix.low())));
    }
}
