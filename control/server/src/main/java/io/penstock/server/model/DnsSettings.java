package io.penstock.server.model;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How the nodes of a domain resolve names that are not in their map. Immutable, and checked.
 *
 * @param nameservers for everything else, as {@link Nameserver} has them
 * @param overrideLocal nodes ask these instead of the nameservers that their system has; else only where it has none
 * @param search suffixes that are tried behind short names, after the domain's own
 * @param split for names that end in a suffix: whom to ask, at least one for each
 */
public record DnsSettings(
        List<Nameserver> nameservers,
        boolean overrideLocal,
        List<String> search,
        SortedMap<String, List<Nameserver>> split) {
    public static final int MAX_NAMESERVERS = 10;
    public static final int MAX_SEARCH = 20;
    public static final int MAX_SPLIT = 200;

    public static final DnsSettings NONE = new DnsSettings(List.of(), false, List.of(), new TreeMap<>());

    private static final int MAX_NAME_LENGTH = 253;

    public DnsSettings {
        nameservers = checked(nameservers, "of all names");
        search = List.copyOf(search);
        require(search.size() <= MAX_SEARCH, "more than " + MAX_SEARCH + " search domains");
        Set<String> seen = new HashSet<>();
        for (String suffix : search) {
            requireSuffix(suffix);
            require(seen.add(suffix), "the search domain " + suffix + " is there twice");
        }
        require(split.size() <= MAX_SPLIT, "nameservers of their own for more than " + MAX_SPLIT + " suffixes");
        TreeMap<String, List<Nameserver>> checked = new TreeMap<>();
        for (Map.Entry<String, List<Nameserver>> entry : split.entrySet()) {
            requireSuffix(entry.getKey());
            require(!entry.getValue().isEmpty(), "no nameserver for " + entry.getKey() + "; leave the suffix out");
            checked.put(entry.getKey(), checked(entry.getValue(), "of " + entry.getKey()));
        }
        split = Collections.unmodifiableSortedMap(checked);
        require(
                !overrideLocal || !nameservers.isEmpty(),
                "to override the local nameservers takes nameservers: nodes would have none");
    }

    private static List<Nameserver> checked(List<Nameserver> nameservers, String of) {
        require(nameservers.size() <= MAX_NAMESERVERS, "more than " + MAX_NAMESERVERS + " nameservers " + of);
        require(
                new HashSet<>(nameservers).size() == nameservers.size(),
                "one of the nameservers " + of + " is there twice");
        return List.copyOf(nameservers);
    }

    /** A DNS name of any number of labels, lower case. */
    private static void requireSuffix(String suffix) {
        boolean isName = suffix.length() <= MAX_NAME_LENGTH;
        for (String label : suffix.split("\\.", -1)) {
            isName &= NodeName.isValid(label);
        }
        require(
                isName,
                "'" + suffix
                        + "' is not a DNS suffix: labels of lower-case letters, digits and hyphens with dots between,"
                        + " and none at its ends");
    }

    /**
     * Checks what only the domain can tell.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    public void checkWithin(String ownSuffix) {
        require(
                !split.containsKey(ownSuffix),
                ownSuffix + " is the domain's own suffix: its nodes answer it from their map, and ask nobody");
        require(!search.contains(ownSuffix), ownSuffix + " is the domain's own suffix, which is searched first anyway");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
