package io.penstock.server.admin;

import io.penstock.server.admin.Gate.Allowed;
import io.penstock.server.admin.Gate.Deed;
import io.penstock.server.model.Identity;
import io.penstock.server.model.OneTimeLink;
import io.penstock.server.model.Role;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.store.OneTimeLinkTable;
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

    /**
     * A link and its secret, which is shown once.
     *
     * @param voided earlier links for the same role that were good until now
     */
    public record IssuedLink(OneTimeLink link, Token secret, long voided) {}

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
            allowed.tx().providerGrants().forget(userId); // whatever a provider said: an administrator has decided
            if (!active) {
                PutOut.run(allowed.tx(), user);
            }
        }
        return new Outcome.Done<>(
                allowed.tx().users().find(allowed.domain().id(), userId).orElseThrow());
    }

    /**
     * Gives somebody another name, for policies and for people. Whom a provider vouches for stays known to it as before; who signs in
     * here does so by the new name.
     *
     * @param displayName null to leave it, or to follow the login name if it was the same
     */
    public Outcome<User> rename(
            Caller caller, String domain, long userId, String loginName, @Nullable String displayName) {
        Deed deed = new Deed("rename user", userId + " to " + loginName);
        return gate.write(caller, Permission.USERS_WRITE, domain, deed, allowed -> {
            Optional<User> found = allowed.tx().users().find(allowed.domain().id(), userId);
            if (found.isEmpty()) {
                return new Outcome.NotFound<>("user " + userId);
            }
            User user = found.get();
            if (isAbove(user.role(), allowed)) {
                return new Outcome.Denied<>("a role above one's own");
            }
            requireText("login name", loginName);
            Optional<String> fault = user.identity().isLocal() ? SignIn.loginNameFault(loginName) : Optional.empty();
            if (fault.isPresent()) {
                return new Outcome.Invalid<>(fault.get());
            }
            boolean isTaken = allowed.tx().users().list(allowed.domain().id()).stream()
                    .anyMatch(other -> other.id() != userId && isCalled(other, loginName));
            if (isTaken) { // a policy could mean either
                return new Outcome.Conflict<>("another user is called " + loginName);
            }
            String shown = displayName != null
                    ? displayName
                    : user.displayName().equals(user.loginName()) ? loginName : user.displayName();
            requireText("display name", shown);
            Identity identity = user.identity().isLocal() ? new Identity(Identity.LOCAL, loginName) : user.identity();
            allowed.tx().users().rename(user, identity, loginName, shown);
            return new Outcome.Done<>(
                    allowed.tx().users().find(allowed.domain().id(), userId).orElseThrow());
        });
    }

    private static boolean isCalled(User user, String name) {
        return user.loginName().equals(name)
                || (user.identity().isLocal() && user.identity().subject().equals(name));
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

    private static boolean isAbove(Role role, Allowed allowed) {
        return role.compareTo(allowed.authority().role()) > 0;
    }

    /** Makes a link by which somebody becomes a local administrator of the domain, in place of those for the same role. */
    public Outcome<IssuedLink> invite(Caller caller, String domain, Role role) {
        return gate.write(
                caller, Permission.USERS_WRITE, domain, new Deed("invite administrator", role.toString()), allowed -> {
                    if (isAbove(role, allowed)) {
                        return new Outcome.Denied<>("a role above one's own");
                    }
                    Token secret = Token.create(TokenKind.LINK, entropy);
                    OneTimeLinkTable links = allowed.tx().links();
                    long voided = links.countGood(allowed.domain().id(), role, false);
                    return new Outcome.Done<>(
                            new IssuedLink(links.add(allowed.domain().id(), secret, role, false), secret, voided));
                });
    }
}
