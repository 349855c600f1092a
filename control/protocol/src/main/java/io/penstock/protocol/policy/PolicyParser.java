package io.penstock.protocol.policy;

import io.penstock.protocol.hujson.Finding;
import io.penstock.protocol.hujson.Hujson;
import io.penstock.protocol.hujson.HujsonValue;
import io.penstock.protocol.hujson.HujsonValue.Text;
import io.penstock.protocol.hujson.Location;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads one policy file, section by section, and collects everything that is wrong with it. */
final class PolicyParser {
    private static final Set<String> IGNORED = Set.of("ssh", "sshTests", "nodeAttrs", "derpMap", "randomizeClientPort");
    private static final Set<String> UNSUPPORTED =
            Set.of("postures", "defaultSrcPosture", "ipsets", "disableIPv4", "OneCGNATRoute");
    private static final int MAX_FINDINGS = 100;

    final List<Finding> errors = new ArrayList<>();
    final List<Finding> warnings = new ArrayList<>();
    private final Map<String, Set<String>> groups = new LinkedHashMap<>();
    private final Map<String, HujsonValue> sections = new HashMap<>();

    PolicyResult parse(String file) {
        if (file.length() > Policy.MAX_LENGTH) {
            return bad(new Finding(new Location(1, 1), "longer than " + Policy.MAX_LENGTH + " characters"));
        }
        HujsonValue root;
        try {
            root = Hujson.parse(file);
        } catch (Hujson.SyntaxException e) {
            return bad(e.finding());
        }
        if (!(root instanceof HujsonValue.Struct object)) {
            return bad(new Finding(root.location(), "a policy is an object"));
        }
        object.members().forEach(this::section);
        Policy policy = build();
        if (!errors.isEmpty()) {
            errors.sort(Comparator.comparingInt((Finding f) -> f.location().line())
                    .thenComparingInt(f -> f.location().column()));
            return new PolicyResult.Bad(List.copyOf(errors.subList(0, Math.min(errors.size(), MAX_FINDINGS))));
        }
        return new PolicyResult.Good(policy, List.copyOf(warnings));
    }

    private static PolicyResult bad(Finding finding) {
        return new PolicyResult.Bad(List.of(finding));
    }

    private void section(Text name, HujsonValue value) {
        switch (name.value()) {
            case "acls", "grants", "groups", "hosts", "tagOwners", "autoApprovers", "tests" ->
                sections.put(name.value(), value);
            case String other
            when IGNORED.contains(other) ->
                warnings.add(new Finding(name.location(), "the section " + other + " is not in force here"));
            case String other
            when UNSUPPORTED.contains(other) ->
                error(
                        name.location(),
                        "the section " + other + " is not supported, and leaving it out would change who may do what");
            default -> error(name.location(), "unknown section: " + name.value());
        }
    }

    private Policy build() {
        groups();
        Words words = new Words(this, groups.keySet(), tagNames(), hosts());
        Map<String, BitSet> tagOwners = new HashMap<>();
        object("tagOwners").forEach((tag, owners) -> tagOwners.put(tag.value(), words.owners(owners)));
        Map<Prefix, BitSet> routeApprovers = new HashMap<>();
        BitSet exitApprovers = new BitSet();
        object("autoApprovers").forEach((name, value) -> {
            switch (name.value()) {
                case "routes" ->
                    members(value).forEach((prefix, approvers) -> {
                        Prefix route = prefix(prefix);
                        if (route != null) {
                            routeApprovers.put(route, words.owners(approvers));
                        }
                    });
                case "exitNode" -> exitApprovers.or(words.owners(value));
                default -> error(name.location(), "unknown in autoApprovers: " + name.value());
            }
        });
        RuleParser ruleParser = new RuleParser(this, words);
        List<Rule> rules = new ArrayList<>();
        HujsonValue acls = sections.get("acls");
        HujsonValue grants = sections.get("grants");
        if (acls != null) {
            array(acls).forEach(acl -> addIfGood(rules, ruleParser.acl(acl)));
        }
        if (grants != null) {
            array(grants).forEach(grant -> addIfGood(rules, ruleParser.grant(grant)));
        }
        if (acls == null && grants == null) { // says nothing of it: everybody may do everything, as headscale has it
            rules.add(ruleParser.everything());
        }
        List<PolicyTest> tests = new ArrayList<>();
        HujsonValue testSection = sections.get("tests");
        if (testSection != null) {
            array(testSection).forEach(test -> addIfGood(tests, ruleParser.test(test)));
        }
        return new Policy(words.selectors(), groups, rules, tagOwners, routeApprovers, exitApprovers, tests);
    }

