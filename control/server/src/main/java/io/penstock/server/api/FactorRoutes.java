package io.penstock.server.api;

import io.penstock.server.admin.Permission;
import io.penstock.server.admin.SecondFactors;
import io.penstock.server.model.Passkey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Second factors of the coordinator's own. */
final class FactorRoutes {
    private FactorRoutes() {}

    /**
     * @param userVerified whether it has asked for a finger or a PIN at least once
     * @param backedUp whether it is on several devices
     */
    record PasskeyView(
            long id,
            String name,
            long signCount,
            boolean userVerified,
            boolean backedUp,
            String created,
            @Nullable String lastUsed) {
        static PasskeyView of(Passkey passkey) {
            Instant lastUsed = passkey.lastUsed();
            return new PasskeyView(
                    passkey.id(),
                    passkey.name(),
                    passkey.signCount(),
                    passkey.userVerified(),
                    passkey.backedUp(),
                    passkey.created().toString(),
                    lastUsed == null ? null : lastUsed.toString());
        }
    }

    /**
     * @param app whether they have an authenticator app
     * @param recoveryCodes how many are left
     */
    record FactorsView(long userId, String loginName, boolean app, long recoveryCodes, List<PasskeyView> passkeys) {
        static FactorsView of(SecondFactors.Owned owned) {
            return new FactorsView(
                    owned.user().id(),
                    owned.user().loginName(),
                    owned.hasApp(),
                    owned.recoveryCodes(),
                    owned.passkeys().stream().map(PasskeyView::of).toList());
        }
    }

    static List<Route> routes() {
        return List.of(
                Route.list(
                        "/api/v1/domains/{domain}/second-factors",
                        Permission.USERS_READ,
                        FactorsView.class,
                        "Lists users with their authenticator apps and passkeys",
                        call -> call.administration()
                                .secondFactors()
                                .list(call.caller(), call.domain())
                                .map(all -> all.stream().map(FactorsView::of).toList())),
                Route.change(
                        Method.DELETE,
                        "/api/v1/domains/{domain}/passkeys/{passkey}",
                        Permission.USERS_WRITE,
                        Void.class,
                        PasskeyView.class,
                        "Takes a user's passkey away",
                        call -> call.administration()
                                .secondFactors()
                                .removePasskey(call.caller(), call.domain(), call.id("passkey"))
                                .map(PasskeyView::of)),
                Route.change(
                        Method.DELETE,
                        "/api/v1/domains/{domain}/users/{user}/second-factors",
                        Permission.USERS_WRITE,
                        Void.class,
                        FactorsView.class,
                        "Takes all second factors of a user away for whom a provider vouches, and ends their sessions",
                        call -> call.administration()
                                .secondFactors()
                                .reset(call.caller(), call.domain(), call.id("user"))
                                .map(FactorsView::of)));
    }
}
