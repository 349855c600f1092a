package io.penstock.protocol.policy;

import java.util.Set;

/**
 * A user as a policy knows them.
 *
 * @param loginName what the file calls them; {@code alice@} in a file means the login name {@code alice}
 * @param groups names of groups with {@code group:} in front, that somebody else than the file has put them in
 * @param isAdmin is in {@code autogroup:admin}
 */
public record PolicyUser(long id, String loginName, Set<String> groups, boolean isAdmin) {
    public PolicyUser {
        groups = Set.copyOf(groups);
    }
}
