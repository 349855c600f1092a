package io.penstock.server.api;

import io.penstock.server.admin.Permission;
import io.penstock.server.model.PolicyVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The policy of a domain. */
final class PolicyRoutes {
    private static final String POLICY = "/api/v1/domains/{domain}/policy";

    private PolicyRoutes() {}

    record PolicyView(long version, String text, String author, String created) {
        static PolicyView of(PolicyVersion version) {
            return new PolicyView(
                    version.version(),
                    version.text(),
                    version.author(),
                    version.created().toString());
        }
    }

    record NewPolicy(String text, @Nullable Long expectedVersion) {}

    static List<Route> routes() {
        return List.of(
                Route.get(
                        POLICY,
                        Permission.POLICY_READ,
                        PolicyView.class,
                        "Shows the policy in force",
                        call -> call.administration()
                                .policies()
                                .get(call.caller(), call.domain())
                                .map(PolicyView::of)),
                Route.list(
                        POLICY + "/versions",
                        Permission.POLICY_READ,
                        PolicyView.class,
                        "Lists the newest policies",
                        call -> call.administration()
                                .policies()
                                .versions(call.caller(), call.domain())
                                .map(versions ->
                                        versions.stream().map(PolicyView::of).toList())),
                Route.change(
                        Method.PUT,
                        POLICY,
                        Permission.POLICY_WRITE,
                        NewPolicy.class,
                        PolicyView.class,
                        "Checks a policy and puts it into force",
                        call -> call.administration()
                                .policies()
                                .set(
                                        call.caller(),
                                        call.domain(),
                                        call.body(NewPolicy.class).text,
                                        call.body(NewPolicy.class).expectedVersion)
                                .map(PolicyView::of)));
    }
}
