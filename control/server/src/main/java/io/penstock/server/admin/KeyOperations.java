package io.penstock.server.admin;

import io.penstock.server.admin.Gate.Allowed;
import io.penstock.server.admin.Gate.Deed;
import io.penstock.server.model.ApiKey;
import io.penstock.server.model.PreAuthKey;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.wireguard.Entropy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Keys that admit nodes, and keys of programs. A secret is in the answer that makes it, and nowhere after. */
public final class KeyOperations {
    public static final Duration MAX_LIFETIME = Duration.ofDays(366);

    private final Gate gate;
    private final Entropy entropy;

    KeyOperations(Gate gate, Entropy entropy) {
        this.gate = gate;
        this.entropy = entropy;
    }

    /** A key and its secret, which is shown once. */
    public record IssuedPreAuthKey(PreAuthKey key, Token secret) {}

    /** A key and its secret, which is shown once. */
    public record IssuedApiKey(ApiKey key, Token secret) {}

    public Outcome<List<PreAuthKey>> listPreAuth(Caller caller, String domain) {
        return gate.read(
                caller,
                Permission.KEYS_READ,
                domain,
                new Deed("list keys", domain),
                allowed -> new Outcome.Done<>(
                        allowed.tx().preAuthKeys().list(allowed.domain().id()).stream()
                                .filter(key -> allowed.covers(key.userId()))
                                .toList()));
    }

    /**
     * What a new key is to be.
     *
     * @param userId whose its nodes become; null for the caller's. A tagged key has nobody
     */
    public record NewPreAuthKey(
            @Nullable Long userId, boolean reusable, boolean ephemeral, Tags tags, Duration lifetime) {}

    /**
     * Makes a key; its nodes become somebody's, or, if it is tagged, nobody's. Tags need the reach of an administrator, as do
     * nodes of somebody else, who must not be more than the caller.
     */
    public Outcome<IssuedPreAuthKey> addPreAuth(Caller caller, String domain, NewPreAuthKey wanted) {
        Deed deed = new Deed(
                "add key",
                "user " + wanted.userId + " reusable " + wanted.reusable + " ephemeral " + wanted.ephemeral + " tags ["
                        + wanted.tags + "]");
        return gate.write(caller, Permission.KEYS_WRITE, domain, deed, allowed -> {
            Outcome<Optional<User>> owner = ownerOf(wanted, allowed);
            if (!(owner instanceof Outcome.Done<Optional<User>> done)) {
                return owner.map(none -> {
                    throw new IllegalStateException("a reason has no value");
                });
            }
            requireLifetime(wanted.lifetime);
            Optional<String> fault = allowed.factorFault();
            if (fault.isPresent()) {
                return new Outcome.Denied<>(fault.get());
            }
            Token secret = Token.create(TokenKind.PRE_AUTH, entropy);
            return new Outcome.Done<>(new IssuedPreAuthKey(
                    allowed.tx()
                            .preAuthKeys()
                            .add(
                                    allowed.domain().id(),
                                    done.value().map(User::id).orElse(null),
                                    secret,
                                    wanted.reusable,
                                    wanted.ephemeral,
                                    wanted.tags,
                                    allowed.tx().now().plus(wanted.lifetime)),
                    secret));
        });
    }

    /** Whose the nodes of a new key become; empty for nobody's. */
    private static Outcome<Optional<User>> ownerOf(NewPreAuthKey wanted, Allowed allowed) {
        User caller = allowed.authority().user();
        if (!wanted.tags.isEmpty()) {
            if (wanted.userId != null) {
                return new Outcome.Invalid<>("a tagged node belongs to nobody: a key has tags or a user");
            }
            return allowed.covers(null)
                    ? new Outcome.Done<>(Optional.empty())
                    : new Outcome.Denied<>("a tagged key is made by an administrator");
        }
        if (wanted.userId == null) {
            return caller == null
                    ? new Outcome.Invalid<>("root on the machine has no nodes: name a user, or tags")
                    : new Outcome.Done<>(Optional.of(caller));
        }
        if (!allowed.covers(wanted.userId)) {
            return new Outcome.NotFound<>("user " + wanted.userId);
        }
        Optional<User> user = allowed.tx().users().find(allowed.domain().id(), wanted.userId);
        if (user.isEmpty()) {
            return new Outcome.NotFound<>("user " + wanted.userId);
        }
        if (!user.get().isActive()) {
            return new Outcome.Conflict<>("user " + wanted.userId + " is disabled");
        }
        return user.get().role().compareTo(allowed.authority().role()) > 0
                ? new Outcome.Denied<>("a role above one's own")
                : new Outcome.Done<>(user);
    }

    private static void requireLifetime(Duration lifetime) {
        if (!lifetime.isPositive() || lifetime.compareTo(MAX_LIFETIME) > 0) {
            throw new IllegalArgumentException(
                    "a key lives for more than nothing and at most " + MAX_LIFETIME.toDays() + " days");
        }
    }

