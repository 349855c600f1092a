package io.penstock.protocol.policy;

import io.penstock.protocol.hujson.HujsonValue;
import io.penstock.protocol.hujson.HujsonValue.Text;
import io.penstock.protocol.hujson.Location;
import io.penstock.protocol.json.RawJson;
import io.penstock.protocol.message.PortRange;
import io.penstock.protocol.policy.Rule.Target;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads entries of {@code acls}, {@code grants} and {@code tests}. Gives null, with an error, for a bad one. */
final class RuleParser {
    private final PolicyParser parser;
    private final Words words;

    RuleParser(PolicyParser parser, Words words) {
        this.parser = parser;
        this.words = words;
    }

    Rule everything() {
        BitSet all = new BitSet();
        all.set(Selector.EVERYTHING);
        Target target = new Target(Selector.EVERYTHING, List.of(), List.of(PortRange.ALL));
        return new Rule(new Location(1, 1), all, all, List.of(target), Map.of());
    }

    /** {@code {"action": "accept", "proto": …, "src": […], "dst": ["who:ports"]}}. */
    @Nullable Rule acl(HujsonValue value) {
        Map<String, HujsonValue> entry = entry(value, "action", "proto", "src", "dst", "users", "ports");
        HujsonValue action = entry.get("action");
        if (!(action instanceof Text text) || !text.value().equals("accept")) {
            parser.error(action == null ? value.location() : action.location(), "the action has to be \"accept\"");
        }
        HujsonValue sources = required(value, entry, entry.containsKey("users") ? "users" : "src");
        HujsonValue destinations = required(value, entry, entry.containsKey("ports") ? "ports" : "dst");
        if (sources == null || destinations == null) {
            return null;
        }
        List<Integer> protocols = protocols(entry.get("proto"));
        List<Target> targets = new ArrayList<>();
        for (Text text : parser.texts(destinations)) {
            int colon = text.value().lastIndexOf(':');
            String ports = text.value().substring(colon + 1);
            String word = colon < 0 ? "" : unbracketed(text.value().substring(0, colon));
            if (colon <= 0 || word.equals("tag") || word.equals("group") || word.equals("autogroup")) {
                parser.error(text.location(), "ports are missing: " + text.value() + ":*");
                continue;
            }
            int selector = words.number(text, word);
            List<PortRange> ranges = ports(text, ports, protocols);
            if (selector >= 0 && ranges != null) {
                targets.add(new Target(selector, protocols, ranges));
            }
        }
        return rule(value, words.sources(sources), targets, Map.of());
    }

    /** {@code {"src": […], "dst": […], "ip": ["tcp:443"], "app": {…}}}. */
    @Nullable Rule grant(HujsonValue value) {
        Map<String, HujsonValue> entry = entry(value, "src", "dst", "ip", "app", "via", "srcPosture");
        for (String restriction : List.of("via", "srcPosture")) {
            HujsonValue unsupported = entry.get(restriction);
            if (unsupported != null
                    && !(unsupported instanceof HujsonValue.Array array
                            && array.elements().isEmpty())) {
                parser.error(
                        unsupported.location(),
                        restriction + " is not supported, and leaving it out would allow more than is meant");
            }
        }
        HujsonValue sources = required(value, entry, "src");
        HujsonValue destinations = required(value, entry, "dst");
        if (sources == null || destinations == null) {
            return null;
        }
        HujsonValue ip = entry.get("ip");
        HujsonValue app = entry.get("app");
        if (ip == null && app == null) {
            parser.error(value.location(), "a grant has ip, app or both");
        }
        List<Target> targets = new ArrayList<>();
        for (Text text : parser.texts(destinations)) {
            int selector = words.number(text, text.value());
            if (selector < 0) {
                continue;
            }
            targets.add(new Target(selector, List.of(), List.of())); // as a destination of capabilities
            if (ip != null) {
                services(ip).forEach((protocols, ports) -> targets.add(new Target(selector, protocols, ports)));
            }
        }
        return rule(value, words.sources(sources), targets, app == null ? Map.of() : capabilities(app));
    }

    /** {@code {"src": "alice@", "proto": "tcp", "accept": ["tag:a:22"], "deny": […]}}. */
    @Nullable PolicyTest test(HujsonValue value) {
        Map<String, HujsonValue> entry = entry(value, "src", "proto", "accept", "allow", "deny");
        HujsonValue source = required(value, entry, "src");
        Text sourceText = source == null ? null : parser.text(source);
        if (sourceText == null) {
            return null;
        }
        int selector = words.number(sourceText, sourceText.value());
        List<Integer> protocols = protocols(entry.get("proto"));
        int protocol = protocols.isEmpty() ? Services.TCP : protocols.getFirst();
        List<PolicyTest.Expectation> accept = new ArrayList<>(expectations(entry.get("accept")));
        accept.addAll(expectations(entry.get("allow")));
        List<PolicyTest.Expectation> deny = expectations(entry.get("deny"));
        if (!entry.containsKey("accept") && !entry.containsKey("allow") && !entry.containsKey("deny")) {
            parser.error(value.location(), "a test that expects nothing");
        }
        return selector < 0 ? null : new PolicyTest(value.location(), selector, protocol, accept, deny);
    }