    private void groups() {
        object("groups").forEach((name, members) -> {
            if (!name.value().startsWith("group:") || name.value().length() == "group:".length()) {
                error(name.location(), "the name of a group begins with group:");
            }
            Set<String> logins = new HashSet<>();
            for (Text member : texts(members)) {
                if (Words.isLogin(member.value())) {
                    logins.add(Words.login(member.value()));
                } else {
                    error(
                            member.location(),
                            "a group has users in it, alice@example.com or alice@, not " + member.value());
                }
            }
            groups.put(name.value(), logins);
        });
    }

    private Set<String> tagNames() {
        Set<String> tags = new HashSet<>();
        object("tagOwners").keySet().forEach(name -> {
            if (!Words.isTag(name.value())) {
                error(name.location(), "a tag is tag: and letters, digits and hyphens, with a letter first");
            }
            tags.add(name.value());
        });
        return tags;
    }

    private Map<String, IpSet> hosts() {
        Map<String, IpSet> hosts = new HashMap<>();
        object("hosts").forEach((name, value) -> {
            boolean plain = !name.value().isEmpty()
                    && name.value().chars().noneMatch(c -> c == ':' || c == '@' || c == '*' || c == '/');
            if (!plain) {
                error(name.location(), "not a name for a host: " + name.value());
            }
            Text text = text(value);
            Prefix prefix = text == null ? null : prefix(text);
            if (prefix != null) {
                hosts.put(name.value(), IpSet.of(List.of(prefix)));
            }
        });
        return hosts;
    }

    /** An address or a prefix without host bits; null, with an error, for anything else. */
    private @Nullable Prefix prefix(Text text) {
        try {
            return Words.prefix(text.value());
        } catch (IllegalArgumentException e) {
            error(text.location(), String.valueOf(e.getMessage()));
            return null;
        }
    }

    private Map<Text, HujsonValue> object(String section) {
        HujsonValue value = sections.get(section);
        return value == null ? Map.of() : members(value);
    }

    /** The members of an object, or none, with an error. */
    Map<Text, HujsonValue> members(HujsonValue value) {
        if (value instanceof HujsonValue.Struct object) {
            return object.members();
        }
        expect(value, "an object");
        return Map.of();
    }

    /** The elements of an array, or none, with an error. */
    List<HujsonValue> array(HujsonValue value) {
        if (value instanceof HujsonValue.Array array) {
            return array.elements();
        }
        expect(value, "an array");
        return List.of();
    }

    /** The strings of an array; each other element is an error. */
    List<Text> texts(HujsonValue value) {
        List<Text> texts = new ArrayList<>();
        for (HujsonValue element : array(value)) {
            Text text = text(element);
            if (text != null) {
                texts.add(text);
            }
        }
        return texts;
    }

    /** A string, or null, with an error. */
    @Nullable Text text(HujsonValue value) {
        if (value instanceof Text text) {
            return text;
        }
        expect(value, "a string");
        return null;
    }

    void error(Location location, String message) {
        errors.add(new Finding(location, message));
    }

    private void expect(HujsonValue value, String kind) {
        error(value.location(), "expected " + kind);
    }

    private static <T> void addIfGood(List<T> list, @Nullable T element) {
        if (element != null) {
            list.add(element);
        }
    }
}