    /** Ends a key; nodes that it admitted stay. */
    public Outcome<PreAuthKey> revokePreAuth(Caller caller, String domain, long keyId) {
        return gate.write(
                caller, Permission.KEYS_WRITE, domain, new Deed("revoke key", Long.toString(keyId)), allowed -> {
                    Optional<PreAuthKey> key = allowed.tx()
                            .preAuthKeys()
                            .find(allowed.domain().id(), keyId)
                            .filter(found -> allowed.covers(found.userId()));
                    if (key.isEmpty()) {
                        return new Outcome.NotFound<>("key " + keyId);
                    }
                    if (!allowed.tx().preAuthKeys().revoke(keyId)) {
                        return new Outcome.Conflict<>("the key was revoked before");
                    }
                    return new Outcome.Done<>(allowed.tx()
                            .preAuthKeys()
                            .find(allowed.domain().id(), keyId)
                            .orElseThrow());
                });
    }

    public Outcome<List<ApiKey>> listApi(Caller caller, String domain) {
        return gate.read(
                caller,
                Permission.API_KEYS_READ,
                domain,
                new Deed("list API keys", domain),
                allowed -> new Outcome.Done<>(
                        allowed.tx().apiKeys().list(allowed.domain().id()).stream()
                                .filter(key -> allowed.covers(key.userId()))
                                .toList()));
    }

    /**
     * What a new API key is to be.
     *
     * @param userId for whom it acts; null for the caller
     */
    public record NewApiKey(@Nullable Long userId, String description, Set<String> scopes, Duration lifetime) {}

    /**
     * Makes a key that acts for the caller, within their role and these scopes; no key makes one that may more than itself. Only
     * root on the machine, who is no user, makes one for somebody else.
     */
    public Outcome<IssuedApiKey> addApi(Caller caller, String domain, NewApiKey wanted) {
        Deed deed = new Deed(
                "add API key", "user " + wanted.userId + " " + wanted.description + " " + new TreeSet<>(wanted.scopes));
        return gate.write(caller, Permission.API_KEYS_WRITE, domain, deed, allowed -> {
            Outcome<User> acting = actingUser(wanted.userId, allowed);
            if (!(acting instanceof Outcome.Done<User> user)) {
                return acting.map(none -> {
                    throw new IllegalStateException("a reason has no value");
                });
            }
            UserOperations.requireText("description", wanted.description);
            requireLifetime(wanted.lifetime);
            for (String scope : wanted.scopes) {
                Optional<Permission> permission = Permission.ofScope(scope);
                if (permission.isEmpty()) {
                    return new Outcome.Invalid<>("not a scope: " + scope);
                }
                if (!allowed.authority().scopes().contains(permission.get())) {
                    return new Outcome.Denied<>("a key cannot make one with the scope " + scope);
                }
            }
            if (wanted.scopes.isEmpty()) {
                return new Outcome.Invalid<>("an API key without scopes may do nothing");
            }
            Optional<String> fault = allowed.factorFault();
            if (fault.isPresent()) {
                return new Outcome.Denied<>(fault.get());
            }
            Token secret = Token.create(TokenKind.API, entropy);
            return new Outcome.Done<>(new IssuedApiKey(
                    allowed.tx()
                            .apiKeys()
                            .add(
                                    allowed.domain().id(),
                                    user.value().id(),
                                    secret,
                                    wanted.description,
                                    wanted.scopes,
                                    allowed.tx().now().plus(wanted.lifetime)),
                    secret));
        });
    }

    private static Outcome<User> actingUser(@Nullable Long userId, Allowed allowed) {
        User caller = allowed.authority().user();
        if (caller != null) {
            return userId == null || caller.id() == userId
                    ? new Outcome.Done<>(caller)
                    : new Outcome.Denied<>("an API key acts for whoever makes it");
        }
        if (userId == null) {
            return new Outcome.Invalid<>("an API key acts for a user, and root on the machine is none: name one");
        }
        return allowed.tx()
                .users()
                .find(allowed.domain().id(), userId)
                .filter(User::isActive)
                .<Outcome<User>>map(Outcome.Done::new)
                .orElseGet(() -> new Outcome.NotFound<>("user " + userId + " who is not disabled"));
    }

    public Outcome<ApiKey> revokeApi(Caller caller, String domain, long keyId) {
        return gate.write(
                caller,
                Permission.API_KEYS_WRITE,
                domain,
                new Deed("revoke API key", Long.toString(keyId)),
                allowed -> {
                    Optional<ApiKey> key = allowed.tx()
                            .apiKeys()
                            .find(allowed.domain().id(), keyId)
                            .filter(found -> allowed.covers(found.userId()));
                    if (key.isEmpty()) {
                        return new Outcome.NotFound<>("API key " + keyId);
                    }
                    if (!allowed.tx().apiKeys().revoke(keyId)) {
                        return new Outcome.Conflict<>("the key was revoked before");
                    }
                    return new Outcome.Done<>(allowed.tx()
                            .apiKeys()
                            .find(allowed.domain().id(), keyId)
                            .orElseThrow());
                });
    }
}
