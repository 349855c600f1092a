package io.penstock.server.api;

import io.penstock.server.admin.Caller;
import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.SignIn;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** How one gets in and out. */
final class SignInRoutes {
    private SignInRoutes() {}

    record Link(String link) {}

    record Seed(String seed) {}

    record NewAdministrator(String link, String loginName, String password, String seed, String code) {}

    record Credentials(String domain, String loginName, String password, String code) {}

    record SignedIn(UserRoutes.UserView user, String session) {
        static SignedIn of(SignIn.SignedIn signedIn) {
            return new SignedIn(
                    UserRoutes.UserView.of(signedIn.user()), signedIn.session().reveal());
        }
    }

    record SignedOut(boolean signedOut) {}

    /** A code of the authenticator app, which proves that it is still there. */
    record Code(String code) {}

    record RecoveryCodes(List<String> codes) {}

    static List<Route> routes() {
        return List.of(
                open(
                        "/api/v1/administrators/seed",
                        Link.class,
                        Seed.class,
                        "Proposes the seed of a second factor to the holder of a one-time link",
                        call -> withLink(call.body(Link.class).link, link -> call.administration()
                                .signIn()
                                .proposeSeed(link)
                                .map(Seed::new))),
                open(
                        "/api/v1/administrators",
                        NewAdministrator.class,
                        SignedIn.class,
                        "Makes the holder of a one-time link a local administrator",
                        SignInRoutes::accept),
                open(
                        "/api/v1/sessions",
                        Credentials.class,
                        SignedIn.class,
                        "Signs a local administrator in by password and code",
                        SignInRoutes::signIn),
                Route.aboutOneself(
                        Method.DELETE,
                        "/api/v1/sessions/current",
                        SignedOut.class,
                        "Ends the session that calls",
                        SignInRoutes::signOut),
                aboutOneself(
                        "/api/v1/self/recovery-codes",
                        Code.class,
                        RecoveryCodes.class,
                        "Makes recovery codes for a local administrator who calls by session, in the place of those before",
                        SignInRoutes::recoveryCodes),
                Route.aboutOneself(
                        Method.GET,
                        "/api/v1/self",
                        UserRoutes.UserView.class,
                        "Shows who calls",
                        call -> call.administration()
                                .server()
                                .self(call.caller())
                                .map(UserRoutes.UserView::of)));
    }

    private static Route open(String path, Class<?> body, Class<?> answer, String summary, Route.AtOnce handler) {
        return new Route(Method.POST, path, new Access.Open(), body, answer, false, summary, handler);
    }

    private static Route aboutOneself(
            String path, Class<?> body, Class<?> answer, String summary, Route.AtOnce handler) {
        return new Route(Method.POST, path, new Access.SignedIn(), body, answer, false, summary, handler);
    }

    private static <T> Outcome<T> withLink(String text, Function<Token, Outcome<T>> use) {
        Optional<Token> link = Token.parse(TokenKind.LINK, text);
        return link.isPresent() ? use.apply(link.get()) : new Outcome.NotFound<>("a link that is still good");
    }

    private static Outcome<SignedIn> accept(Call call) {
        NewAdministrator body = call.body(NewAdministrator.class);
        return withLink(body.link, link -> call.administration()
                .signIn()
                .acceptLink(link, body.loginName, body.password, body.seed, body.code)
                .map(SignedIn::of));
    }

    private static Outcome<SignedIn> signIn(Call call) {
        Credentials body = call.body(Credentials.class);
        return call.administration()
                .signIn()
                .signIn(body.domain, body.loginName, body.password, body.code)
                .map(SignedIn::of);
    }

    private static Outcome<RecoveryCodes> recoveryCodes(Call call) {
        if (call.caller() instanceof Caller.WithSession with) {
            return call.administration()
                    .signIn()
                    .newRecoveryCodes(with.session(), call.body(Code.class).code)
                    .map(RecoveryCodes::new);
        }
        return new Outcome.Unauthenticated<>();
    }

    private static Outcome<SignedOut> signOut(Call call) {
        if (call.caller() instanceof Caller.WithSession with) {
            return call.administration().signIn().signOut(with.session()).map(SignedOut::new);
        }
        return new Outcome.Unauthenticated<>();
    }
}