    private List<PolicyTest.Expectation> expectations(@Nullable HujsonValue value) {
        List<PolicyTest.Expectation> expectations = new ArrayList<>();
        if (value == null) {
            return expectations;
        }
        for (Text text : parser.texts(value)) {
            int colon = text.value().lastIndexOf(':');
            int selector = colon <= 0
                    ? -1
                    : words.number(text, unbracketed(text.value().substring(0, colon)));
            List<PortRange> ports = colon <= 0 ? null : ports(text, text.value().substring(colon + 1), List.of());
            if (ports == null
                    || ports.size() != 1
                    || ports.getFirst().first() != ports.getFirst().last()) {
                parser.error(text.location(), "a test asks for one port: " + text.value());
            } else if (selector >= 0) {
                expectations.add(new PolicyTest.Expectation(
                        text.location(),
                        text.value(),
                        selector,
                        ports.getFirst().first()));
            }
        }
        return expectations;
    }

    private @Nullable Rule rule(
            HujsonValue value, BitSet sources, List<Target> targets, Map<String, List<RawJson>> capabilities) {
        BitSet destinations = new BitSet();
        for (Target target : targets) {
            destinations.set(target.selector());
        }
        if (destinations.get(Selector.SELF)) {
            sources.stream().mapToObj(words.selectors()::get).forEach(selector -> {
                if (selector instanceof Selector.Tag
                        || selector instanceof Selector.Addresses
                        || selector instanceof Selector.Tagged) {
                    parser.error(value.location(), "autogroup:self is for users, groups and autogroup:member");
                }
            });
        }
        return new Rule(value.location(), sources, destinations, List.copyOf(targets), capabilities);
    }

    /** Ports of a grant by protocol: {@code *}, {@code 443}, {@code tcp:443}, {@code icmp:*}. */
    private Map<List<Integer>, List<PortRange>> services(HujsonValue value) {
        Map<List<Integer>, List<PortRange>> services = new LinkedHashMap<>();
        for (Text text : parser.texts(value)) {
            int colon = text.value().indexOf(':');
            List<Integer> protocols = colon < 0
                    ? List.of()
                    : protocols(new Text(text.location(), text.value().substring(0, colon)));
            List<PortRange> ports = ports(text, text.value().substring(colon + 1), protocols);
            if (ports != null) {
                services.computeIfAbsent(protocols, p -> new ArrayList<>()).addAll(ports);
            }
        }
        return services;
    }

    private Map<String, List<RawJson>> capabilities(HujsonValue value) {
        Map<String, List<RawJson>> capabilities = new LinkedHashMap<>();
        parser.members(value).forEach((name, parameters) -> {
            if (name.value().indexOf('/') < 0) {
                parser.error(
                        name.location(), "the name of a capability has a domain in front: example.com/" + name.value());
            }
            List<RawJson> values = new ArrayList<>();
            parser.array(parameters).forEach(parameter -> values.add(new RawJson(RawText.of(parameter))));
            capabilities.put(name.value(), values);
        });
        return capabilities;
    }

    private List<Integer> protocols(@Nullable HujsonValue value) {
        Text text = value == null ? null : parser.text(value);
        if (text == null) {
            return List.of();
        }
        try {
            return Services.protocols(text.value());
        } catch (IllegalArgumentException e) {
            parser.error(text.location(), String.valueOf(e.getMessage()));
            return List.of();
        }
    }

    private @Nullable List<PortRange> ports(Text place, String ports, List<Integer> protocols) {
        try {
            List<PortRange> ranges = Services.ports(ports);
            if (Services.haveNoPorts(protocols) && !ranges.equals(List.of(PortRange.ALL))) {
                parser.error(place.location(), "this protocol has no ports: use *");
            }
            return ranges;
        } catch (IllegalArgumentException e) {
            parser.error(place.location(), String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** The members of an entry by name; what is not among {@code known} is an error. */
    private Map<String, HujsonValue> entry(HujsonValue value, String... known) {
        Map<String, HujsonValue> entry = new HashMap<>();
        parser.members(value).forEach((name, member) -> {
            if (!List.of(known).contains(name.value())) {
                parser.error(name.location(), "unknown here: " + name.value());
            }
            entry.put(name.value(), member);
        });
        return entry;
    }

    private @Nullable HujsonValue required(HujsonValue value, Map<String, HujsonValue> entry, String name) {
        HujsonValue member = entry.get(name);
        if (member == null && value instanceof HujsonValue.Struct) {
            parser.error(value.location(), name + " is missing");
        }
        return member;
    }

    private static String unbracketed(String word) {
        return word.startsWith("[") && word.endsWith("]") ? word.substring(1, word.length() - 1) : word;
    }
}
