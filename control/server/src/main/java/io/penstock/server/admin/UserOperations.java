package io.penstock.server.admin;

import io.penstock.server.admin.Gate.Allowed;
import io.penstock.server.admin.Gate.Deed;
import io.penstock.server.model.Identity;
import io.penstock.server.model.Node;
import io.penstock.server.model.OneTimeLink;
import io.penstock.server.model.Role;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.wireguard.Entropy;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Users of a domain. Nobody makes or changes somebody who is more than themselves, and a domain keeps an owner. */
public final class UserOperations {
    private final Gate gate;
    private final Entropy entropy;

    UserOperations(Gate gate, Entropy entropy) {
        this.gate = gate;
        this.entropy = entropy;
    }

    /** A link and its secret, which is shown once. */
    public record IssuedLink(OneTimeLink link, Token secret) {}

    /** Those that the caller may see. */
    public Outcome<List<User>> list(Caller caller, String domain) {
        return gate.read(
                caller,
                Permission.USERS_READ,
                domain,
                new Deed("list users", domain),
                allowed -> new Outcome.Done<>(
                        allowed.tx().users().list(allowed.domain().id()).stream()
                                .filter(user -> allowed.covers(user.id()))
                                .toList()));
    }

    /**
     * Adds somebody whom an identity provider will vouch for; or, under the local issuer, somebody who owns nodes that join by a
     * key and cannot sign in: a member, since only a one-time link sets a password.
     */
    public Outcome<User> add(
            Caller caller, String domain, Identity identity, String loginName, String displayName, Role role) {
        return gate.write(
                caller,
                Permission.USERS_WRITE,
                domain,
                new Deed("add user", identity.issuer() + " " + identity.subject()),
                allowed -> {
                    if (identity.isLocal() && role != Role.MEMBER) {
                        return new Outcome.Invalid<>("a local administrator is made by a one-time link");
                    }
                    if (isAbove(role, allowed)) {
                        return new Outcome.Denied<>("a role above one's own");
                    }
                    if (allowed.tx()
                            .users()
                            .find(allowed.domain().id(), identity)
                            .isPresent()) {
                        return new Outcome.Conflict<>("the domain has this user");
                    }
                    requireText("login name", loginName);
                    requireText("display name", displayName);
                    return new Outcome.Done<>(allowed.tx()
                            .users()
                            .add(allowed.domain().id(), identity, loginName, displayName, role, false));
                });
    }

    /** Text that others will see: no control characters, not empty, at most 200 characters. */
    static void requireText(String what, String text) {
        if (text.isBlank() || text.length() > 200 || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("not a " + what + ": 1 to 200 characters that can be printed");
        }
    }

    /**
     * Changes what somebody is, or whether they may do anything.
     *
     * @param role null to leave it
     * @param active null to leave it; who is disabled loses all sessions, and their nodes have to log in again
     */
    public Outcome<User> change(
            Caller caller, String domain, long userId, @Nullable Role role, @Nullable Boolean active) {
        return gate.write(
                caller,
                Permission.USERS_WRITE,
                domain,
                new Deed("change user", userId + " to role " + role + " active " + active),
                allowed -> change(allowed, userId, role, active));
    }

    private static Outcome<User> change(Allowed allowed, long userId, @Nullable Role role, @Nullable Boolean active) {
        Optional<User> found = allowed.tx().users().find(allowed.domain().id(), userId);
        if (found.isEmpty()) {
            return new Outcome.NotFound<>("user " + userId);
        }
        User user = found.get();
        if (isAbove(user.role(), allowed) || (role != null && isAbove(role, allowed))) {
            return new Outcome.Denied<>("a role above one's own");
        }
        boolean staysOwner = (role == null || role == Role.OWNER) && !Boolean.FALSE.equals(active);
        if (isLastOwner(user, allowed) && !staysOwner) {
            return new Outcome.Conflict<>("the domain would have no owner");
        }
        if (role != null) {
            allowed.tx().users().setRole(user, role);
        }
        if (active != null) {
            allowed.tx().users().setActive(user, active);
            if (!active) {
                putOut(allowed, userId);
            }
        }
        return new Outcome.Done<>(
                allowed.tx().users().find(allowed.domain().id(), userId).orElseThrow());
    }

    /** Forgets somebody who owns no nodes, and all by which they act. */
    public Outcome<User> remove(Caller caller, String domain, long userId) {
        return gate.write(
                caller, Permission.USERS_WRITE, domain, new Deed("remove user", Long.toString(userId)), allowed -> {
                    Optional<User> found =
                            allowed.tx().users().find(allowed.domain().id(), userId);
                    if (found.isEmpty()) {
                        return new Outcome.NotFound<>("user " + userId);
                    }
                    User user = found.get();
                    if (isAbove(user.role(), allowed)) {
                        return new Outcome.Denied<>("a role above one's own");
                    }
                    if (isLastOwner(user, allowed)) {
                        return new Outcome.Conflict<>("the domain would have no owner");
                    }
                    boolean ownsNodes = allowed
                            .tx()
                            .nodes()
                            .list(allowed.domain().id())
                            .stream()
                            .anyMatch(node -> node.isOwnedBy(userId));
                    if (ownsNodes) {
                        return new Outcome.Conflict<>(
                                "user " + userId + " owns nodes: remove or tag these first, or disable the user");
                    }
                    allowed.tx().users().remove(user);
                    return new Outcome.Done<>(user);
                });
    }

    private static boolean isLastOwner(User user, Allowed allowed) {
        return user.role() == Role.OWNER
                && user.isActive()
                && allowed.tx().users().countOwners(allowed.domain().id()) == 1;
    }

    /** Sessions end and the keys of their nodes expire; API keys and pre-auth keys of somebody disabled are no good anyway. */
    private static void putOut(Allowed allowed, long userId) {
        allowed.tx().sessions().revokeAll(userId);
        for (Node node : allowed.tx().nodes().list(allowed.domain().id())) {
            if (node.isOwnedBy(userId) && !node.isExpired(allowed.tx().now())) {
                allowed.tx().nodes().setExpiry(node, allowed.tx().now());
            }
        }
    }

    private static boolean isAbove(Role role, Allowed allowed) {
        return role.compareTo(allowed.authority().role()) > 0;
    }

    /** Makes a link by which somebody becomes a local administrator of the domain. */
    public Outcome<IssuedLink> invite(Caller caller, String domain, Role role) {
        return gate.write(
                caller, Permission.USERS_WRITE, domain, new Deed("invite administrator", role.toString()), allowed -> {
                    if (isAbove(role, allowed)) {
                        return new Outcome.Denied<>("a role above one's own");
                    }
                    Token secret = Token.create(TokenKind.LINK, entropy);
                    return new Outcome.Done<>(new IssuedLink(
                            allowed.tx().links().add(allowed.domain().id(), secret, role, false), secret));
                });
    }
}
