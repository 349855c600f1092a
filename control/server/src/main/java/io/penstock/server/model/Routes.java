package io.penstock.server.model;

import io.penstock.wireguard.route.Prefix;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The prefixes behind a node: it advertises them, an administrator or the policy approves them, and it serves what is both.
 * An approval outlives the advertisement, so that a router that comes back needs no second one. Immutable.
 */
public record Routes(Set<Prefix> advertised, Set<Prefix> approved) {
    public static final int MAX_COUNT = 1000;
    public static final Routes NONE = new Routes(Set.of(), Set.of());

    /** What an exit node advertises; one of the two without the other is never served. */
    public static final Set<Prefix> EXIT = Set.of(Prefix.parse("0.0.0.0/0"), Prefix.parse("::/0"));

    public Routes {
        advertised = Set.copyOf(advertised);
        approved = Set.copyOf(approved);
        if (advertised.size() > MAX_COUNT || approved.size() > MAX_COUNT) {
            throw new IllegalArgumentException("more than " + MAX_COUNT + " routes");
        }
    }

    /**
     * What the node tells now; of what it did not advertise before, {@code autoApproved} is approved at once. Where that would
     * be more than {@link #MAX_COUNT}, approvals of what it does not advertise are forgotten: first those that would come again
     * by themselves, and if that is not enough, all.
     *
     * @throws IllegalArgumentException if the node tells more than {@link #MAX_COUNT}
     */
    public Routes advertise(Set<Prefix> prefixes, Predicate<Prefix> autoApproved) {
        Set<Prefix> nowApproved = new HashSet<>(approved);
        for (Prefix prefix : prefixes) {
            if (!advertised.contains(prefix) && autoApproved.test(prefix)) {
                nowApproved.add(prefix);
            }
        }
        if (nowApproved.size() > MAX_COUNT) {
            nowApproved.removeIf(prefix -> !prefixes.contains(prefix) && autoApproved.test(prefix));
        }
        if (nowApproved.size() > MAX_COUNT) {
            nowApproved.retainAll(prefixes);
        }
        return new Routes(prefixes, nowApproved);
    }

    /** Exactly these are approved; either exit prefix stands for both. */
    public Routes approve(Set<Prefix> prefixes) {
        Set<Prefix> nowApproved = new HashSet<>(prefixes);
        if (EXIT.stream().anyMatch(prefixes::contains)) {
            nowApproved.addAll(EXIT);
        }
        return new Routes(advertised, nowApproved);
    }

    /** The subnets that traffic may go to by this node; exit prefixes are not among them. */
    public Set<Prefix> serving() {
        Set<Prefix> serving = new HashSet<>(advertised);
        serving.retainAll(approved);
        serving.removeAll(EXIT);
        return Set.copyOf(serving);
    }

    /** Whether others may choose the node for all other traffic. */
    public boolean isExitNode() {
        return advertised.containsAll(EXIT) && approved.containsAll(EXIT);
    }

    /** What is advertised and waits for somebody to approve it. */
    public Set<Prefix> waiting() {
        Set<Prefix> waiting = new HashSet<>(advertised);
        waiting.removeAll(approved);
        return Set.copyOf(waiting);
    }
}
