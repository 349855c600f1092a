package io.penstock.server.api;

import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.Permission;
import io.penstock.server.admin.UserOperations;
import io.penstock.server.model.Identity;
import io.penstock.server.model.Role;
import io.penstock.server.model.User;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Users and administrators. */
final class UserRoutes {
    private static final String USERS = "/api/v1/domains/{domain}/users";

    private UserRoutes() {}

    record UserView(
            long id,
            String issuer,
            String subject,
            String loginName,
            String displayName,
            String role,
            boolean operator,
            boolean active,
            List<String> groups,
            String created) {
        static UserView of(User user) {
            return new UserView(
                    user.id(),
                    user.identity().issuer(),
                    user.identity().subject(),
                    user.loginName(),
                    user.displayName(),
                    user.role().toString(),
                    user.operator(),
                    user.isActive(),
                    user.groups().stream().sorted().toList(),
                    user.created().toString());
        }
    }

    record NewUser(
            String issuer,
            String subject,
            String loginName,
            @Nullable String displayName,
            String role) {}

    record UserChange(@Nullable String role, @Nullable Boolean active) {}

    /** What the user is called from now on; an absent display name stays, or follows if it was the login name. */
    record NewUserName(String loginName, @Nullable String displayName) {}

    record Invitation(String role) {}

    /** @param voided how many earlier links for the role are good no longer */
    record LinkView(String secret, String role, String expires, long voided) {
        static LinkView of(UserOperations.IssuedLink issued) {
            return new LinkView(
                    issued.secret().reveal(),
                    issued.link().role().toString(),
                    issued.link().expires().toString(),
                    issued.voided());
        }
    }

    static List<Route> routes() {
        return List.of(
                Route.list(USERS, Permission.USERS_READ, UserView.class, "Lists users", call -> call.administration()
                        .users()
                        .list(call.caller(), call.domain())
                        .map(users -> users.stream().map(UserView::of).toList())),
                Route.change(
                        Method.POST,
                        USERS,
                        Permission.USERS_WRITE,
                        NewUser.class,
                        UserView.class,
                        "Adds a user whom an identity provider will vouch for",
                        UserRoutes::add),
                Route.change(
                        Method.PATCH,
                        USERS + "/{user}",
                        Permission.USERS_WRITE,
                        UserChange.class,
                        UserView.class,
                        "Changes a user's role, disables them or lets them in again",
                        UserRoutes::change),
                Route.change(
                        Method.PUT,
                        USERS + "/{user}/name",
                        Permission.USERS_WRITE,
                        NewUserName.class,
                        UserView.class,
                        "Renames a user, for policies and for people; who signs in here does so by the new name",
                        call -> call.administration()
                                .users()
                                .rename(
                                        call.caller(),
                                        call.domain(),
                                        call.id("user"),
                                        call.body(NewUserName.class).loginName,
                                        call.body(NewUserName.class).displayName)
                                .map(UserView::of)),
                Route.change(
                        Method.DELETE,
                        USERS + "/{user}",
                        Permission.USERS_WRITE,
                        Void.class,
                        UserView.class,
                        "Forgets a user who owns no nodes, with their sessions and keys",
                        call -> call.administration()
                                .users()
                                .remove(call.caller(), call.domain(), call.id("user"))
                                .map(UserView::of)),
                Route.change(
                        Method.POST,
                        "/api/v1/domains/{domain}/invitations",
                        Permission.USERS_WRITE,
                        Invitation.class,
                        LinkView.class,
                        "Makes a link by which somebody becomes a local administrator, in place of those for the role; its secret is shown once",
                        call -> call.administration()
                                .users()
                                .invite(call.caller(), call.domain(), Role.parse(call.body(Invitation.class).role))
                                .map(LinkView::of)));
    }

    private static Outcome<UserView> add(Call call) {
        NewUser body = call.body(NewUser.class);
        return call.administration()
                .users()
                .add(
                        call.caller(),
                        call.domain(),
                        new Identity(body.issuer, body.subject),
                        body.loginName,
                        body.displayName == null ? body.loginName : body.displayName,
                        Role.parse(body.role))
                .map(UserView::of);
    }

    private static Outcome<UserView> change(Call call) {
        UserChange body = call.body(UserChange.class);
        Role role = body.role == null ? null : Role.parse(body.role);
        return call.administration()
                .users()
                .change(call.caller(), call.domain(), call.id("user"), role, body.active)
                .map(UserView::of);
    }
}
