package io.penstock.protocol.policy;

import io.penstock.protocol.hujson.Finding;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Policies, users and nodes of tests in few words. Single quotes stand for double ones. */
final class Policies {
    private Policies() {}

    static Policy good(String file) {
        return switch (Policy.parse(file.replace('\'', '"'))) {
            case PolicyResult.Good good -> good.policy();
            case PolicyResult.Bad bad -> throw new AssertionError(bad.errors());
        };
    }

    static List<String> errors(String file) {
        return switch (Policy.parse(file.replace('\'', '"'))) {
            case PolicyResult.Good good -> List.of();
            case PolicyResult.Bad bad ->
                bad.errors().stream().map(Finding::toString).toList();
        };
    }

    static PolicyOwner user(long id, String login, String... groups) {
        return new PolicyOwner.OfUser(new PolicyUser(id, login, Set.of(groups), false));
    }

    static PolicyOwner admin(long id, String login) {
        return new PolicyOwner.OfUser(new PolicyUser(id, login, Set.of(), true));
    }

    static PolicyOwner tags(String... tags) {
        return new PolicyOwner.OfTags(Set.of(tags));
    }

    /** A node with the addresses 100.64.x.y and fd7a:115c:a1e0::id. */
    static PolicyNode node(long id, PolicyOwner owner, String... routes) {
        return new PolicyNode(
                id, owner, addresses(id), Stream.of(routes).map(Prefix::parse).toList());
    }

    static List<Prefix> addresses(long id) {
        return List.of(Prefix.v4(0x6440_0000 + (int) id, 32), Prefix.v6(0xfd7a_115c_a1e0_0000L, id, 128));
    }
}
