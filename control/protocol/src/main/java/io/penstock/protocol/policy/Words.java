package io.penstock.protocol.policy;

import io.penstock.protocol.hujson.HujsonValue;
import io.penstock.protocol.hujson.HujsonValue.Text;
import io.penstock.wireguard.IpText;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The words of a policy file that mean somebody or something, each with its number in the policy's table. */
final class Words {
    private final PolicyParser parser;
    private final Map<String, IpSet> hosts;
    private final List<Selector> selectors = new ArrayList<>();
    private final Map<String, Integer> numbers = new HashMap<>();

    Words(PolicyParser parser, Set<String> groups, Set<String> tags, Map<String, IpSet> hosts) {
        this.parser = parser;
        this.hosts = hosts;
        add("*", new Selector.Everything()); // in the order of the constants in Selector
        add("autogroup:member", new Selector.Members());
        add("autogroup:tagged", new Selector.Tagged());
        add("autogroup:self", new Selector.Self());
        add("autogroup:internet", new Selector.Internet());
        add("autogroup:admin", new Selector.Admins());
        numbers.put("autogroup:members", Selector.MEMBERS);
        numbers.put("autogroup:danger-all", Selector.EVERYTHING);
        groups.forEach(group -> add(group, new Selector.Group(group)));
        tags.forEach(tag -> add(tag, new Selector.Tag(tag)));
    }

    List<Selector> selectors() {
        return selectors;
    }

    /** Sources of a rule. */
    BitSet sources(HujsonValue value) {
        BitSet words = new BitSet();
        for (Text text : parser.texts(value)) {
            int number = number(text, text.value());
            if (number == Selector.SELF || number == Selector.INTERNET) {
                parser.error(text.location(), text.value() + " can only be a destination");
            } else if (number >= 0) {
                words.set(number);
            }
        }
        return words;
    }

    /** Owners of a tag, or those whose routes are approved. */
    BitSet owners(HujsonValue value) {
        BitSet words = new BitSet();
        for (Text text : parser.texts(value)) {
            int number = number(text, text.value());
            if (number < 0) {
                continue;
            }
            switch (selectors.get(number)) {
                case Selector.Members s -> words.set(number);
                case Selector.Tagged s -> words.set(number);
                case Selector.Admins s -> words.set(number);
                case Selector.User s -> words.set(number);
                case Selector.Group s -> words.set(number);
                case Selector.Tag s -> words.set(number);
                case Selector.Everything s -> refuseOwner(text);
                case Selector.Self s -> refuseOwner(text);
                case Selector.Internet s -> refuseOwner(text);
                case Selector.Addresses s -> refuseOwner(text);
            }
        }
        return words;
    }

    /** The number of a word, or -1, with an error at {@code place}. */
    int number(Text place, String word) {
        Integer known = numbers.get(word);
        if (known != null) {
            return known;
        }
        if (word.startsWith("group:")) {
            return unknown(place, word + " is not among the groups");
        } else if (word.startsWith("tag:")) {
            return unknown(place, word + " is not among the tagOwners");
        } else if (word.startsWith("autogroup:")) {
            return unknown(place, word + " is not supported");
        } else if (word.startsWith("ipset:") || word.startsWith("svc:")) {
            return unknown(place, word + " is not supported");
        } else if (isLogin(word)) {
            return add(word, new Selector.User(login(word)));
        }
        IpSet host = hosts.get(word);
        if (host != null) {
            return add(word, new Selector.Addresses(host));
        }
        try {
            return add(word, new Selector.Addresses(IpSet.of(List.of(prefix(word)))));
        } catch (IllegalArgumentException e) {
            return unknown(place, word + " is no user, group, tag, address, and not among the hosts");
        }
    }

    static boolean isLogin(String word) {
        return word.indexOf('@') > 0 && word.indexOf('*') < 0;
    }

    static String login(String word) {
        return word.endsWith("@") ? word.substring(0, word.length() - 1) : word;
    }

    static boolean isTag(String word) {
        return word.matches("tag:[a-zA-Z][a-zA-Z0-9-]*");
    }

    /**
     * An address or a prefix.
     *
     * @throws IllegalArgumentException for anything else, host bits included
     */
    static Prefix prefix(String text) {
        if (text.indexOf('/') < 0) {
            if (text.indexOf(':') < 0) {
                return Prefix.v4(IpText.parse4(text), 32);
            }
            long[] halves = IpText.parse6(text);
            return Prefix.v6(halves[0], halves[1], 128);
        }
        Prefix prefix = Prefix.parse(text);
        Prefix address = prefix(text.substring(0, text.indexOf('/')));
        if (prefix.high() != address.high() || prefix.low() != address.low()) {
            throw new IllegalArgumentException(text + " has bits behind its length; " + prefix + " has not");
        }
        return prefix;
    }

    private int add(String word, Selector selector) {
        int number = selectors.size();
        selectors.add(selector);
        numbers.put(word, number);
        return number;
    }

    private int unknown(Text place, String message) {
        parser.error(place.location(), message);
        return -1;
    }

    private void refuseOwner(Text text) {
        parser.error(text.location(), text.value() + " owns nothing");
    }
}
