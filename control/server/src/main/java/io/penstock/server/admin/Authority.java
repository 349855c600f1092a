package io.penstock.server.admin;

import io.penstock.server.admin.Permission.Reach;
import io.penstock.server.model.ApiKey;
import io.penstock.server.model.Domain;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.Role;
import io.penstock.server.model.SecondFactor;
import io.penstock.server.model.Session;
import io.penstock.server.model.User;
import io.penstock.server.store.Transaction;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a caller is at one moment: read once, in the transaction that acts on it, so that nobody's role changes between the check
 * and the deed. Immutable.
 *
 * @param actor as the audit log names them
 * @param user null for root on the machine
 * @param scopes what an API key leaves of it; everything otherwise
 * @param lacksFactor for new devices: their provider demands a second factor for those, and they have proven none
 */
record Authority(
        String actor, @Nullable User user, Role role, boolean operator, Set<Permission> scopes, boolean lacksFactor) {
    private static final Authority LOCAL_ROOT =
            new Authority("local root", null, Role.OWNER, true, EnumSet.allOf(Permission.class), false);

    /** Empty if the caller is nobody, or is disabled, or has an expired or revoked secret. */
    static Optional<Authority> read(Transaction tx, Caller caller) {
        return switch (caller) {
            case Caller.Anonymous anonymous -> Optional.empty();
            case Caller.LocalRoot root -> Optional.of(LOCAL_ROOT);
            case Caller.WithSession with ->
                tx.sessions()
                        .find(with.session())
                        .filter(session -> session.isGood(tx.now()))
                        .flatMap(session -> ofSession(tx, session));
            case Caller.WithApiKey with ->
                tx.apiKeys()
                        .find(with.key())
                        .filter(key -> key.isGood(tx.now()))
                        .flatMap(key -> ofApiKey(tx, key));
        };
    }

    /** Whoever became an administrator since they signed in without a second factor has to do so with one, if it is demanded. */
    private static Optional<Authority> ofSession(Transaction tx, Session session) {
        Long providerId = session.providerId();
        if (providerId == null && !session.hasSecondFactor()) {
            return Optional.empty();
        }
        SecondFactor demanded = session.hasSecondFactor() || providerId == null
                ? SecondFactor.NONE
                : tx.providers()
                        .find(providerId)
                        .map(IdentityProvider::secondFactor)
                        .orElse(SecondFactor.NONE);
        return tx.users()
                .findAnywhere(session.userId())
                .filter(User::isActive)
                .filter(user -> !demanded.isFor(user.role()))
                .map(user -> new Authority(
                        name(user),
                        user,
                        user.role(),
                        user.operator(),
                        EnumSet.allOf(Permission.class),
                        demanded.isForNewDevices()));
    }

    private static Optional<Authority> ofApiKey(Transaction tx, ApiKey key) {
        EnumSet<Permission> scopes = EnumSet.noneOf(Permission.class);
        key.scopes().forEach(scope -> Permission.ofScope(scope).ifPresent(scopes::add));
        return tx.users()
                .find(key.domainId(), key.userId())
                .filter(User::isActive)
                .map(user -> new Authority(
                        name(user) + " by API key " + key.prefix(), user, user.role(), user.operator(), scopes, false));
    }

    private static String name(User user) {
        return "user " + user.id() + " " + user.loginName();
    }

    /** Whether the domain is theirs; it does not exist for them otherwise. */
    boolean isIn(Domain domain) {
        return user == null || user.domainId() == domain.id();
    }

    /** How far the permission reaches for them, in their own domain or over the coordinator. */
    Reach reach(Permission permission) {
        if (!scopes.contains(permission)) {
            return Reach.NONE;
        }
        if (permission.isOfOperators()) {
            return operator ? Reach.ALL : Reach.NONE;
        }
        return permission.reach(role);
    }

    boolean is(long userId) {
        return user != null && user.id() == userId;
    }
}
