package io.penstock.server.api;

import io.penstock.server.admin.KeyOperations;
import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.Permission;
import io.penstock.server.model.ApiKey;
import io.penstock.server.model.PreAuthKey;
import io.penstock.server.model.Tags;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keys that admit nodes, and keys of programs. */
final class KeyRoutes {
    private static final String KEYS = "/api/v1/domains/{domain}/keys";
    private static final String API_KEYS = "/api/v1/domains/{domain}/api-keys";

    private KeyRoutes() {}

    record KeyView(
            long id,
            String prefix,
            @Nullable Long userId,
            boolean reusable,
            boolean ephemeral,
            List<String> tags,
            String created,
            String expires,
            boolean revoked,
            long uses) {
        static KeyView of(PreAuthKey key) {
            return new KeyView(
                    key.id(),
                    key.prefix(),
                    key.userId(),
                    key.reusable(),
                    key.ephemeral(),
                    List.copyOf(key.tags().names()),
                    key.created().toString(),
                    key.expires().toString(),
                    key.revoked() != null,
                    key.uses());
        }
    }

    /** Without {@code userId} its nodes become the caller's. */
    record NewKey(
            @Nullable Long userId,
            @Nullable Boolean reusable,
            @Nullable Boolean ephemeral,
            @Nullable List<String> tags,
            long lifetimeSeconds) {}

    record IssuedKey(KeyView key, String secret) {
        static IssuedKey of(KeyOperations.IssuedPreAuthKey issued) {
            return new IssuedKey(KeyView.of(issued.key()), issued.secret().reveal());
        }
    }

    record ApiKeyView(
            long id,
            String prefix,
            long userId,
            String description,
            List<String> scopes,
            String created,
            String expires,
            boolean revoked) {
        static ApiKeyView of(ApiKey key) {
            return new ApiKeyView(
                    key.id(),
                    key.prefix(),
                    key.userId(),
                    key.description(),
                    key.scopes().stream().sorted().toList(),
                    key.created().toString(),
                    key.expires().toString(),
                    key.revoked() != null);
        }
    }

    /** Without {@code userId} it acts for the caller. */
    record NewApiKey(@Nullable Long userId, String description, List<String> scopes, long lifetimeSeconds) {}

    record IssuedApiKey(ApiKeyView key, String secret) {
        static IssuedApiKey of(KeyOperations.IssuedApiKey issued) {
            return new IssuedApiKey(ApiKeyView.of(issued.key()), issued.secret().reveal());
        }
    }

    static List<Route> routes() {
        return List.of(
                Route.list(
                        KEYS, Permission.KEYS_READ, KeyView.class, "Lists pre-auth keys", call -> call.administration()
                                .keys()
                                .listPreAuth(call.caller(), call.domain())
                                .map(keys -> keys.stream().map(KeyView::of).toList())),
                Route.change(
                        Method.POST,
                        KEYS,
                        Permission.KEYS_WRITE,
                        NewKey.class,
                        IssuedKey.class,
                        "Makes a pre-auth key; its secret is shown once",
                        KeyRoutes::add),
                Route.change(
                        Method.DELETE,
                        KEYS + "/{key}",
                        Permission.KEYS_WRITE,
                        Void.class,
                        KeyView.class,
                        "Revokes a pre-auth key; nodes that it admitted stay",
                        call -> call.administration()
                                .keys()
                                .revokePreAuth(call.caller(), call.domain(), call.id("key"))
                                .map(KeyView::of)),
                Route.list(
                        API_KEYS,
                        Permission.API_KEYS_READ,
                        ApiKeyView.class,
                        "Lists API keys",
                        call -> call.administration()
                                .keys()
                                .listApi(call.caller(), call.domain())
                                .map(keys -> keys.stream().map(ApiKeyView::of).toList())),
                Route.change(
                        Method.POST,
                        API_KEYS,
                        Permission.API_KEYS_WRITE,
                        NewApiKey.class,
                        IssuedApiKey.class,
                        "Makes an API key that acts for the caller; its secret is shown once",
                        KeyRoutes::addApi),
                Route.change(
                        Method.DELETE,
                        API_KEYS + "/{apiKey}",
                        Permission.API_KEYS_WRITE,
                        Void.class,
                        ApiKeyView.class,
                        "Revokes an API key",
                        call -> call.administration()
                                .keys()
                                .revokeApi(call.caller(), call.domain(), call.id("apiKey"))
                                .map(ApiKeyView::of)));
    }

    private static Outcome<IssuedKey> add(Call call) {
        NewKey body = call.body(NewKey.class);
        return call.administration()
                .keys()
                .addPreAuth(
                        call.caller(),
                        call.domain(),
                        new KeyOperations.NewPreAuthKey(
                                body.userId,
                                Boolean.TRUE.equals(body.reusable),
                                Boolean.TRUE.equals(body.ephemeral),
                                body.tags == null ? Tags.NONE : Tags.of(body.tags),
                                Duration.ofSeconds(body.lifetimeSeconds)))
                .map(IssuedKey::of);
    }

    private static Outcome<IssuedApiKey> addApi(Call call) {
        NewApiKey body = call.body(NewApiKey.class);
        return call.administration()
                .keys()
                .addApi(
                        call.caller(),
                        call.domain(),
                        new KeyOperations.NewApiKey(
                                body.userId,
                                body.description,
                                Set.copyOf(body.scopes),
                                Duration.ofSeconds(body.lifetimeSeconds)))
                .map(IssuedApiKey::of);
    }
}
