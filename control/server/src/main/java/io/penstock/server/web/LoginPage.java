package io.penstock.server.web;

import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.SignIn;
import io.penstock.server.http.PageResponse;
import io.penstock.server.login.OidcLogin;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Signing in and out. Whoever came for a device goes on there: the form carries the device's secret, never a path, so that it
 * leads nowhere else. Stateless.
 */
final class LoginPage {
    /** Asks for a second factor too. */
    static final String FACTOR_FIELD = "second_factor";

    private static final String DEVICE_FIELD = "device";

    private static final Field DOMAIN = new Field(
            "domain",
            "Domain",
            "The private network. The first one is called default.",
            Field.Kind.TEXT,
            "organization");

    private static final Field CODE = new Field(
                    "code",
                    "Code",
                    "Six digits of your authenticator app, or a recovery code; each works once. Whoever has a passkey leaves it out.",
                    Field.Kind.CODE,
                    "one-time-code")
            .optional();

    private final Layout layout;
    private final SignIn signIn;
    private final OidcLogin providers;
    private final PageCounters counters;

    LoginPage(Layout layout, SignIn signIn, OidcLogin providers, PageCounters counters) {
        this.layout = layout;
        this.signIn = signIn;
        this.providers = providers;
        this.counters = counters;
    }

    /** Where those go on who are signed in but for a second factor. */
    interface Halfway {
        PageResponse show(Visit visit, @Nullable Token device);
    }

    PageResponse show(Visit visit) {
        if (visit.isHalfway()) {
            return Layout.seeOther(PagePath.FACTOR);
        }
        return visit.visitor().isPresent() ? Layout.seeOther(PagePath.HOME) : form(visit, 200, null, "", "");
    }

    /** For somebody who has opened a device's link and is not signed in. Says nothing about the device. */
    PageResponse showFor(Visit visit, Token device, Halfway halfway) {
        return visit.isHalfway() ? halfway.show(visit, device) : form(visit, 200, device, "", "");
    }

    /** For somebody whom a provider did not sign in. */
    PageResponse showFailed(Visit visit, int status, @Nullable Token device, String fault) {
        return form(visit, status, device, "", fault);
    }

    /** Where a page that could not be finished begins anew. */
    static Optional<Token> device(Visit visit) {
        return Token.parse(TokenKind.LINK, visit.field(DEVICE_FIELD));
    }

    private PageResponse form(Visit visit, int status, @Nullable Token device, String name, String fault) {
        List<Html> content = new ArrayList<>();
        if (device != null) {
            content.add(Html.of(Tag.P, "A device asks to join. Sign in to see which one, and to decide."));
        }
        if (!fault.isEmpty()) {
            content.add(Layout.alert(fault));
        }
        List<OidcLogin.Choice> choices = providers.choices();
        choices.forEach(choice -> content.add(carrying(visit.form(PagePath.loginWith(choice.name())), device)
                .button("Sign in with " + choice.label())
                .build()));
        if (!choices.isEmpty()) {
            content.add(Html.of(Tag.H2, "With a password of this coordinator"));
        }
        Form form = carrying(visit.form(PagePath.LOGIN), device);
        String domain = visit.field(DOMAIN);
        form.field(Field.LOGIN_NAME, name, null, name.isEmpty() && choices.isEmpty())
                .field(DOMAIN, domain.isEmpty() ? SignIn.FIRST_DOMAIN : domain, null, false)
                .field(Field.PASSWORD, "", null, !name.isEmpty())
                .field(CODE, "", null, false)
                .button("Sign in");
        content.add(form.build());
        return layout.page(visit, status, "Sign in", content.toArray(Html[]::new));
    }

    static Form carrying(Form form, @Nullable Token device) {
        return device == null ? form : form.hidden(DEVICE_FIELD, device.reveal());
    }

    /** Takes the form. A session of before ends, whether or not it was one's own. */
    PageResponse signIn(Visit visit) {
        String name = visit.field(Field.LOGIN_NAME).strip();
        Token device = device(visit).orElse(null);
        String domain = visit.field(DOMAIN).strip();
        String password = visit.field(Field.PASSWORD);
        String code = digits(visit.field(Field.CODE));
        Outcome<SignIn.SignedIn> outcome = code.isEmpty()
                ? signIn.signInHalfway(domain, name, password)
                : signIn.signIn(domain, name, password, code);
        if (outcome instanceof Outcome.Done<SignIn.SignedIn> done) {
            return goOn(visit, done.value().session(), device == null ? PagePath.HOME : PagePath.device(device));
        }
        counters.failedSignIns.increment();
        return form(
                visit,
                403,
                device,
                name,
                "Not right: the name, the domain, the password, or the code, which works once. Wait for the next code"
                        + " before you try again.");
    }

    /** With a new session, on to a page of ours. */
    PageResponse goOn(Visit visit, Token session, OwnPath path) {
        visit.session().ifPresent(signIn::signOut);
        return Layout.seeOther(
                path, visit.cookies().setSession(session), visit.cookies().clearFormsSecret());
    }

    PageResponse signOut(Visit visit) {
        visit.session().ifPresent(signIn::signOut);
        return Layout.seeOther(PagePath.LOGIN, visit.cookies().clearSession());
    }

    /** A code as apps show it, with a gap in the middle. */
    static String digits(String code) {
        return code.replaceAll("\\s", "");
    }
}
